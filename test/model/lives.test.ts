import { describe, expect, it } from 'vitest'
import { runs } from '../support/suite.ts'
import { type Ending, invocations, Life, type LifeRules, steps } from './lives.ts'

// LIVEPARAM_LIVES=1000 LIVEPARAM_SEED=7 npm test -- test/model/lives.test.ts
const count = Number(process.env.LIVEPARAM_LIVES ?? runs(1_000))
const firstSeed = Number(process.env.LIVEPARAM_SEED ?? Math.floor(Math.random() * 1e9))

describe('random histories', () => {
  it(`end with the stored values: ${count} of them, from seed ${firstSeed}`, { timeout: 600_000 }, async () => {
    for (let seed = firstSeed; seed < firstSeed + count; seed++) await live(seed)
  })
})

// Each of these lost a write in version 0.1.0, as 44 of the first 500 did.
describe('histories that lost a write in the past', () => {
  it.each([5, 9, 12, 30, 32, 36, 46, 54, 57, 59, 65, 86, 94, 117, 126, 135])('seed %i', (seed) => live(seed))
})

async function live(seed: number): Promise<void> {
  const random = generator(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const rules: LifeRules = {
    ending: pick<Ending>(['refresh', 'refresh', 'poll', 'hint']),
    strategy: pick(['by-name', 'by-path']),
    hasSentinel: random() < 0.3,
    isLambda: random() < 0.2,
  }
  const life = new Life(random, rules)
  await life.start()
  const possible = rules.isLambda ? [...steps, ...invocations, ...invocations, ...invocations] : steps
  const length = 5 + Math.floor(random() * 30)
  for (let index = 0; index < length; index++) await pick(possible)(life)
  await life.end()
  const { served, stored, state } = life.compare()
  expect({ seed, rules, served, torn: life.torn, state }).toEqual({
    seed,
    rules,
    served: stored,
    torn: [],
    state: 'ready',
  })
  await life.close()
}

/** Mulberry32: the same numbers for the same seed, on every machine. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
