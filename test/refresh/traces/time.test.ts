import { expect, it } from 'vitest'
import { reduce } from '../../../src/refresh/reduce.ts'
import { initialState, task } from '../../../src/refresh/state.ts'
import { readyLoop, scriptedLoop } from '../../support/refresh-trace.ts'

const rules = { mode: 'strict', pollEveryMs: undefined, splayMs: 0, maxStaleMs: undefined } as const

it('does not wait an hour longer when the clock is set back by an hour', async () => {
  const { loop, clock, script } = scriptedLoop()
  clock.jump(7_200_000)
  script('published')
  loop.send({ type: 'started' })
  await clock.advance(0)
  expect(loop.nextRefreshAt).toBe(7_230_000)

  clock.jump(-3_600_000)
  loop.send({ type: 'timerFired' })
  const { verifiedAt = 0, since } = loop.state
  expect(loop.nextRefreshAt).toBe(3_630_000)
  expect(loop.toClockTime(verifiedAt)).toBe(3_600_000)
  expect(loop.toClockTime(since)).toBe(3_600_000)
})

it('refreshes once, and on time, when the clock jumps ahead', async () => {
  const { clock, newRefreshes } = await readyLoop()
  await clock.advance(1_000)
  clock.jump(3_600_000)
  await clock.advance(60_000)

  expect(newRefreshes()).toEqual(['3630000 refresh poll poll'])
})

it('delays the next refresh by at most its own wait when the clock is set back', async () => {
  const { clock, newRefreshes } = await readyLoop()
  await clock.advance(1_000)
  clock.jump(-3_600_000)
  await clock.advance(60_000)

  expect(newRefreshes()).toEqual(['-3540000 refresh poll poll'])
})

it('drops the outcome of an earlier generation', () => {
  const { state } = reduce(initialState, { type: 'started', at: 0, chance: 0.5 }, rules)
  const findings = { pollCalls: 1, unconfirmed: [], hasUnknownNames: false, secretsDueInMs: undefined, ageMs: 0 }
  const outcome = { kind: 'published', task: task('full', 'start'), published: 'snapshot', ...findings } as const
  const late = reduce(state, { type: 'refreshFinished', generation: 0, outcome, at: 1, chance: 0.5 }, rules)

  expect(late.effects).toEqual([])
  expect(late.state.state).toBe('initializing')
})

it('does not modify the given state', () => {
  const before = JSON.stringify(initialState)
  reduce(initialState, { type: 'started', at: 1, chance: 0.5 }, rules)

  expect(JSON.stringify(initialState)).toBe(before)
})
