import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { parameter } from '../../src/index.ts'
import { nearest } from '../../src/messages/nearest.ts'
import { Spellings } from '../../src/messages/spellings.ts'
import { loadFrom } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'
import { runs } from '../support/suite.ts'

const segment = fc.oneof(fc.stringMatching(/^[abAB-]{1,7}$/), fc.constantFrom('host', 'hots', 'port', 'prot', 'db'))
const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`)

it('suggests the same candidate as a comparison of all candidates', () => {
  fc.assert(
    fc.property(name, fc.array(name, { maxLength: 40 }), (word, candidates) => {
      expect(new Spellings(candidates).nearest(word)).toBe(nearestOfAll(word, candidates))
    }),
    { numRuns: runs(2_000) },
  )
})

it('suggests the same word as a comparison of all words', () => {
  fc.assert(
    fc.property(segment, fc.array(segment, { maxLength: 40 }), (word, candidates) => {
      expect(nearest(word, candidates)).toBe(nearestOfAll(word, candidates))
    }),
    { numRuns: runs(2_000) },
  )
})

it('finds the misspelled one among 10,000 long names of the same length', () => {
  const names = manyNames()
  const wrong = names.map((stored) => stored.replace(/.(.)$/, '-$1'))

  for (const index of [0, 4_321, 9_999]) {
    const others = names.toSpliced(index, 1, wrong[index] ?? '')
    expect(new Spellings(others).nearest(names[index] ?? '')).toBe(wrong[index])
    expect(nearest(names[index] ?? '', others)).toBe(wrong[index])
  }
})

it.each([
  ['of unlike names', (index: number) => scramble(index)],
  [
    'of names that differ in their number',
    (index: number) => `the-configuration-of-worker-number-${index}-of-the-shop`,
  ],
  ['of names of two letters', (index: number) => scramble(index).replace(/[a-m]/g, 'a').replace(/[^a]/g, 'b')],
  ['of names as long as AWS allows', (index: number) => scramble(index).repeat(18).slice(0, 1_000)],
])('does not block the event loop for ten missing keys beside 10,000 names %s', async (_, make) => {
  const stored = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`/app/${make(index)}`, 'x']))
  const keys = Array.from({ length: 10 }, (_, index) => `parameter${index}`)
  const shape = Object.fromEntries(keys.map((key, index) => [key, named(make(20_000 + index))]))
  const { longestMs, result } = await longestTurn(() => loadError(loadFrom(z.object(shape), stored)))

  expect(result.missing).toHaveLength(10)
  // To compare every pair letter by letter took 14 s; a turn takes some 10 ms on an idle machine.
  expect(longestMs).toBeLessThan(1_000)
})

function named(text: string): z.ZodString {
  return parameter(text, z.string())
}

function manyNames(): string[] {
  return Array.from({ length: 10_000 }, (_, index) => `/app/${scramble(index)}`)
}

/** A name of 56 letters; another for each number. */
function scramble(seed: number): string {
  let state = seed + 1
  return Array.from({ length: 56 }, () => {
    state = (state * 48_271) % 2_147_483_647
    return String.fromCharCode(97 + (state % 26))
  }).join('')
}

async function longestTurn<Result>(run: () => Promise<Result>) {
  let isOver = false
  let longestMs = 0
  let lastAt = performance.now()
  const measure = () => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - lastAt)
    lastAt = now
    if (!isOver) setImmediate(measure)
  }
  setImmediate(measure)
  const result = await run()
  isOver = true
  await new Promise((resolve) => setImmediate(resolve))
  return { result, longestMs }
}

// The same without a bound, as it may be read in a textbook.
function nearestOfAll(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    if (candidate === word) continue
    const [own, other] = differing(word.split('/'), candidate.split('/'))
    const limit = own.length < 3 ? 0 : Math.max(1, Math.floor(own.length / 3))
    const distance = distanceOf(own.toLowerCase(), other.toLowerCase())
    if (distance > limit || distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

/** Both names without the segments that they share at the start and at the end, as far as both have others. */
function differing(own: string[], other: string[]): [string, string] {
  const start = own.findIndex(
    (part, index) => index === Math.min(own.length, other.length) - 1 || part !== other[index],
  )
  const [left, right] = [own.slice(start), other.slice(start)]
  while (left.length > 1 && right.length > 1 && left.at(-1) === right.at(-1)) {
    left.pop()
    right.pop()
  }
  return [left.join('/'), right.join('/')]
}

function distanceOf(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j))
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, isSwapped ? at(i - 2, j - 2) + 1 : replaced)
      rows[i]?.splice(j, 1, least)
    }
  }
  return at(a.length, b.length)
}
