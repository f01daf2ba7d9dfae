import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { createFakeClock, type MemorySource, memorySource } from '../../src/testing/index.ts'
import { chanceOf } from '../support/chance.ts'
import { makeNotifier } from '../support/notifier.ts'

const instances = 200
// The calls per second of an account, for all its services together.
const ceiling = 40

describe('two hundred instances with one notified change', () => {
  it('stay below the quota of the account with splayMs', async () => {
    const { tell, rates, clock, values } = await startFleet({ splayMs: (instances / ceiling) * 2 * 1_000 })
    tell()
    await clock.advance(12_250)

    expect(values()).toEqual(new Set(['y']))
    // Twenty per second after the change, including the first polls.
    expect(Math.max(...rates())).toBeLessThanOrEqual(ceiling)
  })

  it('read all at once without splayMs', async () => {
    const { tell, rates, clock, values } = await startFleet({})
    tell()
    await clock.advance(1_000)

    expect(values()).toEqual(new Set(['y']))
    expect(Math.max(...rates())).toBe(instances)
  })

  it('poll at random times after a simultaneous start', async () => {
    const { rates, clock } = await startFleet({})
    for (let second = 0; second < 900; second++) await clock.advance(1_000)

    // Once in the first minute, then every five minutes, and every minute during a probation of ten minutes.
    const polls = rates().reduce((sum, rate) => sum + rate, 0)
    expect(polls / instances).toBeGreaterThan(5)
    expect(polls / instances).toBeLessThan(8)
    expect(Math.max(...rates())).toBeLessThanOrEqual(ceiling)
  })
})

/** Configs that start at the same time and get the same notifications, and their calls per second. */
async function startFleet(options: { readonly splayMs?: number }) {
  const clock = createFakeClock(1_700_000_000_000)
  const store = memorySource({ clock, parameters: { '/app/a': 'x' } })
  const random = chanceOf(1)
  let startedAt = Number.POSITIVE_INFINITY
  const calls = new Map<number, number>()
  const source: MemorySource = {
    ...store,
    read(request, how) {
      const second = Math.floor((clock.now() - startedAt) / 1_000)
      if (second >= 0) calls.set(second, (calls.get(second) ?? 0) + 1)
      return store.read(request, how)
    },
  }
  const schema = z.object({ a: z.string() })
  const fleet = await Promise.all(
    Array.from({ length: instances }, async () => {
      const notifications = makeNotifier()
      const config = await loadConfig({ schema, path: '/app', source, notifications, clock, random, ...options })
      notifications.inbox.healthy()
      onTestFinished(() => config.close())
      return { config, notifications }
    }),
  )
  startedAt = clock.now()
  return {
    clock,
    tell() {
      store.put('/app/a', 'y')
      const hint = { kind: 'parameter', name: '/app/a', operation: 'put', occurredAt: clock.now() } as const
      for (const { notifications } of fleet) notifications.inbox.hint(hint)
    },
    rates: () => [...calls.values()],
    values: () => new Set(fleet.map(({ config }) => config.current.a)),
  }
}
