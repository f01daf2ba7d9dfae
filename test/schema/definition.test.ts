import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { defineConfig, json, type Problem, parameter, secret, sensitive } from '../../src/index.ts'

/** The problems of a definition, as `CODE key`. */
function problemsOf(options: unknown): string[] {
  return detailed(options).map(({ code, key }) => `${code} ${key ?? ''}`.trim())
}

function detailed(options: unknown): readonly Problem[] {
  try {
    defineConfig(options as Parameters<typeof defineConfig>[0])
    return []
  } catch (error) {
    return (error as { problems: readonly Problem[] }).problems
  }
}

const at = (schema: z.core.$ZodType, path: unknown = '/app') => ({ schema, path })
const leaf = (schema: z.core.$ZodType) => at(z.object({ db: z.object({ key: schema as z.ZodType }) }))

describe('a type that no text can become is an error with the key', () => {
  it.each<[string, z.core.$ZodType]>([
    ['map', z.map(z.string(), z.string())],
    ['set', z.set(z.string())],
    ['symbol', z.symbol()],
    ['function', z.function() as unknown as z.ZodType],
    ['file', z.file()],
    ['promise', z.promise(z.string())],
    ['nan', z.nan()],
    ['null', z.null()],
    ['null literal', z.literal(null)],
    ['set below optional', z.set(z.string()).optional()],
    ['set before a transform', z.set(z.string()).transform((set) => [...set])],
    ['mini set', mini.set(mini.string())],
  ])('%s', (_, schema) => {
    expect(problemsOf(leaf(schema))).toEqual(['UNSUPPORTED_SCHEMA db.key'])
  })

  it.each<[string, z.core.$ZodType, string]>([
    ['a set inside JSON', json(z.object({ a: z.object({ b: z.set(z.string()) }) })), 'db.key.a.b'],
    ['a date inside JSON', json(z.object({ at: z.date() })), 'db.key.at'],
    ['a bigint inside a secret', secret('db', z.object({ n: z.bigint() })), 'db.key.n'],
    ['a set inside a list', z.array(z.set(z.string())), 'db.key["*"]'],
  ])('%s', (_, schema, key) => {
    expect(detailed(leaf(schema)).map((problem) => problem.key?.replace('.*', '["*"]'))).toEqual([key])
  })

  it.each<[string, z.core.$ZodType]>([
    ['the whole is a single parameter', z.string()],
    ['the whole is a list', z.array(z.string())],
    ['the whole is JSON', json(z.object({ a: z.string() }))],
    ['the whole is a secret', secret('db', z.object({ a: z.string() }))],
    ['the whole has a name', parameter('/app', z.object({ a: z.string() }))],
  ])('%s', (_, schema) => {
    expect(problemsOf(at(schema))[0]).toMatch(/^UNSUPPORTED_SCHEMA \(root\)/)
  })

  it.each<[string, z.core.$ZodType]>([
    ['an object or a text', z.union([z.object({ a: z.string() }), z.string()])],
    ['an object and a text', z.intersection(z.object({ a: z.string() }), z.string())],
    ['a secret inside a list', z.array(secret('db', z.string()))],
    ['a name inside JSON', json(z.object({ a: parameter('b', z.string()) }))],
    ['a secret in every key of a record', z.record(z.string(), secret('db', z.string()))],
    ['one name in every key of a record', z.record(z.string(), parameter('/b', z.string()))],
  ])('%s', (_, schema) => {
    expect(problemsOf(leaf(schema))[0]).toMatch(/^UNSUPPORTED_SCHEMA db\.key/)
  })

  it('accepts a union with one possible member, and any output of a transform', () => {
    const schema = z.object({
      limit: z.union([z.number(), z.null()]),
      tags: z.array(z.string()).transform((tags) => new Set(tags)),
      until: json(z.object({ at: z.coerce.date() })),
    })
    expect(problemsOf(at(schema))).toEqual([])
  })
})

