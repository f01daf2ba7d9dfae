import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import type { Hint } from '../../src/source/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { at, localAws } from '../support/aws.ts'
import { makeNotifier } from '../support/notifier.ts'

const schema = z.object({ open: z.record(z.string(), z.string()) })
const hintAt = (name: string): Hint => ({ kind: 'parameter', name, operation: 'put', occurredAt: Date.now() })
const invented = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => hintAt(`/app/open/invented-${from + index}`))

describe('a flood of hints at 10,000 names that are not stored', () => {
  it('costs one listing of the path, and a genuine change in it is served within 10 s at 40 calls/s', async () => {
    const aws = await localAws()
    const stored = 300
    for (let index = 0; index < stored; index++) aws.parameters.put({ name: `/app/open/k${index}`, value: 'old' })
    aws.faults.add({ kind: 'throttle', ratePerSecond: 40, burst: 40 })
    const notifier = makeNotifier()
    const options = { schema, path: '/app', notifications: notifier, poll: false, ...at(aws) } as const
    await using config = await loadConfig({ ...options, startup: { timeoutMs: 30_000 } })
    notifier.inbox.healthy()
    aws.resetCounts()
    const startedAt = Date.now()
    for (const [index, hint] of invented(10_000).entries()) {
      if (index === 5_000) {
        aws.parameters.put({ name: '/app/open/k7', value: 'new', overwrite: true })
        notifier.inbox.hint(hintAt('/app/open/k7'))
      }
      notifier.inbox.hint(hint)
    }
    expect(Date.now() - startedAt).toBeLessThan(5_000)
    await expect.poll(() => config.current.open.k7, { timeout: 10_000 }).toBe('new')

    const calls = Object.values(aws.counts.calls).reduce((sum, count) => sum + count, 0)
    expect(calls, JSON.stringify(config.status().usage.calls)).toBeLessThanOrEqual(1.2 * (stored / 10))
  })

  it('is not repeated for names that are still not stored, and leaves nothing behind', async () => {
    const { config, clock, notifier, reads } = await inMemory()
    for (const hint of invented(10_000)) notifier.inbox.hint(hint)
    await clock.advance(60_000)

    expect(reads()).toBe(1)
    expect(config.status().state).toBe('ready')
    await config.close()
  })

  it('over a minute is read every few seconds', async () => {
    const { config, clock, notifier, reads, store } = await inMemory()
    for (let second = 0; second < 60; second++) {
      for (const hint of invented(160, second * 160)) notifier.inbox.hint(hint)
      await clock.advance(1_000)
    }
    store.put('/app/open/k0', 'new')
    notifier.inbox.hint({ ...hintAt('/app/open/k0'), occurredAt: clock.now() })
    await clock.advance(10_000)

    expect(reads()).toBeLessThanOrEqual(10)
    expect(config.current.open.k0).toBe('new')
    await config.close()
  })

  it('does not hide the rotation of a secret', async () => {
    const { config, clock, notifier, store } = await inMemory()
    for (const hint of invented(5_000)) notifier.inbox.hint(hint)
    const { versionId } = store.putSecret('db', 'new')
    const rotated = { kind: 'secret', name: 'db', operation: 'label', label: 'AWSCURRENT', version: versionId } as const
    notifier.inbox.hint(rotated)
    await clock.advance(10_000)

    expect(config.pin().keys.find(({ key }) => key === 'db')?.version).toBe(versionId)
    await config.close()
  })

  it('with policies keeps no list', async () => {
    const { config, notifier } = await inMemory()
    for (let index = 0; index < 10_000; index++) {
      notifier.inbox.notice({ parameter: `/app/open/invented-${index}`, policy: 'Expiration' })
    }
    notifier.inbox.notice({ parameter: '/app/open/k0', policy: 'Expiration' })

    expect(config.status().expiring).toMatchObject([{ parameter: '/app/open/k0' }])
    await config.close()
  })
})

it('reads names again that are about to be stored', async () => {
  const { config, clock, notifier, store, reads } = await inMemory()
  notifier.inbox.hint(hintAt('/app/open/soon'))
  await clock.advance(300)
  expect(reads()).toBe(1)
  store.put('/app/open/soon', 'x')
  await clock.advance(1_000)

  expect(config.current.open.soon).toBe('x')
  await config.close()
})

it('takes 16,000 hints at different names in one pass', async () => {
  const { config, notifier } = await inMemory()
  const before = process.cpuUsage()
  for (const hint of invented(16_000)) notifier.inbox.hint(hint)
  const { user, system } = process.cpuUsage(before)

  // It took 9.7 s when each hint copied the hints before it.
  expect((user + system) / 1_000).toBeLessThan(3_000)
  await config.close()
})

async function inMemory() {
  const clock = createFakeClock(Date.now())
  const parameters = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`/app/open/k${index}`, 'old']))
  const store = memorySource({ clock, parameters, secrets: { db: 'old' } })
  let count = 0
  const source: typeof store = {
    ...store,
    read(request, options) {
      count++
      return store.read(request, options)
    },
  }
  const notifier = makeNotifier()
  const both = schema.extend({ db: secret('db', z.string()) })
  const options = { schema: both, path: '/app', source, clock, notifications: notifier, poll: false } as const
  const config = await loadConfig(options)
  notifier.inbox.healthy()
  count = 0
  return { config, clock, store, notifier, reads: () => count }
}
