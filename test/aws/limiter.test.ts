import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Limiter, type Permit } from '../../src/aws/limiter.ts'
import type { Clock, Random } from '../../src/ports.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { exponential } from '../../src/time/backoff.ts'
import { rejection } from '../support/rejection.ts'

const backoff = exponential({ baseMs: 100, maxMs: 2_000 })

function setUp({ max = 4, random = () => 1 }: { max?: number; random?: Random } = {}) {
  const clock = createFakeClock()
  const limiter = new Limiter({ max, backoff })
  const acquire = (ticket = limiter.ticket()) =>
    limiter.acquire(ticket, { clock, signal: new AbortController().signal })
  const take = (count: number) => Promise.all(Array.from({ length: count }, () => acquire()))
  const throttle = (permit: Permit | undefined, retryAfterMs = 0) => permit?.throttled({ random, retryAfterMs })
  return { clock, limiter, acquire, take, throttle, random }
}

/** AWS's token bucket. */
function makeQuota(clock: Clock, { rate, burst }: { rate: number; burst: number }) {
  let tokens = burst
  let filledAt = 0
  const quota = {
    rate,
    calls: 0,
    serves() {
      tokens = Math.min(burst, tokens + ((clock.now() - filledAt) / 1_000) * quota.rate)
      filledAt = clock.now()
      quota.calls++
      if (tokens < 1) return false
      tokens--
      return true
    },
  }
  return quota
}

type Quota = ReturnType<typeof makeQuota>

/** Makes so many calls, 20 ms each, until all are served; gives the time at which the last one was. */
async function callAll({ clock, limiter, random }: ReturnType<typeof setUp>, quota: Quota, count: number) {
  const call = async () => {
    for (const ticket = limiter.ticket(); ; ) {
      const permit = await limiter.acquire(ticket, { clock, signal: new AbortController().signal })
      await clock.sleep(10)
      const isServed = quota.serves()
      await clock.sleep(10)
      if (isServed) return permit.succeeded()
      permit.throttled({ random })
    }
  }
  let endedAt: number | undefined
  void Promise.all(Array.from({ length: count }, call)).then(() => {
    endedAt = clock.now()
  })
  for (let second = 0; endedAt === undefined && second < 60; second++) await clock.advance(1_000)
  return endedAt ?? Number.POSITIVE_INFINITY
}

it('admits calls up to the limit, and the next call after a release', async () => {
  const { clock, limiter, acquire, take } = setUp({ max: 2 })
  const [first] = await take(2)
  const admitted: number[] = []
  void acquire().then(() => admitted.push(3))
  void acquire().then(() => admitted.push(4))
  await clock.advance(0)
  expect([admitted, limiter.active]).toEqual([[], 2])

  first?.failed()
  await clock.advance(0)
  expect([admitted, limiter.active]).toEqual([[3], 2])
})

it('admits calls in order, and a retried call before later calls', async () => {
  const { clock, limiter, acquire } = setUp({ max: 1 })
  const early = limiter.ticket()
  const permit = await acquire(early)
  const admitted: string[] = []
  const queue = (name: string, ticket?: number) =>
    void acquire(ticket).then((next) => {
      admitted.push(name)
      next.failed()
    })
  queue('second')
  queue('third')
  queue('first, again', early)
  permit.failed()
  await clock.advance(0)

  expect(admitted).toEqual(['first, again', 'second', 'third'])
})

it('halves the limit for each throttled wave, never below one', async () => {
  const { clock, limiter, take, throttle } = setUp({ max: 32 })
  const limits: number[] = []
  for (let round = 0; round < 7; round++) {
    const permits = take(limiter.limit)
    await clock.advance(2_000)
    // A wave that is refused as a whole counts once.
    for (const permit of await permits) throttle(permit)
    limits.push(limiter.limit)
  }

  expect(limits).toEqual([16, 8, 4, 2, 1, 1, 1])
})

it('raises the limit by one for each success, up to the maximum', async () => {
  const { clock, limiter, take, throttle } = setUp({ max: 8 })
  for (const permit of await take(8)) throttle(permit)
  const limits = [limiter.limit]
  for (let success = 0; success < 6; success++) {
    const permits = take(1)
    await clock.advance(1_000)
    for (const permit of await permits) permit.succeeded()
    limits.push(limiter.limit)
  }

  expect(limits).toEqual([4, 5, 6, 7, 8, 8, 8])
})

it('makes all calls wait after throttling, longer for each consecutive throttled wave', async () => {
  const { clock, acquire, throttle } = setUp()
  const admittedAt: number[] = []
  const run = async () => {
    for (let round = 0; round < 7; round++) {
      const permit = await acquire()
      admittedAt.push(clock.now())
      throttle(permit)
    }
  }
  void run()
  await clock.advance(20_000)

  expect(admittedAt).toEqual([0, 100, 300, 700, 1_500, 3_100, 5_100])
})

it('returns to short waits after a success', async () => {
  const { clock, acquire, throttle } = setUp()
  const admittedAt: number[] = []
  const run = async () => {
    for (const isThrottled of [true, true, true, true, true, false, true, true]) {
      const permit = await acquire()
      admittedAt.push(clock.now())
      if (isThrottled) throttle(permit)
      else permit.succeeded()
    }
  }
  void run()
  await clock.advance(20_000)

  // Without the success it would be 3,200 ms: the remaining wait comes from the rate.
  const waits = admittedAt.map((at, index) => at - (admittedAt[index - 1] ?? 0))
  expect(waits.slice(0, 6)).toEqual([0, 100, 200, 400, 800, 1_600])
  expect(waits.at(-1)).toBeLessThan(700)
})

