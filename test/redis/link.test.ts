import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Clock } from '../../src/ports.ts'
import { RedisLink } from '../../src/redis/link.ts'
import { turnClock } from '../../src/redis/turn-clock.ts'
import { createFakeClock } from '../../src/testing/index.ts'

const minute = 60_000

it('warns once while Redis fails now and then, and again if it fails after ten minutes without a failure', async () => {
  const clock = createFakeClock()
  const warnings: string[] = []
  const link = new RedisLink({
    client: { isReady: true, sendCommand: async () => undefined, duplicate: () => neverUsed() },
    clock,
    random: () => 0,
    commandMs: 500,
    warn: (message) => void warnings.push(message),
  })
  const fail = () => link.attempt(async () => Promise.reject(new Error('OOM command not allowed')))
  const succeed = () => link.attempt(async () => 'right')
  for (let round = 0; round < 20; round++) {
    await fail()
    await clock.advance(9 * minute)
    expect(await succeed()).toBe('right')
  }
  expect(warnings).toEqual([expect.stringContaining('it answered the error OOM')])

  await clock.advance(2 * minute)
  await fail()
  expect(warnings).toHaveLength(2)
})

it('is usable as soon as the client is connected, however often it was not', async () => {
  const clock = createFakeClock()
  const warnings: string[] = []
  const client = { isReady: false, sendCommand: async () => undefined, duplicate: () => neverUsed() }
  const link = new RedisLink({
    client,
    clock,
    random: () => 1,
    commandMs: 500,
    warn: (message) => void warnings.push(message),
  })
  for (let round = 0; round < 20; round++) {
    expect(await link.attempt(async () => 'right')).toBeUndefined()
    await clock.advance(1_000)
  }
  client.isReady = true

  expect(await link.attempt(async () => 'right')).toBe('right')
  expect(warnings).toEqual([expect.stringContaining('the client of Redis is not connected')])
})

it('gives an answer time to arrive in a process that was busy for longer than a command may take', async () => {
  const timers: (() => void)[] = []
  let now = 0
  const clock: Clock = {
    now: () => now,
    sleep: () => neverUsed(),
    timer: (_, fire) => {
      timers.push(fire)
      return () => undefined
    },
  }
  let answer: (value: unknown) => void = () => undefined
  const answered = new Promise((resolve) => {
    answer = resolve
  })
  const client = { isReady: true, sendCommand: () => answered, duplicate: () => neverUsed() }
  const link = new RedisLink({
    client,
    clock: turnClock(clock, () => setImmediate()),
    random: () => 0,
    commandMs: 500,
    warn: () => neverUsed(),
  })
  const sent = link.attempt(() => link.send(['GET', 'reading']))
  now += 2_000
  timers.shift()?.()
  for (let turn = 0; turn < 5; turn++) await setImmediate()
  answer('arrived')

  expect(await sent).toBe('arrived')
})

function neverUsed(): never {
  throw new Error('no connection is made')
}
