import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { json, type LoadError, secret, sensitive } from '../../src/index.ts'
import { createTestConfig } from '../../src/testing/index.ts'
import { loadFrom } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'

const canary = 'hunter2-canary'
const secure = (value: string) => ({ type: 'SecureString', value }) as const
type Context = z.RefinementCtx

function printed(error: LoadError): string {
  const shown = inspect(error, { depth: null, showHidden: true })
  return [error.message, error.stack, shown, JSON.stringify(error), JSON.stringify(error.problems)].join('\n')
}

describe('a message that quotes a secret is withheld, and its place is named', () => {
  const plain = { '/app/host': 'localhost' }
  const cases: [string, z.core.$ZodType, object][] = [
    ['of a check', z.object({ s: z.string().refine(() => false, `not ${canary}`) }), { '/app/s': secure(canary) }],
    [
      'of an error function',
      z.object({ s: z.string().min(99, { error: ({ input }) => `too short: ${input}` }) }),
      { '/app/s': secure(canary) },
    ],
    ['of a part', z.object({ s: z.string().refine(() => false, 'ends in canar') }), { '/app/s': secure(canary) }],
    [
      'of another case',
      z.object({ s: z.string().refine(() => false, canary.toUpperCase()) }),
      { '/app/s': secure(canary) },
    ],
    [
      'of base64',
      z.object({ s: z.string().refine(() => false, Buffer.from(canary).toString('base64')) }),
      { '/app/s': secure(canary) },
    ],
    [
      'of what is decoded',
      z.object({
        s: z
          .string()
          .transform((text) => Buffer.from(text, 'base64').toString())
          .refine(() => false, { error: ({ input }) => `no ${input}` }),
      }),
      { '/app/s': secure(Buffer.from(canary).toString('base64')) },
    ],
    [
      'of what a transform made',
      z.object({
        s: z
          .string()
          .transform((text) => [...text].reverse().join(''))
          .refine(() => false, { error: ({ input }) => `no ${[...String(input)].join('')} yranac` }),
      }),
      { '/app/s': secure(canary) },
    ],
    [
      'at the root about another key',
      z.object({ s: z.string(), host: z.string() }).superRefine(({ s }, context) => {
        context.addIssue({ code: 'custom', message: `no ${s}`, path: ['host'] })
        context.addIssue({ code: 'invalid_value', values: [s], path: ['host'] })
        context.addIssue({ code: 'invalid_format', format: s, path: ['host'] })
        context.addIssue({ code: 'unrecognized_keys', keys: [s], path: [] })
        context.addIssue({ code: 'invalid_key', origin: 'record', issues: [], path: [s] })
      }),
      { '/app/s': secure(canary), ...plain },
    ],
    [
      'as a path',
      z
        .object({ s: z.string() })
        .catchall(z.string())
        .superRefine(({ s }, context: Context) => context.addIssue({ code: 'custom', message: 'no', path: [s] })),
      { '/app/s': secure(canary) },
    ],
    [
      'as a path below a record',
      z
        .object({ s: z.string(), all: z.record(z.string(), z.string()) })
        .superRefine(({ s }, context) => context.addIssue({ code: 'custom', message: 'no', path: ['all', s] })),
      { '/app/s': secure(canary), '/app/all/a': 'x' },
    ],
    [
      'as a key of a secret record',
      z.object({ s: sensitive(json(z.record(z.string().max(2), z.number()))) }),
      { '/app/s': JSON.stringify({ [canary]: 1 }) },
    ],
    [
      'as an unknown key of a secret',
      z.object({ s: sensitive(json(z.strictObject({}))) }),
      { '/app/s': JSON.stringify({ [canary]: 1 }) },
    ],
    [
      'of a default of a sensitive key',
      z.object({ s: sensitive(z.string().default(canary)), host: z.string() }).superRefine(({ s }, context) => {
        context.addIssue({ code: 'custom', message: `no ${s}` })
      }),
      plain,
    ],
    [
      'of a default at its own check',
      z.object({
        s: sensitive(
          z
            .string()
            .refine(() => false, { error: ({ input }) => `no ${input}` })
            .prefault(canary),
        ),
      }),
      {},
    ],
    [
      'of a property',
      z.object({ s: z.string().check(z.property('length', z.number().min(99, canary))) }),
      { '/app/s': secure(canary) },
    ],
    [
      'of a check that moves it',
      z.object({ s: z.string(), host: z.string() }).check(({ value, issues }) => {
        issues.push({ code: 'custom', input: value, path: ['host'], message: `host ${value.s}` })
      }),
      { '/app/s': secure(canary), ...plain },
    ],
    [
      'of a catch that moves it',
      z.object({ s: z.string(), host: z.string().catch('') }).superRefine(({ s }, context) => {
        context.addIssue({ code: 'custom', message: `${s} was not caught`, path: ['host'] })
      }),
      { '/app/s': secure(canary), ...plain },
    ],
    [
      'of a short one',
      z.object({ pin: sensitive(z.string()).refine((pin) => pin === '', { error: ({ input }) => `not ${input}` }) }),
      { '/app/pin': '4711' },
    ],
    [
      'of a short one with signs',
      z.object({ pin: sensitive(z.string()).refine((pin) => pin === '', { error: ({ input }) => `not ${input}!` }) }),
      { '/app/pin': 'p@4?' },
    ],
  ]

  it.each(cases)('%s', async (_, schema, parameters) => {
    const error = await loadError(loadFrom(schema, parameters as Record<string, string>))

    expect(error.invalid.length).toBeGreaterThan(0)
    expect(error.invalid.every(({ key }) => key !== undefined)).toBe(true)
    expect(printed(error)).not.toMatch(/canar|yranac|4711|p@4|aHVudGVyMi1jYW5hcnk/i)
  })

  it('compares the values in a JSON secret, and not the key names of the schema', async () => {
    const login = z.object({ password: z.string().min(20, 'password is too short') })
    const schema = z.object({ login: secret('login', login) })
    const short = await loadError(loadFrom(schema, {}, { secrets: { login: '{"password":"hunter2-canary"}' } }))
    const whole = secret(
      'login',
      z.object({ password: z.string() }).refine(() => false, `no ${canary}`),
    )
    const error = await loadError(
      loadFrom(z.object({ login: whole }), {}, { secrets: { login: `{"password":"${canary}"}` } }),
    )

    expect(short.invalid).toMatchObject([{ key: 'login.password', detail: 'password is too short' }])
    expect(error.invalid).toMatchObject([{ key: 'login', detail: expect.stringContaining('withheld') }])
  })

  it('shows a message that quotes a plain value', async () => {
    const schema = z.object({ s: z.string(), host: z.string() }).superRefine(({ host }, context) => {
      context.addIssue({ code: 'custom', message: `${host} is not allowed` })
    })
    const error = await loadError(loadFrom(schema, { '/app/s': secure(canary), '/app/host': 'localhost' }))

    expect(error.invalid).toMatchObject([{ key: '(root)', detail: 'localhost is not allowed' }])
  })
})

