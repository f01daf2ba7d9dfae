import { expect, it } from 'vitest'
import { printable } from '../../src/messages/printable.ts'

it.each([
  ['plain text: ä € 😀', 'plain text: ä € 😀'],
  ['a\nb\r\t', String.raw`a\u000ab\u000d\u0009`],
  ['\u001b[31mred\u009b0m\u007f', String.raw`\u001b[31mred\u009b0m\u007f`],
  ['\u202eabc\u2066\u061c', String.raw`\u202eabc\u2066\u061c`],
  ['a\u200bb\ufeffc\u00ad', String.raw`a\u200bb\ufeffc\u00ad`],
  ['a\u2028b\u2029', String.raw`a\u2028b\u2029`],
  ['\ud800x', String.raw`\ud800x`],
  ['\u{e0041}', String.raw`\u{e0041}`],
])('printable(%j)', (text, shown) => {
  expect(printable(text)).toBe(shown)
})
