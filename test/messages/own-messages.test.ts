import { afterEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { json } from '../../src/index.ts'
import { loadFrom, type Stored } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'

const said = 'SEE-THE-RUNBOOK'

async function messageOf(schema: z.core.$ZodType, stored?: Stored): Promise<string> {
  const parameters =
    stored === undefined ? {} : { '/app/key': typeof stored === 'string' ? stored : toParameter(stored) }
  const start = loadFrom(z.object({ key: schema as z.ZodType, other: z.string() }), {
    '/app/other': 'x',
    ...parameters,
  })
  return (await loadError(start)).message
}

function toParameter([type, value]: Exclude<Stored, string>) {
  return { type, value }
}

describe('a message that the author of the schema wrote', () => {
  it.each<[string, z.core.$ZodType, Stored | undefined]>([
    ['length', z.string().length(64, said), 'abc'],
    ['min', z.string().min(32, said), 'abc'],
    ['max', z.string().max(2, { error: said }), 'abc'],
    ['regex', z.string().regex(/^sk_/, said), 'abc'],
    ['startsWith', z.string().startsWith('sk_', said), 'abc'],
    ['url', z.url(said), 'abc'],
    ['email as a method', z.string().email(said), 'abc'],
    ['iso date', z.iso.date(said), 'abc'],
    ['enum', z.enum(['a', 'b'], { error: said }), 'abc'],
    ['literal', z.literal('a', said), 'abc'],
    ['number', z.number(said), 'abc'],
    ['number with an error function', z.number({ error: (issue) => `${said} ${issue.code}` }), 'abc'],
    ['number max', z.number().max(65_536, said), '70000'],
    ['int', z.number().int(said), '0.5'],
    ['multipleOf', z.number().multipleOf(2, said), '3'],
    ['boolean', z.boolean(said), 'maybe'],
    ['bigint', z.bigint(said), 'abc'],
    ['date', z.date(said), 'abc'],
    ['stringbool', z.stringbool({ error: said }), 'maybe'],
    ['array', z.array(z.string()).min(3, said), ['StringList', 'a,b']],
    ['an item', z.array(z.string().min(3, said)), ['StringList', 'a,b']],
    ['inside JSON', json(z.object({ a: z.number(said) })), '{"a":"x"}'],
    ['strict', json(z.strictObject({ a: z.string() }, said)), '{"a":"x","b":1}'],
    ['a missing JSON key', json(z.object({ a: z.number(said) })), '{}'],
    ['union', z.union([z.number(), z.boolean()], said), 'abc'],
    ['refine', z.string().refine((text) => text === 'x', said), 'abc'],
    ['superRefine', z.string().superRefine((_, context) => context.addIssue(said)), 'abc'],
    ['check', z.string().check((payload) => void payload.issues.push(issue(payload.value))), 'abc'],
    ['property', z.string().check(z.property('length', z.number().min(5, said))), 'abc'],
    ['custom', z.custom<string>((value) => value === 'x', said), 'abc'],
    ['pipe', z.string().pipe(z.string().min(5, said)), 'abc'],
    ['transform', z.string().transform((text, context) => refuse(text, context)), 'abc'],
    ['record key', json(z.record(z.string().min(3, said), z.string())), '{"a":"x"}'],
    ['nothing stored', z.string({ error: said }), undefined],
    ['nothing stored for custom', z.custom<string>((value) => value === 'x', said), undefined],
    ['mini', mini.string().check(mini.minLength(32, said)), 'abc'],
    ['mini number', mini.number(said), 'abc'],
  ])('appears in the error: %s', async (_, schema, stored) => {
    expect(await messageOf(schema, stored)).toContain(said)
  })

  it('appears beside the missing keys', async () => {
    const error = await loadError(loadFrom(z.object({ key: z.string({ error: said }) })))

    expect(error.missing).toContainEqual(
      expect.objectContaining({ code: 'MISSING_PARAMETER', detail: `nothing is stored: ${said}` }),
    )
  })
})

function issue(input: string): z.core.$ZodRawIssue {
  return { code: 'custom', input, message: said }
}

function refuse(_: string, context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', message: said })
  return z.NEVER
}

describe("zod's own message", () => {
  afterEach(() => z.config(z.locales.en()))

  it.each([
    ['en', z.locales.en],
    ['de', z.locales.de],
    ['ja', z.locales.ja],
  ] as const)('does not appear in the error (%s)', async (_, locale) => {
    z.config(locale())
    const schema = z.object({
      n: z.number(),
      e: z.enum(['a', 'b']),
      s: z.string().min(32),
      c: z.string().refine(() => false),
    })
    const error = await loadError(loadFrom(schema, { '/app/n': 'x', '/app/e': 'x', '/app/s': 'x', '/app/c': 'x' }))

    const details = error.invalid.map(({ detail }) => detail)
    expect(details).toEqual([...Array(3).fill('something else is stored'), 'a check of the schema failed'])
  })

  it("yields to the message of the author's error map", async () => {
    z.config({ customError: ({ code }) => (code === 'invalid_type' ? said : undefined) })
    try {
      expect(await messageOf(z.number(), 'x')).toContain(said)
      expect(await messageOf(z.string().min(32), 'x')).toContain('something else is stored')
    } finally {
      z.config({ customError: undefined })
    }
  })

  it('is passed to the handler of a catch', async () => {
    const heard: unknown[] = []
    const caught = (context: { readonly error: { readonly issues: readonly z.core.$ZodIssue[] } }) => {
      heard.push(context.error.issues[0]?.message)
      return 'y'
    }
    const schema = z.object({ key: z.string().min(32, said).catch(caught) })
    const config = await loadFrom(schema, { '/app/key': 'x' })

    expect([config.current.key, heard]).toEqual(['y', [said]])
  })
})

describe('a rule about a key that may be absent', () => {
  const rule = 'clientId is required when auth is oauth'
  const fields = z.object({
    auth: z.enum(['none', 'oauth']),
    clientId: z.string().optional(),
    region: z.string().default('eu'),
    tls: z.object({ cert: z.string().optional(), host: z.string() }).optional(),
  })
  const refined = (path: readonly string[]) =>
    fields.refine(({ auth }) => auth !== 'oauth', { path: [...path], message: rule })
  const stored = { '/app/auth': 'oauth', '/app/tls/host': 'h' }

  it.each<[string, string[], string]>([
    ['optional', ['clientId'], '/app/clientId'],
    ['defaulted', ['region'], '/app/region'],
    ['further down', ['tls', 'cert'], '/app/tls/cert'],
  ])('is reported with its message: %s', async (_, path, parameter) => {
    const error = await loadError(loadFrom(refined(path), stored))

    expect(error.problems).toMatchObject([{ code: 'INVALID_VALUE', key: path.join('.'), parameter, detail: rule }])
    expect(error.message).not.toContain('make the key optional')
  })

  it('does not suggest to make an optional key optional', async () => {
    const schema = fields.superRefine((_, context) => {
      context.addIssue({ code: 'invalid_type', expected: 'string', input: undefined, path: ['clientId'] })
    })
    const error = await loadError(loadFrom(schema, stored))

    expect(error.problems).toMatchObject([{ code: 'MISSING_PARAMETER', key: 'clientId' }])
    expect(error.message).not.toContain('make the key optional')
  })

  it('is reported for a stored key', async () => {
    const error = await loadError(loadFrom(refined(['clientId']), { ...stored, '/app/clientId': 'x' }))

    expect(error.problems).toMatchObject([{ code: 'INVALID_VALUE', parameter: '/app/clientId', detail: rule }])
  })

  it('is reported beside a secret, with its place', async () => {
    const schema = fields
      .extend({ password: z.string() })
      .refine(() => false, rule)
      .refine(() => false, { path: ['clientId'], message: 'second rule' })
    const parameters = { ...stored, '/app/password': { type: 'SecureString', value: 'hunter2-canary' } as const }
    const error = await loadError(loadFrom(schema, parameters))

    expect(error.problems).toMatchObject([
      { key: '(root)', detail: rule },
      { key: 'clientId', detail: 'second rule' },
    ])
  })
})