describe('names', () => {
  const text = z.string()

  it.each<[string, z.core.$ZodType]>([
    ['a key with a space', z.object({ 'a b': text })],
    ['a key with a slash', z.object({ 'a/b': text })],
    ['a key with a letter that AWS does not know', z.object({ größe: text })],
    ['an empty key', z.object({ '': text })],
    ['a key that reaches into a prototype', z.object({ constructor: text })],
    ['an empty name', z.object({ a: parameter('', text) })],
    ['a name with two slashes', z.object({ a: parameter('b//c', text) })],
    ['a name with a bad label', z.object({ a: parameter('b:2x', text) })],
    ['a name with version 0', z.object({ a: parameter('b:0', text) })],
    ['a name of sixteen levels', z.object({ a: parameter(`/${Array(16).fill('x').join('/')}`, text) })],
    ['the ARN of something else', z.object({ a: parameter('arn:aws:s3:::bucket/key', text) })],
    ['a reference as a name', z.object({ a: parameter('/aws/reference/secretsmanager/db', text) })],
    ['a version around an object', z.object({ a: parameter('/b:3', z.object({ c: text })) })],
  ])('%s', (_, schema) => {
    expect(problemsOf(at(schema)).map((problem) => problem.split(' ')[0])).toEqual(['INVALID_NAME'])
  })

  it('reports every pair of keys that would share a parameter', () => {
    const schema = z.object({
      fooBar: text,
      'foo-bar': text,
      nested: z.object({ a: text }),
      again: parameter('nested/a', text),
    })
    expect(problemsOf({ ...at(schema), naming: 'kebab-case' })).toEqual([
      'DUPLICATE_NAME fooBar, foo-bar',
      'DUPLICATE_NAME nested.a, again',
    ])
  })

  it('accepts the result of a naming function if it is a valid segment', () => {
    const options = { ...at(z.object({ a: text })), naming: (key: string) => key.toUpperCase() }
    expect(problemsOf(options)).toEqual([])
    expect(problemsOf({ ...options, naming: () => 'a/b' })).toEqual(['INVALID_NAME a'])
    expect(problemsOf({ ...options, naming: () => undefined })).toEqual(['INVALID_NAME a'])
  })
})

describe('a value that is not a schema of zod 4', () => {
  const old = { _def: { typeName: 'ZodString' } } as unknown as z.ZodString

  it.each<[string, z.core.$ZodType, string]>([
    ['a key', z.object({ a: old }), 'a'],
    ['a nested key', z.object({ b: z.object({ a: old }) }), 'b.a'],
    ['wrapped', z.object({ a: z.optional(old) }), 'a'],
    ['in JSON', z.object({ a: json(z.object({ b: old })) }), 'a.b'],
    ['of an array', z.object({ a: z.array(old) }), 'a.*'],
    ['of a catch-all', z.object({}).catchall(old), '*'],
    ['of a union', z.object({ a: z.union([z.string(), old]) }), 'a'],
  ])('%s', (_, schema, key) => {
    expect(detailed(at(schema))).toMatchObject([
      { code: 'UNSUPPORTED_SCHEMA', key, detail: 'this is a schema of zod 3' },
    ])
  })
})

describe('a type without a stored form', () => {
  it.each([z.undefined(), z.void(), z.never(), z.undefined().optional()])('%#', (schema) => {
    expect(problemsOf(at(z.object({ a: schema })))).toEqual(['UNSUPPORTED_SCHEMA a'])
  })

  it('is accepted for a key that must not be stored', () => {
    expect(problemsOf(at(z.strictObject({ a: z.string(), b: z.never().optional() })))).toEqual([])
  })
})