describe('a message that quotes a secret of the previous snapshot is withheld', () => {
  const schema = z.object({ key: z.string(), other: z.string() })
  const before = { parameters: { '/app/key': secure(canary), '/app/other': 'a' } }
  const after = { parameters: { '/app/key': { type: 'String', value: 'plain' }, '/app/other': 'b' } } as const

  it.each(['validate', 'prepare'] as const)('from %s', async (hook) => {
    const check = (_: unknown, previous: { readonly key: string } | undefined) => {
      if (previous !== undefined) throw Object.assign(new Error(`it was ${previous.key}`), { previous: previous.key })
    }
    await using config = await createTestConfig({ schema, path: '/app', [hook]: check }, before)
    const error = await loadError(config.set(after))

    expect(error.invalid).toMatchObject([{ remedy: expect.stringContaining('withheld') }])
    expect(printed(error)).not.toContain('canary')
  })

  it('from a resource with a veto', async () => {
    await using config = await createTestConfig({ schema, path: '/app' }, before)
    let last = ''
    await config.resource(
      ({ key }) => key,
      (key) => {
        if (last !== '') throw new Error(`after ${last}`)
        last = key
        return {}
      },
      { onFailure: 'veto' },
    )
    const error = await loadError(config.set(after))

    expect(error.invalid).toMatchObject([{ code: 'RESOURCE_FAILED' }])
    expect(printed(error)).not.toContain('canary')
  })

  it('from a check of the schema', async () => {
    let last = ''
    const remembering = schema.refine(({ key }) => last === '' || key === last, { error: () => `it was ${last}` })
    await using config = await createTestConfig({ schema: remembering, path: '/app' }, before)
    last = config.current.key
    const error = await loadError(config.set(after))

    expect(error.invalid).toMatchObject([{ detail: expect.stringContaining('withheld') }])
    expect(printed(error)).not.toContain('canary')
  })
})

describe('the error of a hook', () => {
  const schema = z.object({ key: z.string(), s: z.string() })
  const parameters = { '/app/key': 'a', '/app/s': secure(canary) }
  const refused = (validate: (value: z.output<typeof schema>) => unknown) =>
    loadError(loadFrom(schema, parameters, { options: { validate } }))

  it('is shown by its message alone if that quotes no secret', async () => {
    const error = await refused(({ s }) => {
      throw Object.assign(new Error('key is too old', { cause: new Error(s) }), { s })
    })

    expect(error.invalid).toMatchObject([{ detail: 'validate() refused the configuration: key is too old' }])
    expect(printed(error)).not.toContain('canary')
  })

  it('is shown by its class and place if its message quotes a secret', async () => {
    const error = await refused(({ s }) => {
      throw new Error(`${s} is wrong`)
    })

    expect(error.invalid[0]?.detail).toMatch(/refused the configuration: Error at .*withheld\.test\.ts/)
    expect(printed(error)).not.toContain('canary')
  })

  it('follows the same rule if it is a string', async () => {
    const fine = await refused(() => {
      throw 'key is too old'
    })
    const error = await refused(({ s }) => {
      throw `no ${s}`
    })

    expect(fine.message).toContain('key is too old')
    expect(printed(error)).not.toContain('canary')
  })

  it('suggests to throw an error instead of returning false', async () => {
    const error = await refused(() => false)

    expect(error.invalid).toMatchObject([
      { detail: expect.stringContaining('it returned false'), remedy: expect.stringContaining('its message is shown') },
    ])
  })
})
