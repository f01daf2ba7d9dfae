import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { isLoadError, json, loadConfig, secret, sensitive } from '../../src/index.ts'
import { memorySource } from '../../src/testing/memory-source.ts'
import { nest } from '../support/arbitrary-json.ts'
import { siblings, stepsOf } from '../support/steps.ts'
import { runs } from '../support/suite.ts'

const before = inheritedBy({})

afterEach(() => expect(inheritedBy({})).toEqual(before))

const segment = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_.-]{1,4}$/),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'),
  fc.constantFrom('toJSON', 'then', 'length', '0', '..', '.', '-', '__proto__x', 'Constructor', 'valueOf'),
  // Two ways to write é, a Cyrillic letter, one of full width, one that nobody sees: each is a name of its own.
  fc.constantFrom('\u00e9', 'e\u0301', 'pоrt', 'port', 'ｐort', 'port\u200b', 'constructоr', '__prοto__'),
)
const forbidden = ['__proto__', 'constructor', 'prototype']

describe('names of any form', () => {
  it('become keys unchanged, or are reported by name', async () => {
    const schema = z.object({ open: z.record(z.string(), z.record(z.string(), z.string())) })
    const names = fc.uniqueArray(fc.tuple(segment, segment), { maxLength: 8, selector: (name) => name.join('/') })
    await fc.assert(
      fc.asyncProperty(names, async (pairs) => {
        const parameters = pairs.map((name) => [`/app/open/${name.join('/')}`, { value: name.join('/') }] as const)
        const loaded = await load(schema, { '/app/open/a/b': { value: 'a/b' }, ...Object.fromEntries(parameters) })
        const refused = pairs.filter((name) => name.some((part) => forbidden.includes(part)))
        if (isLoadError(loaded)) {
          const codes = loaded.problems.map(({ code }) => code)
          expect(codes).toEqual(refused.map(() => 'FORBIDDEN_SEGMENT'))
          return
        }
        expect(refused).toEqual([])
        const all = [['a', 'b'], ...pairs.filter((name) => name.join('/') !== 'a/b')]
        for (const [outer, inner] of all) {
          expect(Object.getOwnPropertyDescriptor(at(loaded, 'open', outer ?? ''), inner ?? '')?.value).toBe(
            `${outer}/${inner}`,
          )
        }
      }),
      { numRuns: runs(200) },
    )
  })

  it('cannot reach a prototype at any of 15 levels', async () => {
    const levels = Array.from({ length: 14 }, (_, index) => `l${index}`)
    const deep = levels.reduceRight<z.ZodType>((inner) => z.record(z.string(), inner), z.string())
    expect(await load(deep, { [`/app/${levels.join('/')}`]: { value: 'x' } })).toMatchObject({ l0: { l1: { l2: {} } } })
    for (const index of levels.keys()) {
      for (const name of forbidden) {
        const error = await load(deep, { [`/app/${levels.with(index, name).join('/')}`]: { value: 'x' } })
        expect(error).toMatchObject({ problems: [{ code: 'FORBIDDEN_SEGMENT' }] })
      }
    }
  })

  it('are read for a closed schema only if they are exactly its names', async () => {
    const schema = z.object({ port: z.string(), other: z.string().optional() })
    const lookalikes = ['pоrt', 'ｐort', 'port\u200b', 'PORT', 'port/', 'port/x', '__proto__/port', 'constructor/port']
    const parameters = Object.fromEntries(lookalikes.map((name) => [`/app/${name}`, { value: 'wrong' }]))
    expect(await load(schema, { ...parameters, '/app/port': { value: 'right' } })).toEqual({ port: 'right' })
    expect(await load(schema, parameters)).toMatchObject({ problems: [{ code: 'MISSING_PARAMETER', key: 'port' }] })
  })
})

