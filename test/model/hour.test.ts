import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'

const minuteMs = 60_000
const away = { code: 'UNREACHABLE', isTransient: true, detail: 'away', remedy: 'wait' } as const
const denied = { code: 'EXPIRED_CREDENTIALS', isTransient: false, detail: 'expired', remedy: 'renew' } as const

it('survives an hour with an outage of twenty minutes, expired credentials and a jumping clock', async () => {
  const clock = createFakeClock(1_700_000_000_000)
  const source = memorySource({ clock, parameters: { '/app/a': '0' } })
  let calls = 0
  const counted: typeof source = {
    ...source,
    read(request, options) {
      calls++
      return source.read(request, options)
    },
  }
  const schema = z.object({ a: z.coerce.number() })
  await using config = await loadConfig({ schema, path: '/app', source: counted, clock, random: () => 0.5 })
  const events: string[] = []
  for (const event of ['stale', 'recovered', 'change', 'closed'] as const) {
    config.on(event, () => events.push(`${event} at ${Math.round(passed / minuteMs)}`))
  }
  let passed = 0
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      passed += minuteMs
      await clock.advance(minuteMs)
    }
  }
  const write = (value: number) => source.put('/app/a', String(value))

  await pass(10)
  write(1)
  await pass(2)
  const outage = source.fail('*', away)
  await pass(10)
  const expiry = source.fail('*', denied)
  clock.jump(-30 * minuteMs)
  await pass(5)
  outage.remove()
  source.fail('*', away)
  clock.jump(3 * 60 * minuteMs)
  await pass(5)
  expiry.remove()
  write(2)
  await pass(6)
  clock.jump(-60 * minuteMs)
  write(3)
  await pass(22)

  expect(passed).toBe(60 * minuteMs)
  expect(config.current.a).toBe(3)
  expect(config.status()).toMatchObject({ state: 'ready', revision: 4, failures: 0 })
  expect(events.slice(0, 2)).toEqual(['change at 11', 'stale at 13'])
  // Within the longest wait between two attempts, after minute 32.
  expect(events[2]).toMatch(/^change at 3[3-7]$/)
  expect(events[3]).toMatch(/^recovered at 3[3-7]$/)
  expect(events[4]).toMatch(/^change at (39|40)$/)
  // About forty polls, and the attempts 1, 2, 4 … 300 s into the outage.
  expect(calls).toBeLessThan(60)
})
