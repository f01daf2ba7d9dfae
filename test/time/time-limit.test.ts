import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { DeadlineReached } from '../../src/time/deadline.ts'
import { TimeLimit } from '../../src/time/time-limit.ts'
import { rejection } from '../support/rejection.ts'

function setUp() {
  const clock = createFakeClock()
  const limit = new TimeLimit(clock, 2_000)
  const parent = new AbortController()
  const signals: AbortSignal[] = []
  const hang = () =>
    limit.run(parent.signal, (signal) => {
      signals.push(signal)
      return new Promise<never>(() => undefined)
    })
  return { clock, limit, parent, signals, hang }
}

describe('a time limit', () => {
  it('ends each attempt when its own time is up', async () => {
    const { clock, hang, signals } = setUp()
    const endedAt: number[] = []
    for (const startAt of [0, 500, 1_500]) {
      await clock.advance(startAt - clock.now())
      hang().catch((error: unknown) => error instanceof DeadlineReached && endedAt.push(clock.now()))
    }
    await clock.advance(10_000)

    expect(endedAt).toEqual([2_000, 2_500, 3_500])
    expect(signals.map(({ reason }) => reason)).toEqual(Array(3).fill(new DeadlineReached(2_000)))
  })

  it('needs one timer for any number of attempts, and none without attempts', async () => {
    const { clock, limit, hang, parent } = setUp()
    const ended = Promise.allSettled([hang(), hang(), hang()])
    expect(await limit.run(parent.signal, async () => 'done')).toBe('done')
    expect(clock.sleepers).toBe(1)
    parent.abort('closing')
    await ended
    await clock.advance(0)

    expect(clock.sleepers).toBe(0)
    expect(getEventListeners(parent.signal, 'abort')).toEqual([])
  })

  it('ends an attempt at once when its parent aborts, with the reason of the parent', async () => {
    const { parent, signals, hang } = setUp()
    const ended = rejection(hang())
    parent.abort('closing')

    expect(await ended).toBe('closing')
    expect(signals[0]?.reason).toBe('closing')
    expect(await rejection(hang())).toBe('closing')
    expect(signals).toHaveLength(1)
  })

  it('stays the same when the clock is set back', async () => {
    const { clock, hang } = setUp()
    let isOver = false
    hang().catch(() => {
      isOver = true
    })
    await clock.advance(1_000)
    clock.jump(-3_600_000)
    await clock.advance(1_000)

    expect(isOver).toBe(true)
  })
})
