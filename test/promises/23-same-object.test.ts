import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { secret } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'

const schema = z.object({
  db: z.object({ host: z.string(), port: z.number() }),
  origins: z.array(z.string()),
  since: z.date(),
  link: z.string().transform((text) => new URL(text)),
  login: secret('login', z.object({ user: z.string() })),
})

const values = {
  db: { host: 'h', port: 1 },
  origins: ['a', 'b'],
  since: new Date(0),
  link: 'https://a.example',
  login: { user: 'u' },
}

describe('23. keeps unchanged values the same objects', () => {
  it('keeps unchanged plain data and instances when other values change', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, { values })
    const before = config.current
    await config.set({ values: { db: { port: 2 } } })
    const { db, origins, since, link, login } = config.current

    expect(db).toEqual({ host: 'h', port: 2 })
    expect(db).not.toBe(before.db)
    expect([origins === before.origins, since === before.since]).toEqual([true, true])
    expect([link === before.link, login === before.login]).toEqual([true, true])
  })

  it('keeps plain data when the same value is written again', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, { values })
    const before = config.current
    await config.set({ values: { ...values, link: undefined, since: undefined } })

    expect(config.pin().revision).toBe(2)
    expect(config.current).toBe(before)
  })

  it('creates a new instance when its parameter changes', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, { values })
    const before = config.current
    await config.set({ values: { link: 'https://a.example' } })

    expect(config.current.link).not.toBe(before.link)
    expect(config.current.link.href).toBe(before.link.href)
    expect(config.current.db).toBe(before.db)
  })

  it('creates a new instance when any parameter under its transform changes', async () => {
    const made = z.object({
      pool: z.object({ a: z.string(), b: z.string() }).transform(({ a, b }) => ({ ab: new Map([[a, b]]), a })),
      other: z.string(),
    })
    await using config = await createTestConfig(
      { schema: made, path: '/app' },
      { values: { pool: { a: '1', b: '2' }, other: 'x' } },
    )
    const { pool } = config.current
    await config.set({ values: { other: 'y' } })
    expect(config.current.pool).toBe(pool)
    await config.set({ values: { pool: { b: '3' } } })
    expect(config.current.pool.ab).toEqual(new Map([['1', '3']]))
  })

  it('replaces an object whose value becomes secret, and the new object hides the secret', async () => {
    await using config = await createTestConfig(
      { schema: z.object({ db: z.object({ host: z.string() }) }), path: '/app' },
      {
        parameters: { '/app/db/host': 'h' },
      },
    )
    const before = config.current.db
    await config.set({ parameters: { '/app/db/host': { value: 'h', type: 'SecureString' } } })

    expect(JSON.stringify(before)).toContain('h"}')
    expect(JSON.stringify(config.current.db)).toBe('{"host":"[redacted]"}')
  })
})
