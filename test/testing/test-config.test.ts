import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, json, parameter, secret, sensitive } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'
import { loadError } from '../support/rejection.ts'

const definition = defineConfig({
  path: ['/shared', '/shop/dev'],
  naming: 'kebab-case',
  schema: z.object({
    db: z.object({
      host: z.string(),
      maxConnections: z.number().default(10),
      login: secret('dev/db', z.object({ user: z.string(), password: z.string() })),
    }),
    openSince: z.date(),
    big: z.bigint(),
    list: z.array(z.string()),
    named: parameter('/common/region', z.string()),
    text: json(z.string()),
    token: sensitive(z.string().transform((text) => text.length)),
    limits: z.record(z.string(), z.object({ perMinute: z.int() })),
    isOpen: z.stringbool(),
  }),
})

const values = {
  db: { host: 'db.local', login: { user: 'app', password: 'hunter2' } },
  openSince: new Date('2020-01-02'),
  big: 12n,
  list: ['a,b', 'c'],
  named: 'eu',
  text: 'plain',
  token: '12345',
  limits: { login: { perMinute: 10 }, search: { perMinute: 20 } },
  isOpen: 'yes',
} as const

describe('a test config', () => {
  it('takes values of every kind by key, as they go into the schema', async () => {
    await using config = await createTestConfig(definition, { values })

    expect(config.current).toEqual({ ...values, db: { ...values.db, maxConnections: 10 }, token: 5, isOpen: true })
    expect(config.pin().origin).toBe('test')
  })

  it('takes stored parameters and secrets by name', async () => {
    await using config = await createTestConfig(definition, {
      values,
      parameters: { '/shop/dev/db/max-connections': '4', '/shared/db/host': 'overridden' },
      secrets: { 'dev/db': '{"user":"other","password":"hunter3"}' },
    })

    expect(config.current.db).toEqual({
      host: 'db.local',
      maxConnections: 4,
      login: { user: 'other', password: 'hunter3' },
    })
  })

  it('fails like a start in production when something is missing', async () => {
    const error = await loadError(createTestConfig(definition, { values: { ...values, named: undefined } }))

    expect(error.missing.slice(1)).toMatchObject([{ key: 'named', parameter: '/common/region' }])
  })

  it('publishes what is set, and keeps the last when that cannot be used', async () => {
    await using config = await createTestConfig(definition, { values })
    await config.set({ values: { db: { host: 'other' } } })
    expect(config.current.db.host).toBe('other')
    expect(config.pin().revision).toBe(2)

    await loadError(config.set({ parameters: { '/shop/dev/big': 'many' } }))
    expect(config.current.big).toBe(12n)
    expect(config.status()).toMatchObject({ state: 'stale', reason: 'candidate-rejected' })

    await config.set({ parameters: { '/shop/dev/big': '13' } })
    expect(config.current.big).toBe(13n)
    expect(config.status()).toMatchObject({ state: 'ready', revision: 3 })
  })

  it('takes a definition that says how AWS is read', async () => {
    const options = {
      schema: z.object({ a: z.string() }),
      path: '/app',
      strategy: 'by-name',
      region: 'eu-west-1',
    } as const
    await using config = await createTestConfig(options, { values: { a: 'x' } })

    expect(config.current).toEqual({ a: 'x' })
  })

  it('fails and recovers on demand', async () => {
    await using config = await createTestConfig(definition, { values })
    const events: string[] = []
    config.on('stale', ({ reason }) => events.push(reason))
    config.on('recovered', () => events.push('recovered'))
    {
      using _ = config.fail()
      await loadError(config.refresh())
      expect(config.health()).toMatchObject({ status: 'degraded' })
    }
    await config.advance(1_000)

    expect(events).toEqual(['source-error', 'recovered'])
    expect(config.health()).toMatchObject({ status: 'up', ageMs: 250 })
  })

  it('rejects on demand, without saying why where a secret could be told', async () => {
    await using config = await createTestConfig(definition, { values })
    const rejection = config.reject('no')
    const error = await loadError(config.set({ values: { named: 'us' } }))
    rejection[Symbol.dispose]()
    await config.advance(1_000)

    expect(error.invalid).toMatchObject([{ code: 'VALIDATE_FAILED' }])
    expect(config.current.named).toBe('us')
  })
})
