import { describe, expect, it } from 'vitest'
import type { Refusal } from '../../src/refresh/candidate.ts'
import { retryUntilAccepted } from '../../src/refresh/refusals.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { DeadlineReached } from '../../src/time/deadline.ts'

interface Refused extends Pick<Refusal, 'kind' | 'retry'> {
  readonly why: string
}

const throttled: Refused = { kind: 'refused', retry: 'until-deadline', why: 'throttled' }
const missing: Refused = { kind: 'refused', retry: 'briefly', why: 'missing' }
const accepted = { kind: 'accepted' } as const
const noRegion: Refused = { kind: 'refused', retry: 'never', why: 'no region' }

describe('the attempts of a start', () => {
  it('end with the first accepted candidate', async () => {
    const { ended, attemptedAt } = await start([throttled, throttled, 'accepted'])

    expect(ended).toEqual({ result: accepted, attempts: 3 })
    expect(attemptedAt).toEqual([0, 100, 300])
  })

  it('are three when only a change of the store can help', async () => {
    const { ended } = await start([missing, missing, missing, 'accepted'])

    expect(ended).toEqual({ result: missing, attempts: 3 })
  })

  it('do not count transient failures among the three', async () => {
    const { ended } = await start([missing, throttled, missing, throttled, missing, 'accepted'])

    expect(ended).toEqual({ result: missing, attempts: 5 })
  })

  it('are not repeated when another attempt cannot help', async () => {
    const { ended } = await start([noRegion, 'accepted'])

    expect(ended).toEqual({ result: noRegion, attempts: 1 })
  })

  it('end at the deadline, also between two attempts', async () => {
    const { ended } = await start([throttled, throttled, throttled, 'accepted'], { deadlineMs: 250 })

    expect(ended).toEqual({ result: throttled, attempts: 2 })
  })

  it('report the last finished attempt when the deadline interrupts one', async () => {
    const interrupted: Refused = { kind: 'refused', retry: 'until-deadline', why: 'not finished before the deadline' }
    const { ended } = await start([throttled, 'hang'], { deadlineMs: 250, interrupted })

    expect(ended).toEqual({ result: throttled, attempts: 2 })
  })

  it('report the only attempt when the deadline interrupts it', async () => {
    const interrupted: Refused = { kind: 'refused', retry: 'until-deadline', why: 'not finished before the deadline' }
    const { ended } = await start(['hang'], { deadlineMs: 250, interrupted })

    expect(ended).toEqual({ result: interrupted, attempts: 1 })
  })
})

async function start(
  script: readonly (Refused | 'accepted' | 'hang')[],
  {
    deadlineMs = 10_000,
    interrupted = throttled,
  }: { readonly deadlineMs?: number; readonly interrupted?: Refused } = {},
): Promise<{ readonly ended: unknown; readonly attemptedAt: readonly number[] }> {
  const clock = createFakeClock()
  const deadline = new AbortController()
  clock.sleep(deadlineMs).then(() => deadline.abort(new DeadlineReached(deadlineMs)))
  const remaining = script.values()
  const attemptedAt: number[] = []
  const attempt = async (): Promise<typeof accepted | Refused> => {
    attemptedAt.push(clock.now())
    const { value = 'accepted' } = remaining.next()
    if (value === 'accepted') return accepted
    if (value !== 'hang') return value
    await clock.sleep(60_000, deadline.signal).catch(() => undefined)
    return interrupted
  }
  const pace = { clock, random: () => 1, signal: deadline.signal }
  const ended = attempt().then((first) => retryUntilAccepted(first, attempt, pace))
  await clock.advance(deadlineMs)
  return { ended: await ended, attemptedAt }
}
