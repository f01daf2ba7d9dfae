import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createConfig, secret } from '../../src/index.ts'
import { createFakeClock, createTestConfig, memorySource } from '../../src/testing/index.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.object({ a: z.string(), n: z.number() })
const values = { a: 'x', n: 1 }

describe('25. serves the last good snapshot through every failure, and only close() stops refreshing', () => {
  it.each(['UNREACHABLE', 'THROTTLED', 'ACCESS_DENIED', 'EXPIRED_CREDENTIALS', 'NO_CREDENTIALS'] as const)(
    'recovers after %s',
    async (code) => {
      await using config = await createTestConfig({ schema, path: '/app' }, { values })
      const outage = config.fail({ code, isTransient: code !== 'ACCESS_DENIED' })
      await config.advance(1_200_000)
      expect(config.current).toEqual(values)
      expect(config.status()).toMatchObject({
        state: 'stale',
        reason: 'source-error',
        lastError: { code: 'LOAD_FAILED' },
      })

      config.store.put('/app/a', 'y')
      outage[Symbol.dispose]()
      // The longest wait between two looks.
      await config.advance(300_000)
      expect(config.current.a).toBe('y')
      expect(config.status()).toMatchObject({ state: 'ready', revision: 2 })
    },
  )

  it('reports a value that the schema refuses once, with its key and without the value', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, { values })
    const rejected: string[] = []
    config.on('rejected', ({ error }) => rejected.push(error.message))
    const error = await loadError(config.set({ parameters: { '/app/n': 'hunter2' } }))
    await config.advance(600_000)

    expect(error.isServing).toBe(true)
    expect(rejected).toEqual([error.message])
    expect(error.message).toMatch(
      /^liveparam: could not refresh the configuration, the last one stays in use: 1 invalid/,
    )
    expect(error.message).toContain('n  /app/n  [INVALID_VALUE]')
    expect(error.message).not.toContain('hunter2')
    expect(config.current).toEqual(values)
    expect(config.health()).toMatchObject({ status: 'degraded', reason: 'candidate-rejected' })
  })

  it('reads a secret that failed at its regular time as soon as possible', async () => {
    const withSecret = schema.extend({ login: secret('login', z.string()) })
    await using config = await createTestConfig(
      { schema: withSecret, path: '/app' },
      { values: { ...values, login: 'p1' } },
    )
    config.store.putSecret('login', 'p2')
    const denial = { code: 'ACCESS_DENIED', isTransient: false, detail: 'no', remedy: 'allow it' } as const
    const outage = config.store.fail('login', denial)
    await config.advance(301_000)
    expect(config.status()).toMatchObject({ state: 'stale', reason: 'source-error' })
    outage.remove()
    await config.advance(2_000)

    expect(config.current.login).toBe('p2')
  })

  it('reports down past maxStaleMs, and current is still readable', async () => {
    await using config = await createTestConfig({ schema, path: '/app', maxStaleMs: 600_000 }, { values })
    config.fail()
    await config.advance(700_000)

    expect(config.health()).toMatchObject({ status: 'down', reason: 'age-exceeded' })
    expect(config.current).toEqual(values)
  })

  it('retries a start in background mode until the first snapshot', async () => {
    const [clock, source] = [createFakeClock(), memorySource()]
    await using config = createConfig({ schema, path: '/app', source, clock, startup: { mode: 'background' } })
    const errors: string[] = []
    config.on('error', ({ error }) => errors.push(error.code))
    await clock.advance(1_000)
    expect(config.status().state).toBe('failed')
    expect(errors).toContain('LOAD_FAILED')

    source.put('/app/a', 'x')
    source.put('/app/n', '1')
    await clock.advance(5_000)
    await config.ready
    expect(config.current).toEqual(values)
  })
})
