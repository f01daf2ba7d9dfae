import { expect, it } from 'vitest'
import { exponential } from '../../src/time/backoff.ts'

const attempts = [1, 2, 3, 4, 5, 6, 7]

it('doubles up to the maximum', () => {
  const backoff = exponential({ baseMs: 100, maxMs: 2_000 })

  expect(attempts.map((count) => backoff.delay(count, () => 1))).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000])
})

it('spreads each delay between zero and its maximum', () => {
  const backoff = exponential({ baseMs: 100, maxMs: 2_000 })

  expect(attempts.map((count) => backoff.delay(count, () => 0))).toEqual([0, 0, 0, 0, 0, 0, 0])
  expect(attempts.map((count) => backoff.delay(count, () => 0.25))).toEqual([25, 50, 100, 200, 400, 500, 500])
})

it('stays at the maximum after any number of attempts', () => {
  expect(exponential({ baseMs: 100, maxMs: 2_000 }).delay(5_000, () => 1)).toBe(2_000)
})

it('is immutable', () => {
  expect(Object.isFrozen(exponential({ baseMs: 1, maxMs: 2 }))).toBe(true)
})
