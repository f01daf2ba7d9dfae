import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, fromEnv, json, parameter, secret, sensitive } from '../../src/index.ts'
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
  it('takes values of every type by key, as input of the schema', async () => {
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

  it('fails like a start in production when a parameter is missing', async () => {
    const error = await loadError(createTestConfig(definition, { values: { ...values, named: undefined } }))

    expect(error.missing.slice(1)).toMatchObject([{ key: 'named', parameter: '/common/region' }])
  })

  it('publishes a change, and keeps the last snapshot when a change is rejected', async () => {
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

  it('ignores the options for reading AWS', async () => {
    const options = {
      schema: z.object({ a: z.string() }),
      path: '/app',
      strategy: 'by-name',
      region: 'eu-west-1',
    } as const
    await using config = await createTestConfig(options, { values: { a: 'x' } })

    expect(config.current).toEqual({ a: 'x' })
  })

  it('does not read environment variables', async () => {
    const options = { schema: z.object({ port: z.number() }), path: '/app', overrides: fromEnv('LIVEPARAM_TEST_') }
    process.env.LIVEPARAM_TEST_PORT = '2'
    try {
      await using config = await createTestConfig(options, { values: { port: 1 } })
      expect(config.current.port).toBe(1)
    } finally {
      delete process.env.LIVEPARAM_TEST_PORT
    }
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

  it('rejects on demand', async () => {
    await using config = await createTestConfig(definition, { values })
    const rejection = config.reject('no')
    const error = await loadError(config.set({ values: { named: 'us' } }))
    rejection[Symbol.dispose]()
    await config.advance(1_000)

    expect(error.invalid).toMatchObject([{ code: 'VALIDATE_FAILED' }])
    expect(config.current.named).toBe('us')
  })
})

describe('createTestConfig()', () => {
  const small = {
    path: '/app',
    schema: z.object({
      host: z.string().default('h'),
      db: z.object({ port: z.number().default(1) }),
      login: secret('prod/db', z.string()).optional(),
    }),
  }
  const make = (contents: object) => createTestConfig(small, contents)

  it.each([
    [{ valus: {} }, 'there is no option valus: did you mean values?'],
    [{ host: 'x' }, 'there is no option host: the options are values, parameters, secrets'],
    [{ values: 'x' }, 'values must be an object'],
    [{ values: { hots: 'x' } }, 'there is no key values.hots: did you mean values.host?'],
    [{ values: { db: { prot: 1 } } }, 'there is no key values.db.prot: did you mean values.db.port?'],
    [{ values: { db: 'x' } }, 'values.db must be an object, as in the schema'],
    [{ parameters: { host: 'x' } }, 'parameters need full names: did you mean /app/host?'],
    [{ secrets: { 'prdo/db': 'x' } }, 'the schema has no secret prdo/db: did you mean prod/db?'],
  ])('rejects contents that the definition would never read: %o', async (contents: object, message) => {
    await expect(make(contents)).rejects.toEqual(new TypeError(`createTestConfig(): ${message}`))
    await using config = await make({ values: { db: {} } })
    await expect(config.set(contents)).rejects.toEqual(new TypeError(`createTestConfig(): ${message}`))
  })

  it('accepts parameters and secrets outside the schema, for references', async () => {
    await using config = await make({
      values: { db: {} },
      parameters: { '/other/x': 'y' },
      secrets: { 'prod/db': 'p', 'prod/db2': 'q', other: 'r' },
    })
    await config.set({ secrets: { 'prod/db3': 's' } })

    expect(config.current).toEqual({ host: 'h', db: { port: 1 }, login: 'p' })
  })

  it('stores text unchanged for a coerced key', async () => {
    const schema = z.object({ n: z.coerce.number(), text: z.string(), list: z.array(z.string()) })
    const values = { n: '5', text: '5', list: ['a'] }
    await using config = await createTestConfig({ path: '/app', schema }, { values })

    expect(config.current).toEqual({ n: 5, text: '5', list: ['a'] })
  })
})