describe('JSON of any depth', () => {
  const schemas = {
    'a parameter': z.object({ it: json(z.unknown()) }),
    'a list': z.object({ it: z.array(z.unknown()) }),
    'any JSON': z.object({ it: json(z.json()) }),
    text: z.object({ it: json(z.string()) }),
    'a choice': z.object({ it: json(z.union([z.array(z.unknown()), z.looseObject({})])) }),
  }
  const brackets = [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const

  it.each(Object.entries(schemas))('is accepted or rejected, and not retried: %s', async (_, schema) => {
    for (const pair of brackets) {
      for (const depth of [129, 30_000]) {
        const error = await load(schema, { '/app/it': { value: nest(depth, pair, '1') } })
        expect(error).toMatchObject({
          attempts: 3,
          problems: [{ code: 'INVALID_JSON', key: 'it', parameter: '/app/it' }],
        })
        expect(String(error)).toContain('nested more than 128 levels deep')
      }
    }
  })

  it('is accepted with a usual number of levels', async () => {
    const value = nest(128, ['[', ']'])
    expect(JSON.stringify(await load(schemas['a parameter'], { '/app/it': { value } }))).toBe(`{"it":${value}}`)
  })

  it('is rejected in a secret, whole or by a reference with a key', async () => {
    const secrets = { deep: nest(30_000, ['{"a":', '}'], '1') }
    const whole = z.object({ it: secret('deep', z.object({ a: z.unknown() })) })
    const pointed = z.object({ it: sensitive(z.string()) })
    const reference = { '/app/it': { value: '/aws/reference/secretsmanager/deep#a' } }
    expect(await load(whole, {}, secrets)).toMatchObject({ problems: [{ code: 'INVALID_JSON' }] })
    expect(await load(pointed, reference, secrets)).toMatchObject({ attempts: 3, problems: [{ code: 'INVALID_JSON' }] })
  })

  it('is rejected as the result of a transform', async () => {
    const schema = z.object({ it: z.string().transform((text): unknown => JSON.parse(text)) })
    const error = await load(schema, { '/app/it': { value: nest(30_000, ['[', ']']) } })
    expect(error).toMatchObject({ attempts: 3, problems: [{ code: 'SCHEMA_THREW' }] })
  })

  it('changes no prototype with any key', async () => {
    const value = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":{"__proto__":null}}'
    for (const schema of [z.unknown(), z.json(), z.looseObject({}), z.record(z.string(), z.unknown())]) {
      const loaded = await load(z.object({ it: json(schema) }), { '/app/it': { value } })
      const it = at(loaded, 'it')
      expect(it).not.toHaveProperty('polluted')
      expect(Object.getPrototypeOf(at(it, 'a'))).toBe(Object.prototype)
    }
  })
})

describe('ten thousand siblings', () => {
  const wrong = {
    'of the wrong type': z.record(z.string(), z.number()),
    'that a refinement refuses': z.record(
      z.string(),
      z.string().refine(() => false, 'no'),
    ),
    'that are no JSON': z.record(z.string(), json(z.object({ a: z.number() }))),
    'that are no JSON and taken as text': z.record(z.string(), json(z.string())),
    'that are not known': z.strictObject({}),
    'that are coerced': z.record(z.string(), z.coerce.boolean()),
    'that are right': z.record(z.string(), z.string()),
  }

  it.each(Object.entries(wrong))('%s take at most twice the steps of half as many', async (_, schema) => {
    const few = await stepsOf(schema, siblings(500))
    const many = await stepsOf(schema, siblings(1_000))
    expect(many).toBeLessThan(2.2 * few)
  })

  it('below one another take at most twice the steps of half as many', async () => {
    const both = (count: number) => siblings(count).flatMap((name) => [name, `${name}/below`])
    const schema = z.record(z.string(), z.string())
    expect(await stepsOf(schema, both(1_000))).toBeLessThan(2.2 * (await stepsOf(schema, both(500))))
  })

  it('are all reported if all are invalid', async () => {
    const parameters = Object.fromEntries(siblings(10_000).map((name) => [`/app/${name}`, { value: 'text' }]))
    const error = await load(wrong['that are no JSON'], parameters)
    expect(isLoadError(error) && error.problems.length).toBe(10_000)
  })
})

async function load(
  schema: z.ZodType,
  parameters: Readonly<Record<string, { readonly value: string }>>,
  secrets: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const source = memorySource({ parameters, secrets })
  const options = { schema, path: '/app', source, random: () => 0 }
  return loadConfig(options).then(
    async (config) => {
      await config.close()
      return config.current
    },
    (error: unknown) => error,
  )
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>((inner, key) => Object.getOwnPropertyDescriptor(Object(inner), key)?.value, value)
}

function inheritedBy(object: object): unknown {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(object)).map((name) => [
    name,
    typeof Reflect.get(object, name),
  ])
}
