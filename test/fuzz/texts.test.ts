import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { parseReference } from '../../src/decode/references.ts'
import { isLoadError, json, loadConfig, secret, sensitive } from '../../src/index.ts'
import { spellOut } from '../../src/refresh/hints.ts'
import { isParameterName, splitSelector, whyNotAName } from '../../src/schema/names.ts'
import { planLeaf } from '../../src/schema/plan-leaf.ts'
import { parseSecretId, referencePrefix } from '../../src/schema/secret-id.ts'
import type { ParameterType } from '../../src/source/index.ts'
import { memorySource } from '../../src/testing/memory-source.ts'
import { runs } from '../support/suite.ts'

const mark = 'hunter2'
const marked = fc.tuple(text(), text()).map(([before, after]) => `${before}${mark}${after}`)
const types = fc.constantFrom<ParameterType>('String', 'StringList', 'SecureString')

const leaves: readonly z.ZodType[] = [
  z.string().min(1_000_000),
  z.number(),
  z.int().positive(),
  z.bigint(),
  z.boolean(),
  z.stringbool(),
  z.coerce.number(),
  z.coerce.boolean(),
  z.coerce.date(),
  z.date(),
  z.iso.datetime(),
  z.uuid(),
  z.url(),
  z.ipv6(),
  z.base64(),
  z.jwt(),
  z.enum(['a', 'b']),
  z.literal(['a', 1, true]),
  z.templateLiteral(['a-', z.number()]),
  z.string().regex(/^never$/),
  z.string().startsWith('never'),
  z.array(z.number()),
  z.array(z.string().max(0)),
  z.tuple([z.int()], z.boolean()),
  z.union([z.number(), z.boolean(), z.array(z.int())]),
  z.discriminatedUnion('kind', [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })]),
  z.codec(z.iso.datetime(), z.date(), { decode: (iso) => new Date(iso), encode: (date) => date.toISOString() }),
  z.preprocess((value) => JSON.parse(String(value)), z.number()),
  z.never().optional(),
  json(z.object({ a: z.number() })),
  json(z.strictObject({})),
  json(z.record(z.string().max(0), z.number())),
  json(z.map(z.string(), z.number()).or(z.number())),
  sensitive(z.number()),
].flatMap((schema) => (schema instanceof z.ZodDiscriminatedUnion ? json(schema) : schema))

describe('any text for any leaf', () => {
  const decoders = leaves.flatMap((schema) => {
    const leaf = planLeaf(schema, false)
    return 'decode' in leaf ? [leaf.decode] : []
  })

  it('decodes to itself or to its value, without an exception', async () => {
    const texts = fc.oneof(text(), fc.constantFrom('1e999', '-0', '9'.repeat(5_000), `[${'1,'.repeat(2_000)}1]`))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...decoders), texts, types, async (decode, stored, type) => {
        const { value } = await decode(stored, type)
        expect(value === undefined || typeof value === 'symbol' || typeof value === 'function').toBe(false)
      }),
      { numRuns: runs(1_500) },
    )
  })

  it('is never quoted by an error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...leaves), marked, types, async (leaf, value, type) => {
        const source = memorySource({ parameters: { '/app/key': { type, value } }, secrets: { key: value } })
        const schema = z.object({ key: leaf, other: secret('key', z.object({ a: z.int() })).optional() })
        const error = await loadConfig({ schema, path: '/app', source, random: () => 0 }).then(
          (config) => config.close(),
          (thrown: unknown) => thrown,
        )
        if (error === undefined) return
        if (!isLoadError(error)) throw error
        expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain(mark)
      }),
      { numRuns: runs(300) },
    )
  })
})

describe('a name, ARN or reference of any form', () => {
  const part = fc.oneof(
    fc.constantFrom(':', '#', '/', 'arn:', 'aws', ':secret:', 'AWSCURRENT', 'parameter/', '123456789012', '\n', '..'),
    fc.constantFrom('secretsmanager', 'eu-west-1', ':ssm:', '\u00e9', 'e\u0301', 'ａ', '\u2024', '\u200b', '__proto__'),
    fc.string({ maxLength: 5 }),
  )
  const pointer = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''))

  it('is parsed without a loss, or rejected', () => {
    fc.assert(
      fc.property(pointer, (given) => {
        const { name, selector } = splitSelector(given)
        expect(selector === undefined ? name : `${name}:${selector}`).toBe(given)
        const id = parseSecretId(given)
        if (id !== undefined) expect(id.selector === undefined ? id.id : `${id.id}:${id.selector}`).toBe(given)
        const stored = `${referencePrefix}${given}`
        const found = parseReference(stored)
        if (found === undefined) return
        const { secret: pointed, jsonKey } = found
        const written = pointed.selector === undefined ? pointed.id : `${pointed.id}:${pointed.selector}`
        expect(`${referencePrefix}${written}${jsonKey === undefined ? '' : `#${jsonKey}`}`).toBe(stored)
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('is a name only if AWS accepts it: no other alphabet, no line breaks, no invisible characters', () => {
    fc.assert(
      fc.property(pointer, (given) => {
        if (!isParameterName(given)) return
        expect(given).toMatch(/^[\x21-\x7e]+$/)
        expect(whyNotAName(given, 'leaf')).toBeUndefined()
        expect(given.normalize('NFKC')).toBe(given)
      }),
      { numRuns: runs(2_000) },
    )
    for (const name of [
      '/app/pоrt',
      '/app/port\n',
      '/app/port\u200b',
      '/app/ｐort',
      '/app/port/',
      '/app//port',
      '/app/é',
    ]) {
      expect({ name, isName: isParameterName(name) }).toEqual({ name, isName: false })
    }
  })

  it('is completed in an event, or left unchanged', () => {
    fc.assert(
      fc.property(pointer, fc.constantFrom('put', 'delete', 'label'), (name, operation) => {
        const hint = spellOut({ kind: 'parameter', name, operation })
        expect(typeof hint.name).toBe('string')
        if (hint.kind === 'secret') expect(`/${name}`).toContain(referencePrefix)
      }),
      { numRuns: runs(2_000) },
    )
  })

  it('with a hundred thousand characters is parsed quickly', () => {
    const long = [
      `arn:${':'.repeat(100_000)}`,
      `arn:${':/'.repeat(50_000)}\n`,
      'a'.repeat(100_000),
      `/${'a/'.repeat(50_000)}`,
    ]
    for (const given of long) {
      expect([parseSecretId(given), parseReference(referencePrefix + given)]).toEqual([undefined, undefined])
      expect(isParameterName(given)).toBe(false)
      expect(splitSelector(given).name.length).toBeGreaterThan(0)
      expect(spellOut({ kind: 'parameter', name: given, operation: 'put' }).kind).toBe('parameter')
    }
  })
})

function text(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constantFrom(
      '',
      ',',
      '[',
      '{"a":',
      '"',
      '\u0000',
      '\ud800',
      '\u2028',
      '%s%o',
      '2024-02-30',
      '\n    at a (b:1:1)',
    ),
  )
}
