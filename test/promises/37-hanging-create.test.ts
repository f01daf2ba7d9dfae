import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createTestConfig, type TestConfig } from '../../src/testing/index.ts'

const schema = z.object({ host: z.string(), other: z.number() })

/** A config with a resource whose `create` does what the host says, and the hosts that it was called with. */
async function withDatabase(onFailure: 'keep-old' | 'veto' = 'keep-old') {
  const config = await createTestConfig({ schema, path: '/app', poll: false }, { values: { host: 'first', other: 0 } })
  const { clock } = config
  const calls: string[] = []
  const startedAt = clock.now()
  const create = async (host: string, { signal }: { readonly signal: AbortSignal }) => {
    calls.push(`${clock.now() - startedAt} ${host}`)
    if (host.startsWith('hangs')) await new Promise(() => undefined)
    if (host.startsWith('ignores')) await clock.sleep(60_000)
    if (host.startsWith('refuses late')) await clock.sleep(5_000, signal)
    if (host.startsWith('refuses')) throw new Error('connection refused')
    return host
  }
  const resource = await config.resource(({ host }) => host, create, { onFailure })
  calls.length = 0
  return { config, resource, calls }
}

/** Stores something else. @returns How long it takes until it is published, or refused. */
async function publish(config: TestConfig<typeof schema>, values: { host?: string; other?: number }): Promise<number> {
  const startedAt = config.clock.now()
  let endedAt: number | undefined
  const end = () => {
    endedAt = config.clock.now()
  }
  config.set({ values }).then(end, end)
  for (let passed = 0; endedAt === undefined && passed < 60_000; passed += 100) await config.advance(100)
  return (endedAt ?? Number.POSITIVE_INFINITY) - startedAt
}

describe('37. while create() hangs, with keep-old,', () => {
  it.each(['hangs', 'ignores its signal', 'refuses late'])('waits for it once before publishing (%s)', async (host) => {
    const { config, resource } = await withDatabase()
    const firstMs = host === 'refuses late' ? 5_000 : 10_000
    expect(await publish(config, { host })).toBe(firstMs)
    for (let other = 1; other <= 5; other++) {
      expect(await publish(config, { other })).toBe(0)
      expect(config.current).toEqual({ host, other })
    }
    expect(resource.current).toBe('first')
    expect(config.health()).toMatchObject({ status: 'degraded', state: 'ready' })

    await config.close()
  })

  it('does not wait for a second create() that hangs', async () => {
    const { config } = await withDatabase()
    await publish(config, { host: 'hangs' })

    expect(await publish(config, { host: 'hangs, too' })).toBe(0)
    await config.close()
  })

  it('publishes the next change at once, creates its resource, and waits for create() again', async () => {
    const { config, resource, calls } = await withDatabase()
    await publish(config, { host: 'hangs' })
    await config.advance(60_000)
    calls.length = 0
    const before = config.clock.now()
    expect(await publish(config, { host: 'second' })).toBe(0)
    await config.advance(0)
    expect(resource.current).toBe('second')
    expect(config.clock.now() - before).toBeLessThanOrEqual(100)
    expect(config.health().status).toBe('up')
    expect(config.status().resources).toEqual([{ isCurrent: true, failures: 0 }])

    expect(await publish(config, { host: 'hangs' })).toBe(10_000)
    await config.close()
  })

  it('neither restarts it nor hastens its retry on other changes', async () => {
    const { config, calls } = await withDatabase()
    await publish(config, { host: 'refuses late' })
    for (let other = 1; other <= 20; other++) await publish(config, { other })

    // 5 s for each attempt, then 0.75 s and 1.5 s.
    expect(calls).toEqual(['0 refuses late', '5750 refuses late'])
    await config.advance(10_000)
    expect(calls.at(-1)).toBe('12250 refuses late')
    await config.close()
  })

  it('does not wait again after a quick failure', async () => {
    const { config } = await withDatabase()
    await publish(config, { host: 'hangs' })
    await publish(config, { host: 'refuses' })
    await config.advance(1_000)
    expect(config.status().resources).toEqual([{ isCurrent: false, failures: 2 }])

    expect(await publish(config, { host: 'hangs again' })).toBe(0)
    await config.close()
  })

  it('waits for create() as usual after a quick failure', async () => {
    const { config, resource } = await withDatabase()
    const seen: string[] = []
    config.on('change', () => seen.push(resource.current))
    await publish(config, { host: 'refuses' })
    await publish(config, { host: 'second' })

    expect(seen).toEqual(['first', 'second'])
    await config.close()
  })
})

it('37. with veto, waits for each candidate and refuses it', async () => {
  const { config, resource } = await withDatabase('veto')
  for (const _ of ['first', 'second']) {
    expect(await publish(config, { host: 'hangs' })).toBe(10_000)
    expect(config.current.host).toBe('first')
  }
  expect(resource.current).toBe('first')
  await config.close()
})
