import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { DeadlineReached, race, settleSoon, withDeadline } from '../../src/time/deadline.ts'
import { rejection } from '../support/rejection.ts'

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

it('aborts a run at the deadline, with the time limit in the reason', async () => {
  const clock = createFakeClock()
  const late = rejection(withDeadline(clock, 2_000, undefined, untilAborted))
  await clock.advance(1_999)
  expect(clock.sleepers).toBe(1)
  await clock.advance(1)

  expect(await late).toEqual(new DeadlineReached(2_000))
  expect(clock.sleepers).toBe(0)
})

it('aborts with the parent, with the reason of the parent', async () => {
  const clock = createFakeClock()
  const parent = new AbortController()
  const ended = rejection(withDeadline(clock, 2_000, parent.signal, untilAborted))
  parent.abort('closing')

  expect(await ended).toBe('closing')
})

it('keeps the deadline when the clock is set back', async () => {
  const clock = createFakeClock()
  const late = rejection(withDeadline(clock, 2_000, undefined, untilAborted))
  await clock.advance(1_000)
  clock.jump(-3_600_000)
  await clock.advance(1_000)

  expect(await late).toEqual(new DeadlineReached(2_000))
})

it('leaves neither a sleeper nor a listener behind', async () => {
  const clock = createFakeClock()
  const parent = new AbortController()
  const run = async (signal: AbortSignal) => race(Promise.resolve('in time'), signal)

  expect(await withDeadline(clock, 2_000, parent.signal, run)).toBe('in time')
  expect(clock.sleepers).toBe(0)
  expect(getEventListeners(parent.signal, 'abort')).toEqual([])
})

it('rejects with the signal when a promise ignores it', async () => {
  const controller = new AbortController()
  const lost = rejection(race(new Promise<never>(() => undefined), controller.signal))
  controller.abort('enough')

  expect(await lost).toBe('enough')
})

it('waits a short time for the result of an aborted run', async () => {
  const clock = createFakeClock()
  const { signal } = { signal: AbortSignal.abort('time is up') }
  const talkative = settleSoon(
    clock.sleep(100).then(() => 'throttled'),
    signal,
    clock,
  )
  const silent = settleSoon(new Promise<never>(() => undefined), signal, clock)
  await clock.advance(250)

  expect(await Promise.all([talkative, silent])).toEqual(['throttled', undefined])
  expect(clock.sleepers).toBe(0)
})
