import { setMaxListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Limiter } from '../../src/aws/limiter.ts'
import { chanceOf } from '../support/chance.ts'
import { EventClock } from '../support/event-clock.ts'

interface Fleet {
  readonly instances: number
  readonly calls: number
  readonly rate: number
  /** What the token bucket of AWS holds at the start. @default what it gets in a second */
  readonly level?: number
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8]

/**
 * Instances that start within 50 ms. A call takes 20 ms, so each instance makes all its first calls before it is refused.
 * `time` is relative to the minimum for the rate, `calls` to those that AWS answers.
 */
async function start({ instances, calls, rate, level = rate }: Fleet, seed: number) {
  const clock = new EventClock()
  const random = chanceOf(seed)
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  const bucket = { tokens: level, filledAt: 0 }
  let made = 0
  const answers = () => {
    made++
    bucket.tokens = Math.min(rate, bucket.tokens + ((clock.now() - bucket.filledAt) / 1_000) * rate)
    bucket.filledAt = clock.now()
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }
  const call = async (limiter: Limiter) => {
    for (const ticket = limiter.ticket(); ; ) {
      const permit = await limiter.acquire(ticket, { clock, signal })
      await clock.sleep(9 + 2 * random())
      const isAnswered = answers()
      await clock.sleep(9 + 2 * random())
      if (isAnswered) return permit.succeeded()
      permit.throttled({ random })
    }
  }
  for (let instance = 0; instance < instances; instance++) {
    const limiter = new Limiter(44)
    const startsAt = 50 * random()
    for (let index = 0; index < calls; index++) clock.timer(startsAt + index / 2, () => void call(limiter))
  }
  const needed = instances * calls
  const time = (await clock.run()) / 1_000 / Math.max(1, (needed - level) / rate)
  return { time, calls: made / needed }
}

/** The medians, and the longest time. */
async function measure(fleet: Fleet): Promise<{ time: number; calls: number; longest: number }> {
  const starts = []
  for (const seed of seeds) starts.push(await start(fleet, seed))
  const times = starts.map(({ time }) => time)
  return { time: median(times), calls: median(starts.map(({ calls }) => calls)), longest: Math.max(...times) }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

describe('instances that start together behind one quota', () => {
  // The first calls of all instances are made before the first is refused. They alone are 1.92 × for 50 and 1.98 × for
  // 200 instances with ten calls.
  it.each([
    { instances: 5, calls: 50, rate: 40, expected: { time: 1.2, calls: 1.85, longest: 1.35 } },
    { instances: 10, calls: 10, rate: 40, expected: { time: 1.15, calls: 1.65, longest: 1.25 } },
    { instances: 20, calls: 100, rate: 40, expected: { time: 1.1, calls: 1.7, longest: 1.15 } },
    { instances: 50, calls: 10, rate: 40, expected: { time: 1.15, calls: 2.5, longest: 1.35 } },
    { instances: 200, calls: 10, rate: 40, expected: { time: 1.15, calls: 3.8, longest: 1.2 } },
    { instances: 500, calls: 2, rate: 100, expected: { time: 1.15, calls: 3.9, longest: 1.2 } },
  ])('$instances × $calls calls at $rate per second', { timeout: 60_000 }, async ({ expected, ...fleet }) => {
    const { time, calls, longest } = await measure(fleet)

    expect(time).toBeLessThan(expected.time)
    expect(calls).toBeLessThan(expected.calls)
    expect(longest).toBeLessThan(expected.longest)
  })
})

describe('a lone instance', () => {
  it.each([
    { rate: 40, expected: { longest: 1.1, calls: 1.45 } },
    { rate: 10, expected: { longest: 1.05, calls: 1.5 } },
    { rate: 5, expected: { longest: 1.05, calls: 1.55 } },
  ])('makes 100 calls at $rate per second', async ({ rate, expected }) => {
    const { longest, calls } = await measure({ instances: 1, calls: 100, rate })

    expect(longest).toBeLessThan(expected.longest)
    expect(calls).toBeLessThan(expected.calls)
  })

  it('makes 10 calls within two seconds after another client has emptied the bucket', async () => {
    const { longest } = await measure({ instances: 1, calls: 10, rate: 40, level: 0 })

    expect(longest).toBeLessThan(2)
  })
})
