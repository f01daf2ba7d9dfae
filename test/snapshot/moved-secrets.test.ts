import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { json, parameter, reveal, secret, sensitive } from '../../src/index.ts'
import { loadFrom } from '../support/load.ts'

const canary = 'hunter2canary'
const withheld = '[redacted]'

/** What is stored beside the SecureString `/app/token`, and what `JSON.stringify(config.current)` shows. */
interface Case {
  readonly schema: z.core.$ZodType
  readonly stored?: Readonly<Record<string, string>>
  readonly secure?: readonly string[]
  readonly shown: unknown
}

const plain = z.object({ host: z.string(), token: z.string() })
const swap = ({ host, token }: { host: string; token: string }) => ({ host: token, token: host })
const refused = z.object({ host: z.literal('other'), token: z.string() })

const cases: Record<string, Case> = {
  'a transform of an object': { schema: plain.transform(swap), shown: withheld },
  'a union whose second member transforms': { schema: z.union([refused, plain.transform(swap)]), shown: withheld },
  'a union whose first member transforms': { schema: z.union([refused.transform(swap), plain]), shown: withheld },
  'a union in an optional': { schema: z.union([refused, plain.transform(swap)]).optional(), shown: withheld },
  'a union in a union': {
    schema: z.union([refused, z.union([refused, plain.transform(swap)])]),
    shown: withheld,
  },
  'a discriminated union': {
    schema: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('a'), host: z.string(), token: z.string() }),
      z
        .object({ kind: z.literal('b'), host: z.string(), token: z.string() })
        .transform(({ token }) => ({ kind: 'b', host: token })),
    ]),
    stored: { '/app/kind': 'b' },
    shown: withheld,
  },
  'a member that takes any key': {
    schema: z.union([refused, z.looseObject({ host: z.string() }).transform(({ token }) => ({ host: token }))]),
    shown: withheld,
  },
  'a member that takes keys by a catch-all': {
    schema: z.union([
      refused,
      z
        .object({ host: z.string() })
        .catchall(z.string())
        .transform((all) => ({ host: all.token })),
    ]),
    shown: withheld,
  },
  'a record beside an object': {
    schema: z.union([refused, z.record(z.string(), z.string()).transform(({ token }) => ({ host: token }))]),
    shown: withheld,
  },
  'members that transform further down': {
    schema: z.union([
      z.object({ db: refused }),
      z.object({ db: plain.transform(({ token }) => ({ host: token })), port: z.string() }),
    ]),
    stored: { '/app/db/host': 'h', '/app/port': '1' },
    secure: ['/app/db/token'],
    shown: { db: withheld, port: '1' },
  },
  'a key that only the other member has': {
    schema: z.union([
      z.object({ host: z.string(), token: z.string() }),
      z.object({ host: z.literal('no') }).transform(() => 'x'),
    ]),
    shown: { host: 'h', token: withheld },
  },
  'an intersection whose left side transforms': {
    schema: z.intersection(
      plain.transform(({ token }) => ({ other: token })),
      z.object({ host: z.string() }),
    ),
    shown: withheld,
  },
  'an intersection whose right side transforms': {
    schema: z.intersection(
      plain,
      plain.transform(({ token }) => ({ other: token })),
    ),
    shown: withheld,
  },
  'an intersection one side of which transforms other keys': {
    schema: z.intersection(
      z.object({ token: z.string() }),
      z.object({ host: z.string() }).transform(({ host }) => ({ hosts: [host] })),
    ),
    shown: withheld,
  },
  'an intersection with a union that transforms': {
    schema: z.intersection(plain, z.union([refused.transform(swap), z.object({ host: z.string() })])),
    shown: withheld,
  },
  'an intersection whose sides keep their shape': {
    schema: z.intersection(z.object({ host: z.string() }), z.object({ token: z.string() })),
    shown: { host: 'h', token: withheld },
  },
  'a codec': {
    schema: z.codec(plain, z.object({ url: z.string() }), {
      decode: ({ token }) => ({ url: `pg://${token}` }),
      encode: () => ({ host: '', token: '' }),
    }),
    shown: withheld,
  },
  'a pipe': {
    schema: plain.pipe(z.transform((value) => ({ url: Object(value).token }))),
    shown: withheld,
  },
  'a transform in optional, readonly and default': {
    schema: z.object({
      db: plain.transform(swap).optional().readonly().default({ host: 'h', token: 't' }),
    }),
    stored: { '/app/db/host': 'h' },
    secure: ['/app/db/token'],
    shown: { db: withheld },
  },
  'a transform in a lazy schema': { schema: z.lazy(() => plain.transform(swap)), shown: withheld },
  'an overwrite': { schema: plain.overwrite(swap), shown: withheld },
  'a catch that returns what it was given': {
    schema: refused.catch(({ value }) => ({ host: (value as { token: 'other' }).token, token: '' })),
    shown: withheld,
  },
  'a catch of a member that lacks the key': {
    schema: z.union([
      refused,
      z.object({ host: z.literal('no') }).catch(({ value }) => ({ host: (value as { token: 'no' }).token })),
    ]),
    shown: withheld,
  },
  'a catch that returns a constant': {
    schema: plain.catch({ host: 'x', token: 'y' }),
    shown: { host: 'h', token: withheld },
  },
  'a record whose keys are transformed': {
    schema: z.record(z.string().toUpperCase(), z.string()),
    shown: withheld,
  },
  'a record whose keys are transformed in a union': {
    schema: z.record(z.union([z.literal('host'), z.string().toUpperCase()]), z.string()),
    shown: withheld,
  },
  'a record whose keys are numbers': {
    schema: z.object({ shards: z.record(z.number(), z.string()) }),
    stored: { '/app/shards/1': 'h' },
    secure: ['/app/shards/01.0', '/app/shards/02'],
    shown: { shards: withheld },
  },
  'a record whose keys are caught': {
    schema: z.record(
      z
        .string()
        .regex(/^other$/)
        .catch('host'),
      z.string(),
    ),
    shown: withheld,
  },
  'a record of enum keys': {
    schema: z.record(z.enum(['host', 'token']), z.string()),
    shown: { host: 'h', token: withheld },
  },
  'a record with a pattern for keys': {
    schema: z.record(z.string().regex(/^\w+$/), z.string()),
    shown: { host: 'h', token: withheld },
  },
  'a member that reads the whole as JSON': {
    schema: z.union([
      z.object({ db: refused }),
      z.object({ db: json(plain).transform(({ token }) => ({ host: token })) }),
    ]),
    stored: { '/app/db/host': 'h' },
    secure: ['/app/db/token'],
    shown: { db: withheld },
  },
  'a parameter with a name of its own': {
    schema: z.union([
      z.object({ host: z.literal('no'), token: parameter('/other/token', z.string()) }),
      z.looseObject({ host: z.string() }).transform(({ token }) => ({ host: token })),
    ]),
    secure: ['/other/token'],
    shown: withheld,
  },
  'zod mini': {
    schema: mini.union([
      mini.object({ host: mini.literal('no'), token: mini.string() }),
      mini.pipe(
        mini.object({ host: mini.string(), token: mini.string() }),
        mini.transform(({ token }) => ({ host: token })),
      ),
    ]),
    shown: withheld,
  },
}

