import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { Limiter, type Permit } from '../../src/aws/limiter.ts'
import type { Clock, Random } from '../../src/ports.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { chanceOf } from '../support/chance.ts'
import { rejection } from '../support/rejection.ts'

function setUp({ max = 4, random = () => 1 }: { max?: number; random?: Random } = {}) {
  const clock = createFakeClock()
  const limiter = new Limiter(max)
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
    await clock.advance(60_000)
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

/** The waits between calls that are throttled or answered in turn. */
async function waitsAfter(outcomes: string, { clock, acquire, throttle }: ReturnType<typeof setUp>) {
  const waits: number[] = []
  const run = async () => {
    for (const outcome of outcomes) {
      const since = clock.now()
      const permit = await acquire()
      waits.push(clock.now() - since)
      if (outcome === 'T') throttle(permit)
      else permit.succeeded()
    }
  }
  void run()
  await clock.advance(600_000)
  return waits
}

it('makes all calls wait after throttling, longer the longer it lasts', async () => {
  expect(await waitsAfter('TTTTTTTTTT', setUp({ random: () => 0.5 }))).toEqual([
    0, 500, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_072,
  ])
  expect((await waitsAfter('T'.repeat(60), setUp({ random: () => 0.5 }))).at(-1)).toBe(4_000)
})

it('spreads the waits of clients that are throttled together', async () => {
  expect(await waitsAfter('TTT', setUp({ random: () => 0 }))).toEqual([0, 250, 500])
  expect(await waitsAfter('TTT', setUp({ random: () => 1 }))).toEqual([0, 750, 1_500])
})

it('makes its remaining calls quickly after an answer, until it is throttled again', async () => {
  const waits = await waitsAfter('TTTAAAATT', setUp({ random: () => 0.5 }))
  expect(waits).toEqual([0, 500, 1_000, 1_000, 250, 63, 25, 25, 1_000])
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
      const set = setUp({ max: 32, random: chanceOf(seed) })
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
    const random = chanceOf(1)
    const ends = await Promise.all(
      Array.from({ length: 5 }, () =>
        callAll({ ...setUp({ max: 32 }), limiter: new Limiter(32), clock, random }, quota, 50),
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
