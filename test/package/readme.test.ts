import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { optionNames } from '../../src/config/check-options.ts'
import { faultCases } from '../model/faults.ts'
import { assertBuilt } from '../support/built.ts'
import { weighEntry } from '../support/weight.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const errors = readFileSync(join(root, 'src/errors.ts'), 'utf8')
const docsPages = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
const page = (name: string) => readFileSync(join(root, 'docs', `${name}.md`), 'utf8')

describe('the README', () => {
  it('has at most 1,400 words', () => {
    expect(readme.trim().split(/\s+/).length).toBeLessThanOrEqual(1_400)
  })

  it('has no table that is wider than a phone', () => {
    const rows = readme.split('\n').filter((line) => line.startsWith('|'))

    expect(rows.filter((row) => widthOf(row) > 48)).toEqual([])
  })

  it('names five promises', () => {
    const section = readme.slice(readme.indexOf('## Five promises'), readme.indexOf('## In production'))

    expect([...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number))).toEqual([1, 2, 3, 4, 5])
    expect(section).toContain(`There are [${promises().length} promises](docs/promises.md)`)
  })

  it('leads to every page of docs', () => {
    expect(docsPages.filter((file) => !readme.includes(`](docs/${file}`))).toEqual([])
  })
})

describe('docs', () => {
  it('numbers the promises, and names each test of the same number', () => {
    const tests = readdirSync(join(root, 'test/promises')).sort()
    const numbers = promises().map(({ number }) => number)
    const linked = promises().flatMap(({ number, text }) =>
      [...text.matchAll(/\.\.\/test\/promises\/([\w.-]+)/g)].map(([, file = '']) => ({ number, file })),
    )

    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    expect(linked).toEqual(tests.map((file) => ({ number: Number.parseInt(file, 10), file })))
    expect(new Set(linked.map(({ number }) => number))).toEqual(new Set(numbers))
  })

  it.each(docsPages)('%s begins with an example', (file) => {
    const [title = '', ...blocks] = page(file.slice(0, -'.md'.length)).split('\n\n')
    const example = blocks.findIndex((block) => /^```(ts|typescript|sh)\n/.test(block))

    expect(title).toMatch(/^# /)
    // At most a few sentences before it: no section, no table and no picture.
    expect(example).toBeGreaterThanOrEqual(0)
    expect(example).toBeLessThanOrEqual(2)
    expect(blocks.slice(0, example).filter((block) => /^[#|!]/.test(block))).toEqual([])
  })

  it('has exactly one heading in docs/errors.md per code', () => {
    const codes = [...errors.matchAll(/^\s*\|?.*'[A-Z_]+'/gm)].flatMap(([line]) => [
      ...line.matchAll(/'([A-Z]+(?:_[A-Z]+)*)'/g),
    ])
    const headings = [...page('errors').matchAll(/^### ([A-Z_]+)$/gm)].map(([, heading]) => heading)

    expect(new Set(headings)).toEqual(new Set(codes.map(([, code]) => code)))
    expect(headings).toHaveLength(new Set(headings).size)
  })

  it('lists each fault with its code in docs/operations.md', () => {
    const operations = page('operations')
    const table = operations.slice(operations.indexOf('## When AWS fails'))
    const rows = [...table.matchAll(/^\| ([^|]+?) +\| `([A-Z_]+)`/gm)].map(([, name, code]) => [name, code])

    expect(rows).toEqual(Object.entries(faultCases).map(([name, { code }]) => [name, code]))
  })

  it('has every option in a table of docs/options.md', () => {
    const options = page('options')
    const table = options.slice(0, options.indexOf('## The handle'))
    const documented = [...table.matchAll(/^\| (`[^|]+`) *\|/gm)].flatMap(([, names = '']) => names.match(/\w+/g) ?? [])

    expect(documented.sort()).toEqual([...optionNames].sort())
  })

  it('lists each dependency with its purpose in docs/package.md', () => {
    const rows = [...page('package').matchAll(/^\| (`[@a-z][^ |]*`[^|]*) \|/gm)].flatMap(
      ([, names = '']) => names.match(/[^`, ]+/g) ?? [],
    )
    const installed = ['package.json', 'docs/package.json'].flatMap(dependenciesIn)

    expect(rows.sort()).toEqual([...new Set(installed)].sort())
  })

  it('states the weight of the entry, lazy imports included', async () => {
    const [, kilobytes] = /life cycle: (\d+) KB/.exec(page('benchmarks')) ?? []
    assertBuilt()

    expect(Math.abs(Number(kilobytes) - (await weighEntry()).whole / 1_000)).toBeLessThan(2)
  })

  it('has only working links, as have the pages at the top and of the examples', () => {
    const pages = [...pagesIn('.'), ...pagesIn('docs'), ...readdirSync(join(root, 'examples')).flatMap(examplePages)]
    const broken = pages.flatMap(brokenLinks)

    expect(broken).toEqual([])
  })
})

function promises(): { number: number; text: string }[] {
  const sections = page('promises').matchAll(/^### (\d+)\. ([\s\S]*?)(?=^##|(?![\s\S]))/gm)
  return [...sections].map(([, number, text = '']) => ({ number: Number(number), text }))
}

/** The columns that a row takes as it is shown: links and emphasis without their marks. */
function widthOf(row: string): number {
  return row
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]/g, '')
    .replace(/\s+/g, ' ')
    .trim().length
}

function dependenciesIn(manifest: string): string[] {
  const text = readFileSync(join(root, manifest), 'utf8')
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = JSON.parse(text)
  return [dependencies, peerDependencies, devDependencies].flatMap(Object.keys)
}

function pagesIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file))
}

function examplePages(example: string): string[] {
  const folder = join('examples', example)
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !file.includes('node_modules'))
    .map((file) => join(folder, file))
}

function brokenLinks(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"/g)]
    .map(([, link, picture = '']) => link ?? picture)
    .filter((link) => !link.startsWith('https://') && !isThere(file, link))
    .map((link) => `${file}: ${link}`)
}

function isThere(file: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? join(root, file) : join(root, dirname(file), path)
  if (!existsSync(target)) return false
  return anchor === undefined || anchorsOf(readFileSync(target, 'utf8')).includes(anchor)
}

/** The anchors that GitHub derives from headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}