describe('a secret that the schema moves is redacted', () => {
  it.each(Object.entries(cases))('by %s', async (_, { schema, stored = {}, secure = ['/app/token'], shown }) => {
    const root = '/app/db/host' in stored || '/app/shards/1' in stored ? {} : { '/app/host': 'h' }
    const secrets = secure.map((name) => [name, { type: 'SecureString', value: canary }] as const)
    await using config = await loadFrom(schema as z.ZodType, { ...root, ...stored, ...Object.fromEntries(secrets) })

    const printed = [config.current, config.pin()].map((value) => JSON.stringify(value) + inspect(value, { depth: 9 }))
    expect(printed.filter((text) => text.includes(canary))).toEqual([])
    expect(JSON.parse(JSON.stringify(config.current))).toEqual(shown)
  })

  it('by a union member that accepts any key', async () => {
    const schema = z.union([
      z.object({ host: z.literal('no'), token: secret('token', z.string()) }),
      z.looseObject({ host: z.string() }).transform(({ token }) => ({ host: token })),
    ])
    await using config = await loadFrom(schema, { '/app/host': 'h' }, { secrets: { token: canary } })

    expect(config.current).toEqual({ host: canary })
    expect(JSON.stringify(config.pin())).not.toContain(canary)
  })

  it('by a transform of an override', async () => {
    const schema = z.union([
      z.object({ host: z.literal('no'), token: sensitive(z.string()) }),
      plain.transform(({ token }) => ({ host: token })),
    ])
    await using config = await loadFrom(schema, { '/app/host': 'h' }, { options: { overrides: { token: canary } } })

    expect(config.current).toEqual({ host: canary })
    expect(JSON.stringify(config.current)).toBe(JSON.stringify(withheld))
  })
})

