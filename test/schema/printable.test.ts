import { expect, it } from 'vitest'
import { printable } from '../../src/schema/printable.ts'

it.each([
  ['', ''],
  ['plain text, ü, 漢字, 🙂', 'plain text, ü, 漢字, 🙂'],
  ['a\nb\r\tc', 'a\\u000ab\\u000d\\u0009c'],
  ['\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
  ['\u0000\u001f\u007f\u0080\u009b\u009f', '\\u0000\\u001f\\u007f\\u0080\\u009b\\u009f'],
  ['\u2028\u2029', '\\u2028\\u2029'],
  ['\u061c\u200e\u200f\u202a\u202e\u2066\u2069', '\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069'],
  // No-break space, joiners and the backslash itself are text.
  ['\u00a0\u200d\\n', '\u00a0\u200d\\n'],
])('%j is printed as %j', (text, expected) => {
  expect(printable(text)).toBe(expected)
})
