import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { terminalPicture } from '../pictures/terminal.ts'
import { root } from '../support/entry-points.ts'

const folder = join(root, 'docs/pictures')
const pictures = readdirSync(folder)

describe('the pictures', () => {
  it.each(pictures)('%s is shown in the documentation', (picture) => {
    const pages = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
    const texts = ['README.md', ...pages.map((file) => `docs/${file}`)].map((file) => {
      return readFileSync(join(root, file), 'utf8')
    })

    expect(texts.some((text) => text.includes(`pictures/${picture}`))).toBe(true)
  })

  it('have at most 150 KB together', () => {
    const bytes = pictures.reduce((sum, picture) => sum + statSync(join(folder, picture)).size, 0)

    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(150 * 1_024)
  })
})

describe('the picture of a terminal', () => {
  it('shows styles, and escapes what XML would read as markup', () => {
    const picture = terminalPicture(
      'a',
      'plain <b>\n\u001b[1mbold\u001b[22m \u001b[31mred & \u001b[1mboth\u001b[0m end',
    )

    expect(textsOf(picture)).toEqual([
      'plain &lt;b&gt;',
      [
        '<tspan font-weight="bold">bold</tspan> <tspan fill="#ff8a8f">red &amp; </tspan>',
        '<tspan fill="#ff8a8f" font-weight="bold">both</tspan> end',
      ].join(''),
    ])
  })

  it('leaves out what the program erased', () => {
    expect(textsOf(terminalPicture('a', 'Reading…\r   \r3 calls\r\nend'))).toEqual(['3 calls', 'end'])
  })
})

function textsOf(picture: string): string[] {
  return [...picture.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, text = '']) => text)
}
