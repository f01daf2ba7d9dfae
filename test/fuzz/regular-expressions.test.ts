import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import fc from 'fast-check'
import jsTokens from 'js-tokens'
import { check } from 'recheck'
import { describe, expect, it } from 'vitest'
import { matches } from '../../src/local/policy.ts'
import { runs, sample } from '../support/suite.ts'

const src = fileURLToPath(new URL('../../src', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
const literals = files.flatMap((path) => {
  const { code } = transformSync(readFileSync(join(src, path), 'utf8'), { loader: 'ts' })
  const found = [...jsTokens(code)].filter(({ type }) => type === 'RegularExpressionLiteral')
  return found.map(({ value }) => [value, path] as const)
})

describe('a regular expression', () => {
  it.each(sample([...new Map(literals)], 20))('takes linear time: %s in %s', async (literal) => {
    const end = literal.lastIndexOf('/')
    expect(await check(literal.slice(1, end), literal.slice(end + 1))).toMatchObject({ status: 'safe' })
  })

  it('is compiled from text only for the pattern of a parameter', () => {
    const made = files.filter((path) => /\bRegExp\(/.test(readFileSync(join(src, path), 'utf8')))
    expect(made).toEqual(['local/parameter-rules.ts'])
    expect(literals.length).toBeGreaterThan(40)
  })
})

describe('a pattern of a policy', () => {
  it('matches like the equivalent regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.', '\n'), maxLength: 8 })
    fc.assert(
      fc.property(letters, letters, (pattern, value) => {
        const parts = pattern.split('*').map((part) => part.replaceAll('.', '\\.'))
        expect(matches(pattern, value)).toBe(new RegExp(`^${parts.join('.*')}$`, 's').test(value))
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('takes linear time for any number of stars', () => {
    expect(matches(`${'*a'.repeat(1_000)}*b`, 'a'.repeat(100_000))).toBe(false)
  })
})
