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
const page = (name: string) => readFileSync(join(root, 'docs', `${name}.md`), 'utf8')

describe('the README', () => {
  it('numbers a promise for each test, and has a test for each promise', () => {
    const section = readme.slice(readme.indexOf('## What it promises'), readme.indexOf('## Working on it'))
    const promised = [...section.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number))
    const tested = new Set(readdirSync(join(root, 'test/promises')).map((file) => Number.parseInt(file, 10)))

    expect(promised).toEqual(promised.map((_, index) => index + 1))
    expect([...tested].sort((a, b) => a - b)).toEqual(promised)
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

  it('has every option in its table', () => {
    const table = readme.slice(readme.indexOf('## Options'), readme.indexOf("`fromEnv('SHOP_"))
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
    const [, kilobytes] = /the largest: (\d+) KB/.exec(readme) ?? []
    assertBuilt()

    expect(Math.abs(Number(kilobytes) - (await weighEntry()).whole / 1_000)).toBeLessThan(2)
  })

  it('has only working links, as have the pages of docs', () => {
    const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((file) => `docs/${file}`)]
    const broken = pages.filter((file) => file.endsWith('.md')).flatMap(brokenLinks)

    expect(broken).toEqual([])
  })
})

function dependenciesIn(manifest: string): string[] {
  const text = readFileSync(join(root, manifest), 'utf8')
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = JSON.parse(text)
  return [dependencies, peerDependencies, devDependencies].flatMap(Object.keys)
}

function brokenLinks(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
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