const marked: Record<string, readonly [z.ZodType, string | undefined]> = {
  'in the output of a pipe': [z.string().pipe(sensitive(z.string())), canary],
  'in the output of a pipe in JSON': [
    json(z.object({ k: z.string().pipe(sensitive(z.string())) })),
    `{"k":"${canary}"}`,
  ],
  'in the output of a codec': [
    z.codec(z.string(), z.object({ k: sensitive(z.string()) }), { decode: (k) => ({ k }), encode: ({ k }) => k }),
    canary,
  ],
  'in a lazy member of a union': [z.union([z.number(), z.lazy(() => sensitive(z.string()))]), canary],
  'with a default': [sensitive(z.string().default(canary)), undefined],
  'in a default': [sensitive(z.string()).default(canary), undefined],
  'with a prefault': [sensitive(z.string()).prefault(canary), undefined],
  'as a record with a default': [sensitive(z.record(z.string(), z.string())).default({ k: canary }), undefined],
  'as an object with a default': [sensitive(z.object({ k: z.string() })).default({ k: canary }), undefined],
  'as an object one key of which has a default': [
    sensitive(z.object({ k: z.string().default(canary), stored: z.string() })),
    canary,
  ],
  'as a secret with a default': [secret('absent', z.string()).default(canary), undefined],
}

describe('a value that is marked sensitive() is redacted', () => {
  it.each(Object.entries(marked))('%s', async (name, [schema, stored]) => {
    const key = name.startsWith('as an object one key') ? '/app/key/stored' : '/app/key'
    const parameters = { '/app/host': 'h', ...(stored !== undefined && { [key]: stored }) }
    await using config = await loadFrom(z.object({ host: z.string(), key: schema }), parameters)
    await config.refresh()

    expect(JSON.stringify(reveal(config.current))).toContain(canary)
    expect(inspect(config.pin(), { depth: 9 }) + JSON.stringify([config.current, config.explain()])).not.toContain(
      canary,
    )
    expect(JSON.stringify(config.current)).toContain('"host":"h"')
  })
})

const token = { type: 'SecureString', value: canary } as const

type Open = Record<string, unknown> & { token: string }

/** What a check does with the value that it is given, where `/app/token` is secret. */
const copying: Record<string, { copy(value: Open): void; shown: Record<string, unknown> }> = {
  'another key': {
    copy: (value) => {
      value.copy = value.token
    },
    shown: { copy: withheld },
  },
  'a key that is stored in plain text': {
    copy: (value) => {
      value.host = value.token
    },
    shown: { host: withheld },
  },
  'the middle of a text': {
    copy: (value) => {
      value.url = `postgres://app:${value.token}@db/app`
    },
    shown: { url: withheld },
  },
  'a header in Base64': {
    copy: (value) => {
      value.auth = { header: `Basic ${Buffer.from(value.token).toString('base64')}`, realm: 'app' }
    },
    shown: { auth: { header: withheld, realm: 'app' } },
  },
  'a list': {
    copy: (value) => {
      value.list = ['a', value.token]
    },
    shown: { list: ['a', withheld] },
  },
  'a URL': {
    copy: (value) => {
      value.url = new URL(`http://${value.token}@db`)
    },
    shown: { url: withheld },
  },
  bytes: {
    copy: (value) => {
      value.bytes = Buffer.from(value.token)
    },
    shown: { bytes: withheld },
  },
  'a key of an object': {
    copy: (value) => {
      value.users = { [value.token]: true }
    },
    shown: { users: withheld },
  },
}

describe('a secret that a check copies is redacted', () => {
  const ways = {
    superRefine: (copy: (value: Open) => void) =>
      z.looseObject({ host: z.string(), token: z.string() }).superRefine((value) => copy(value)),
    'refine in an optional': (copy: (value: Open) => void) =>
      z
        .looseObject({ host: z.string(), token: z.string() })
        .optional()
        .refine((value) => {
          if (value !== undefined) copy(value)
          return true
        }),
    'check of zod/mini': (copy: (value: Open) => void) =>
      mini.looseObject({ host: mini.string(), token: mini.string() }).check(({ value }) => copy(value)),
  }
  const all = Object.entries(copying).flatMap(([where, how]) =>
    Object.entries(ways).map(([by, make]) => ({ where, by, make, ...how })),
  )

  it.each(all)('to $where, by $by', async ({ copy, make, shown }) => {
    await using config = await loadFrom(make(copy), { '/app/host': 'h', '/app/port': '1', '/app/token': token })
    const page = JSON.stringify(config.pin()) + inspect(config.current, { depth: 9 })

    expect(JSON.parse(JSON.stringify(config.current))).toEqual({ host: 'h', port: '1', token: withheld, ...shown })
    expect(page).not.toContain(canary)
    expect(page).not.toContain(Buffer.from(canary).toString('base64'))
  })

  it('leaves other values visible', async () => {
    const schema = z
      .object({ host: z.string(), token: z.string(), port: z.number().default(1), json: json(z.array(z.string())) })
      .refine(() => true)
    await using config = await loadFrom(schema, {
      '/app/host': 'hunt',
      '/app/json': '["hunter2"]',
      '/app/token': token,
    })

    expect(JSON.parse(JSON.stringify(config.current))).toEqual({
      host: 'hunt',
      json: ['hunter2'],
      port: 1,
      token: withheld,
    })
  })
})