it('waits as long as AWS asks', async () => {
  const { clock, acquire, take, throttle } = setUp()
  const [permit] = await take(2)
  throttle(permit, 5_000)
  let admittedAt: number | undefined
  void acquire().then(() => {
    admittedAt = clock.now()
  })
  await clock.advance(10_000)

  expect(admittedAt).toBe(5_000)
})

it('lets a call leave the queue, and leave a wait after throttling', async () => {
  const { clock, limiter, take, throttle } = setUp({ max: 2 })
  const leaving = new AbortController()
  const [first, second] = await take(2)
  const queued = rejection(limiter.acquire(limiter.ticket(), { clock, signal: leaving.signal }))
  leaving.abort('enough')
  expect(await queued).toBe('enough')

  throttle(first)
  second?.failed()
  const waiting = new AbortController()
  const paused = rejection(limiter.acquire(limiter.ticket(), { clock, signal: waiting.signal }))
  await clock.advance(0)
  waiting.abort('enough')
  expect(await paused).toBe('enough')

  expect([limiter.active, clock.sleepers]).toEqual([0, 0])
  expect(getEventListeners(waiting.signal, 'abort')).toEqual([])
})

describe('behind a quota', () => {
  it.each([
    { rate: 40, burst: 40 },
    { rate: 10, burst: 10 },
    { rate: 10, burst: 40 },
    { rate: 5, burst: 5 },
  ])('of $rate a second and $burst at once, 100 calls take little more than the minimum', async ({ rate, burst }) => {
    for (let seed = 0; seed < 5; seed++) {
      const set = setUp({ max: 32, random: () => seed / 5 })
      const quota = makeQuota(set.clock, { rate, burst })
      const tookMs = await callAll(set, quota, 100)

      expect(tookMs / 1_000).toBeLessThan(1.2 * ((100 - burst) / rate))
      expect(quota.calls).toBeLessThanOrEqual(150)
      expect(set.limiter.active).toBe(0)
    }
  })

  it('a later wave uses the learned rate from the start', async () => {
    const set = setUp({ max: 32 })
    const quota = makeQuota(set.clock, { rate: 10, burst: 10 })
    await callAll(set, quota, 100)
    await set.clock.advance(60_000)
    quota.calls = 0
    const startedAt = set.clock.now()
    const endedAt = await callAll(set, quota, 100)

    expect(endedAt - startedAt).toBeLessThan(1.2 * 9_000)
    expect(quota.calls).toBeLessThan(115)
  })

  it('follows a larger and a smaller quota', async () => {
    const set = setUp({ max: 32 })
    const quota = makeQuota(set.clock, { rate: 5, burst: 5 })
    await callAll(set, quota, 60)
    expect(set.limiter.rate).toBeLessThan(8)

    quota.rate = 20
    await callAll(set, quota, 400)
    expect(set.limiter.rate).toBeGreaterThan(15)

    quota.rate = 5
    await callAll(set, quota, 60)
    expect(set.limiter.rate).toBeLessThan(8)
  })

  it('forgets the rate after five minutes without throttling', async () => {
    const set = setUp({ max: 32 })
    await callAll(set, makeQuota(set.clock, { rate: 10, burst: 10 }), 30)
    await set.clock.advance(5 * 60_000)
    expect(set.limiter.rate).toBeDefined()
    await callAll(set, makeQuota(set.clock, { rate: 1_000, burst: 1_000 }), 1)

    expect(set.limiter.rate).toBeUndefined()
  })

  it('shares the quota among five clients', async () => {
    const clock = createFakeClock()
    const quota = makeQuota(clock, { rate: 40, burst: 40 })
    let seed = 1
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const ends = await Promise.all(
      Array.from({ length: 5 }, () =>
        callAll({ ...setUp({ max: 32 }), limiter: new Limiter({ max: 32, backoff }), clock, random }, quota, 50),
      ),
    )

    expect(Math.max(...ends) / 1_000).toBeLessThan(1.5 * ((250 - 40) / 40))
    expect(quota.calls).toBeLessThan(2 * 250)
  })
})

it('has a budget of retries that successes refill', async () => {
  const { clock, limiter, take } = setUp({ max: 32 })
  const waits = Array.from({ length: 104 }, () => limiter.spendRetry(clock))
  expect(waits.filter((ms) => ms === 0)).toHaveLength(64)
  expect(waits.at(-1)).toBe(4_000)

  for (const permit of await take(16)) permit.succeeded()
  expect(limiter.spendRetry(clock)).toBe(900)
})

it('waits no longer when the clock is set back', async () => {
  const { clock, acquire, take, throttle } = setUp()
  const [permit] = await take(1)
  throttle(permit, 5_000)
  clock.jump(-3_600_000)
  let isAdmitted = false
  void acquire().then(() => {
    isAdmitted = true
  })
  await clock.advance(5_000)

  expect(isAdmitted).toBe(true)
})
