import { describe, expect, it } from 'vitest'
import { type Retryable, retryUntilAccepted } from '../../src/refresh/startup-retry.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { DeadlineReached } from '../../src/time/deadline.ts'

interface Refused extends Retryable {
  readonly why: string
}

const transient: Refused = { retry: 'until-deadline', why: 'throttled' }
const settled: Refused = { retry: 'briefly', why: 'missing' }
const hopeless: Refused = { retry: 'never', why: 'no region' }

describe('the looks of a start', () => {
  it('end with the first that is accepted', async () => {
    const { ended, lookedAt } = await start([transient, transient, 'accepted'])

    expect(ended).toEqual({ result: 'accepted', attempts: 3 })
    expect(lookedAt).toEqual([0, 100, 200])
  })

  it('are three where only the store can mend it', async () => {
    const { ended } = await start([settled, settled, settled, 'accepted'])

    expect(ended).toEqual({ result: settled, attempts: 3 })
  })

  it('do not count what may heal by itself among the three', async () => {
    const { ended } = await start([settled, transient, settled, transient, settled, 'accepted'])

    expect(ended).toEqual({ result: settled, attempts: 5 })
  })

  it('are not repeated where that cannot help', async () => {
    const { ended } = await start([hopeless, 'accepted'])

    expect(ended).toEqual({ result: hopeless, attempts: 1 })
  })

  it('end at the deadline, while waiting for the next', async () => {
    const { ended } = await start([transient, transient, transient, 'accepted'], { deadlineMs: 250 })

    expect(ended).toEqual({ result: transient, attempts: 3 })
  })

  it('are told by the last that was finished, when the deadline cuts one off', async () => {
    const cutOff: Refused = { retry: 'until-deadline', why: 'not finished before the deadline' }
    const { ended } = await start([transient, 'hang'], { deadlineMs: 250, cutOff })

    expect(ended).toEqual({ result: transient, attempts: 2 })
  })

  it('are told by the only one, when the deadline cuts that off', async () => {
    const cutOff: Refused = { retry: 'until-deadline', why: 'not finished before the deadline' }
    const { ended } = await start(['hang'], { deadlineMs: 250, cutOff })

    expect(ended).toEqual({ result: cutOff, attempts: 1 })
  })
})

async function start(
  script: readonly (Refused | 'accepted' | 'hang')[],
  { deadlineMs = 10_000, cutOff = transient }: { readonly deadlineMs?: number; readonly cutOff?: Refused } = {},
): Promise<{ readonly ended: unknown; readonly lookedAt: readonly number[] }> {
  const clock = createFakeClock()
  const deadline = new AbortController()
  clock.sleep(deadlineMs).then(() => deadline.abort(new DeadlineReached(deadlineMs)))
  const remaining = script.values()
  const lookedAt: number[] = []
  const look = async (): Promise<'accepted' | Refused> => {
    lookedAt.push(clock.now())
    const { value = 'accepted' } = remaining.next()
    if (value !== 'hang') return value
    await clock.sleep(60_000, deadline.signal).catch(() => undefined)
    return cutOff
  }
  const pace = { clock, random: () => 1, delayAfter: () => 100, signal: deadline.signal }
  const ended = retryUntilAccepted<'accepted', Refused>(look, pace)
  await clock.advance(deadlineMs)
  return { ended: await ended, lookedAt }
}
