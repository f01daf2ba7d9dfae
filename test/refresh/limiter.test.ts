import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { exponential } from '../../src/refresh/backoff.ts'
import { makeLimiter, type Turn } from '../../src/refresh/limiter.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { rejection } from '../support/rejection.ts'

function setUp(max: number) {
  const clock = createFakeClock()
  const random = () => 1
  const limiter = makeLimiter({ max, backoff: exponential({ baseMs: 100, maxMs: 2_000 }) })
  const enter = (place = limiter.arrive()) => limiter.enter(place, { clock, signal: new AbortController().signal })
  const take = (count: number) => Promise.all(Array.from({ length: count }, () => enter()))
  const throttle = (turn: Turn | undefined, retryAfterMs = 0) => turn?.throttled({ clock, random, retryAfterMs })
  return { clock, limiter, enter, take, throttle }
}

it('lets as many in as the limit allows, and the next when one leaves', async () => {
  const { clock, limiter, enter, take } = setUp(2)
  const [first] = await take(2)
  const entered: number[] = []
  void enter().then(() => entered.push(3))
  void enter().then(() => entered.push(4))
  await clock.advance(0)
  expect([entered, limiter.active]).toEqual([[], 2])

  first?.failed()
  await clock.advance(0)
  expect([entered, limiter.active]).toEqual([[3], 2])
})

it('lets in who came first, and a call that is tried again before those that came later', async () => {
  const { clock, limiter, enter } = setUp(1)
  const early = limiter.arrive()
  const turn = await enter(early)
  const entered: string[] = []
  const queue = (name: string, place?: number) =>
    void enter(place).then((next) => {
      entered.push(name)
      next.failed()
    })
  queue('second')
  queue('third')
  queue('first, again', early)
  turn.failed()
  await clock.advance(0)

  expect(entered).toEqual(['first, again', 'second', 'third'])
})

it('halves the limit for each throttled round, never below one', async () => {
  const { clock, limiter, take, throttle } = setUp(32)
  const limits: number[] = []
  for (let round = 0; round < 7; round++) {
    const turns = take(limiter.limit)
    await clock.advance(2_000)
    // All of a wave is refused: that counts once.
    for (const turn of await turns) throttle(turn)
    limits.push(limiter.limit)
  }

  expect(limits).toEqual([16, 8, 4, 2, 1, 1, 1])
})

it('grows by one for each round of successes, up to where it started', async () => {
  const { clock, limiter, take, throttle } = setUp(8)
  for (const turn of await take(8)) throttle(turn)
  const limits: number[] = []
  for (let success = 0; success < 30; success++) {
    const turns = take(1)
    await clock.advance(2_000)
    for (const turn of await turns) turn.succeeded()
    limits.push(limiter.limit)
  }

  expect(
    limits.map((limit, index) => [index + 1, limit] as const).filter(([, limit], index) => limit !== limits[index - 1]),
  ).toEqual([
    [1, 4],
    [4, 5],
    [9, 6],
    [15, 7],
    [22, 8],
  ])
})

it('has everybody wait after throttling, longer for each throttled round in a row', async () => {
  const { clock, enter, throttle } = setUp(4)
  const enteredAt: number[] = []
  const run = async () => {
    for (let round = 0; round < 7; round++) {
      const turn = await enter()
      enteredAt.push(clock.now())
      throttle(turn)
    }
  }
  void run()
  await clock.advance(20_000)

  expect(enteredAt).toEqual([0, 100, 300, 700, 1_500, 3_100, 5_100])
})

it('starts over with short waits after a success', async () => {
  const { clock, enter, throttle } = setUp(4)
  const enteredAt: number[] = []
  const run = async () => {
    for (const isThrottled of [true, true, false, true, true]) {
      const turn = await enter()
      enteredAt.push(clock.now())
      if (isThrottled) throttle(turn)
      else turn.succeeded()
    }
  }
  void run()
  await clock.advance(20_000)

  expect(enteredAt).toEqual([0, 100, 300, 300, 400])
})

it('waits as long as AWS asks for', async () => {
  const { clock, enter, take, throttle } = setUp(4)
  const [turn] = await take(2)
  throttle(turn, 5_000)
  let enteredAt: number | undefined
  void enter().then(() => {
    enteredAt = clock.now()
  })
  await clock.advance(10_000)

  expect(enteredAt).toBe(5_000)
})

it('can be left while in line, and while everybody waits', async () => {
  const { clock, limiter, take, throttle } = setUp(2)
  const leaving = new AbortController()
  const [first, second] = await take(2)
  const inLine = rejection(limiter.enter(limiter.arrive(), { clock, signal: leaving.signal }))
  leaving.abort('enough')
  expect(await inLine).toBe('enough')

  throttle(first)
  second?.failed()
  const waiting = new AbortController()
  const atTheGate = rejection(limiter.enter(limiter.arrive(), { clock, signal: waiting.signal }))
  await clock.advance(0)
  waiting.abort('enough')
  expect(await atTheGate).toBe('enough')

  expect([limiter.active, clock.sleepers]).toEqual([0, 0])
  expect(getEventListeners(waiting.signal, 'abort')).toEqual([])
})

it('takes no more than its time for 200 calls at 40 a second, and loses none', async () => {
  const clock = createFakeClock()
  const random = () => 0.5
  const limiter = makeLimiter({ max: 32, backoff: exponential({ baseMs: 100, maxMs: 2_000 }) })
  let tokens = 40
  let filledAt = 0
  const isServed = () => {
    tokens = Math.min(40, tokens + ((clock.now() - filledAt) / 1_000) * 40)
    filledAt = clock.now()
    if (tokens < 1) return false
    tokens--
    return true
  }
  const call = async () => {
    for (const place = limiter.arrive(); ; ) {
      const turn = await limiter.enter(place, { clock, signal: new AbortController().signal })
      await clock.sleep(15)
      if (isServed()) return turn.succeeded()
      turn.throttled({ clock, random })
    }
  }
  let endedAt: number | undefined
  void Promise.all(Array.from({ length: 200 }, call)).then(() => {
    endedAt = clock.now()
  })
  await clock.advance(10_000)

  // The bucket is full at first: the other 160 calls take 4 s.
  expect(endedAt).toBeLessThan(4_000 * 1.2)
})
