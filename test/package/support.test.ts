import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { assertBuilt } from '../support/built.ts'
import { entryPoints, manifest, optionalPeers, root } from '../support/entry-points.ts'

const page = read('docs/support.md')

describe('docs/support.md', () => {
  it('gives the oldest Node of package.json, and the versions that the gate tests', () => {
    const gate = read('.ci/run')
    const [, between = '', newest] = /^between=\(([\d ]+)\)\nnewest=(\d+)$/m.exec(gate) ?? []
    const newer = [...between.split(' '), newest].join(', ')

    expect(manifest.engines.node).toBe('>=20.19')
    expect(gate).toContain('\noldest=20.19.0\n')
    expect(rowsOf(page)['Node.js']).toBe(`20.19 and newer; tested on 20, ${newer}`)
  })

  it('gives the versions of zod, TypeScript and the AWS SDK that package.json and the tests name', () => {
    const compilers = [...read('test/package/compilers.test.ts').matchAll(/^ {4}\['(\d+\.\d+)'/gm)].map(
      ([, version = '']) => Number(version),
    )

    expect(manifest.peerDependencies.zod).toBe('^3.25.76 || ^4.0.0')
    expect(rowsOf(page).zod).toBe('4.0 and newer, or `zod/v4` of 3.25.76')
    expect(rowsOf(page).TypeScript).toBe(`${Math.min(...compilers)} to ${Math.max(...compilers)}`)
    expect(manifest.dependencies['@aws-sdk/client-ssm']).toBe('^3.1164.0')
    expect(rowsOf(page)['AWS SDK']).toBe('v3, from 3.1164')
  })

  it('lists every optional peer with its range', () => {
    const rows = Object.entries(rowsOf(page)).flatMap(([name, range]) => {
      return /^`.+`$/.test(name) ? [{ name: name.slice(1, -1), range: range.slice(1, -1) }] : []
    })

    expect(rows.sort(byName)).toEqual([...optionalPeers()].sort(byName))
  })

  it('names a release of the AWS SDK for Node 20 that is installed here or older, and accepts Node 20', () => {
    const { packages } = JSON.parse(read('package-lock.json'))
    const { version, engines } = packages['node_modules/@aws-sdk/client-ssm']
    const [, named = ''] = /tested here on Node 20 is (3\.\d+)\.0/.exec(page) ?? []

    expect(Number(named.slice(2))).toBeGreaterThanOrEqual(1164)
    expect(Number(named.slice(2))).toBeLessThanOrEqual(Number(version.split('.')[1]))
    expect(engines.node).toMatch(/^>=\s?(18|20)\b/)
  })
})

describe('@experimental', () => {
  const [, listed = ''] = /^Experimental: all exports of (.+?)\. /m.exec(page) ?? []
  const experimental = [...listed.matchAll(/`([^`]+)`/g)].map(([, name]) => name)

  beforeAll(assertBuilt)

  it.each(entryPoints().filter(({ name }) => experimental.includes(name)))('marks every export of $name', (entry) => {
    const marks = marksOf(entry.types)

    expect(marks.length).toBeGreaterThan(0)
    expect(marks.filter(({ isMarked }) => !isMarked).map(({ name }) => name)).toEqual([])
  })

  it('marks nothing else', () => {
    const files = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })
    const marked = files.filter((path) => path.endsWith('.d.ts') && read(join('dist', path)).includes('@experimental'))
    const folders = new Set(marked.map((path) => `${manifest.name}/${dirname(path)}`))

    expect(experimental).toContain('liveparam/local')
    expect([...folders].sort()).toEqual(experimental.sort())
  })
})

interface Mark {
  readonly name: string
  readonly isMarked: boolean
}

/** The exports of an entry point, by its declarations. */
function marksOf(types: string): Mark[] {
  const statements = readFileSync(types, 'utf8').matchAll(/^export (?:type )?\{([^}]+)\} from '(.+)\.ts';$/gm)
  return [...statements].flatMap(([, names = '', from = '']) => {
    const declarations = readFileSync(join(dirname(types), `${from}.d.ts`), 'utf8')
    return names.split(',').map((exported) => {
      const name = exported.trim().replace(/^type /, '')
      const declared = new RegExp(
        `/\\*\\*((?:(?!\\*/)[^])*)\\*/\\nexport (?:declare )?(?:interface|type|function|class|const) ${name}\\b`,
      )
      return { name, isMarked: declared.exec(declarations)?.[1]?.includes('@experimental') === true }
    })
  })
}

/** The first two columns of the tables of a page. */
function rowsOf(text: string): Record<string, string> {
  // A cell contains `|` as `\|`.
  const rows = text.matchAll(/^\| *((?:\\\||[^|])+?) *\| *((?:\\\||[^|])+?) *\|/gm)
  const plain = (cell: string) => cell.replaceAll('\\|', '|')
  return Object.fromEntries([...rows].map(([, first = '', second = '']) => [plain(first), plain(second)]))
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}
