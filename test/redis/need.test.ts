import { expect, it } from 'vitest'
import { noEvents } from '../../src/redis/covered-events.ts'
import { isEnough, type NeedContext, needOf } from '../../src/redis/need.ts'
import { task } from '../../src/refresh/state.ts'

const now = 1_000_000
const context: NeedContext = {
  now,
  clockTime: now,
  chance: 0.5,
  isInvoked: false,
  freshMs: 60_000,
  maxStaleMs: undefined,
  startupTimeoutMs: 10_000,
  startedAt: 0,
  lastPollAt: now - 30_000,
  served: 7,
  hasReading: true,
}
const inUse = { number: 7, full: 7, asked: 0, verifiedAt: now - 40_000, events: noEvents }

it('confirms the reading in use at a poll, and not after a failure', () => {
  const enough = (cause: 'poll' | 'retry', number: number) =>
    isEnough(needOf(task('poll', cause), context), { ...inUse, number }, undefined)

  expect(enough('poll', 7)).toBe(true)
  expect(enough('retry', 7)).toBe(false)
  expect(enough('retry', 8)).toBe(true)
})

it('asks for a reading that is half as old as a snapshot may be', () => {
  const enough = (maxStaleMs: number | undefined) =>
    isEnough(needOf(task('poll', 'poll'), { ...context, maxStaleMs }), inUse, undefined)

  expect([undefined, 80_000, 79_000].map(enough)).toEqual([true, true, false])
})