describe('options', () => {
  const schema = z.object({ a: z.string() })
  const ssm = new SSMClient({ region: 'eu-west-1' })
  const secrets = new SecretsManagerClient({ region: 'eu-west-1' })

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'INVALID_OPTION options'],
    ['no schema', { path: '/app' }, 'INVALID_OPTION schema'],
    ['a schema of zod 3', { path: '/app', schema: { _def: {} } }, 'INVALID_OPTION schema'],
    ['an unknown option', { schema, path: '/app', pathh: 'x' }, 'UNKNOWN_OPTION pathh'],
    ['the removed option policies', { schema, path: '/app', policies: true }, 'UNKNOWN_OPTION policies'],
    ['an unknown option inside', { schema, path: '/app', startup: { timeout: 1 } }, 'UNKNOWN_OPTION startup.timeout'],
    ['no path', { schema }, 'INVALID_PATH path'],
    ['an empty path', { schema, path: '' }, 'INVALID_PATH path'],
    ['a path without a slash', { schema, path: 'app' }, 'INVALID_PATH path'],
    ['a path that is no text', { schema, path: 5 }, 'INVALID_PATH path'],
    ['a path twice', { schema, path: ['/app', '/app'] }, 'INVALID_PATH path[1]'],
    ['a bad second path', { schema, path: ['/app', '/a b'] }, 'INVALID_PATH path[1]'],
    ['a bad label', { schema, path: '/app', label: '1st' }, 'INVALID_OPTION label'],
    ['an unknown naming', { schema, path: '/app', naming: 'camel' }, 'INVALID_OPTION naming'],
    ['a deadline of nothing', { schema, path: '/app', startup: { timeoutMs: 0 } }, 'INVALID_OPTION startup.timeoutMs'],
    [
      'a source without a name',
      { schema, path: '/app', notifications: { listen() {} } },
      'INVALID_OPTION notifications',
    ],
    ['a region beside a client', { schema, path: '/app', client: { send() {} }, region: 'x' }, 'INVALID_OPTION region'],
    ['an override of no key', { schema, path: '/app', overrides: { b: '1' } }, 'INVALID_OPTION overrides.b'],
    ['an override that is no text', { schema, path: '/app', overrides: { a: 1 } }, 'INVALID_OPTION overrides.a'],
    ['an endpoint without a protocol', { schema, path: '/app', endpoint: 'localhost:4566' }, 'INVALID_OPTION endpoint'],
    ['an endpoint of another protocol', { schema, path: '/app', endpoint: 'ftp://x' }, 'INVALID_OPTION endpoint'],
    ['a client of another service', { schema, path: '/app', client: secrets }, 'INVALID_OPTION client'],
    [
      'a secrets client of another service',
      { schema, path: '/app', secretsClient: ssm },
      'INVALID_OPTION secretsClient',
    ],
    ['a hook that is none', { schema, path: '/app', validate: true }, 'INVALID_OPTION validate'],
  ])('%s', (_, options, problem) => {
    const [first] = detailed(options)
    expect(problemsOf(options)).toEqual([problem])
    expect(first?.remedy).toBeTruthy()
  })

  it('suggests the nearest option', () => {
    expect(detailed({ schema, paths: '/app' })[0]?.remedy).toBe('did you mean path?')
    expect(detailed({ schema, path: '/app', startup: { timeout: 1 } })[0]?.remedy).toBe(
      'did you mean startup.timeoutMs?',
    )
  })

  it.each<[string, unknown, object]>([
    ['a missing schema', { path: '/app' }, { detail: 'the schema is missing' }],
    ['a schema in place of the options', schema, { key: 'options', remedy: 'pass { schema, path }' }],
    [
      'polls that come too fast',
      { schema, path: '/app', poll: { everyMs: 500 } },
      { key: 'poll.everyMs', remedy: 'pass a number of milliseconds, 1,000 or more and finite' },
    ],
    ['a path twice', { schema, path: ['/app', '/app'] }, { remedy: expect.stringContaining('remove one of the two') }],
    [
      'an override by a dotted key',
      { schema: z.object({ db: z.object({ host: z.string() }) }), path: '/app', overrides: { 'db.host': 'x' } },
      { remedy: expect.stringContaining('nest it') },
    ],
  ])('reports %s', (_, options, problem) => {
    expect(detailed(options)).toMatchObject([problem])
  })

  it('accept a client of each service', () => {
    expect(problemsOf({ schema, path: '/app', client: ssm, secretsClient: secrets })).toEqual([])
  })

  it('show no value of an override', () => {
    const overrides = { a: { b: 'hunter2' }, c: 'hunter2' }
    expect(JSON.stringify(detailed({ schema, path: '/app', overrides }))).not.toContain('hunter2')
  })
})

describe('helpers', () => {
  it.each([
    ['secret without an id', () => secret('', z.string())],
    ['secret with a bad id', () => secret('a b', z.string())],
    ['secret without a schema', () => secret('db', {} as { binary: true })],
    ['parameter without a name', () => parameter(undefined as unknown as string, z.string())],
    ['json around nothing', () => json(undefined as unknown as z.ZodType)],
    ['sensitive around a value', () => sensitive('x' as unknown as z.ZodType)],
  ])('%s', (_, call) => {
    expect(call).toThrow(TypeError)
  })

  it('name the schema of a text where secret() has no schema', () => {
    expect(() => secret('db', undefined as unknown as z.ZodType)).toThrow('a zod schema (z.string() for text) or')
  })

  it('throw when a method would drop them', () => {
    const login = secret('db', z.object({ user: z.string() }))

    expect(() => login.extend({ password: z.string() })).toThrow('.extend() would drop secret()')
    expect(() => login.partial()).toThrow('put secret() around the result')
    expect(login.optional().safeParse(undefined).success).toBe(true)
  })

  it('do not change the inner schema', () => {
    const login = z.object({ user: z.string() })
    secret('db', login)

    expect(problemsOf(at(z.object({ login })))).toEqual([])
    expect(login.extend({ a: z.string() }).safeParse({ user: 'x', a: 'y' }).success).toBe(true)
  })
})
