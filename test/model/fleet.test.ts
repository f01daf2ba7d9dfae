import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { createFakeClock, type MemorySource, memorySource } from '../../src/testing/index.ts'
import { chanceOf } from '../support/chance.ts'
import { makeNotifier } from '../support/notifier.ts'

const instances = 200
// What an account may ask for in a second, all its services together.
const ceiling = 40

describe('two hundred instances that are told of one change', () => {
  it('read at a rate that splayMs keeps below what an account may ask for', async () => {
    const { tell, rates, clock, values } = await startFleet({ splayMs: (instances / ceiling) * 2 * 1_000 })
    tell()
    await clock.advance(12_250)

    expect(values()).toEqual(new Set(['y']))
    // Twenty a second follow the change; the first polls are among them.
    expect(Math.max(...rates())).toBeLessThanOrEqual(ceiling)
  })

  it('would read all at once without it', async () => {
    const { tell, rates, clock, values } = await startFleet({})
    tell()
    await clock.advance(1_000)

    expect(values()).toEqual(new Set(['y']))
    expect(Math.max(...rates())).toBe(instances)
  })

  it('poll at random times although they were started together', async () => {
    const { rates, clock } = await startFleet({})
    for (let second = 0; second < 900; second++) await clock.advance(1_000)

    // Once in the first minute, every five minutes from then on, and every minute in a silence of ten minutes.
    const polls = rates().reduce((sum, rate) => sum + rate, 0)
    expect(polls / instances).toBeGreaterThan(5)
    expect(polls / instances).toBeLessThan(8)
    expect(Math.max(...rates())).toBeLessThanOrEqual(ceiling)
  })
})

/** Configs that were started at once and are told of the same things, and the calls of each second since then. */
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
