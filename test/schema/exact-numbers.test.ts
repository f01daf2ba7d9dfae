import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { json, secret, sensitive } from '../../src/index.ts'
import { isExact } from '../../src/schema/parse-json.ts'
import { loadFrom, loadLeaf, refuseLeaf, type Stored } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'

const tooLong = [
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890',
  '9007199254740993.0',
  '1e400',
  '1e-400',
]

describe.each(tooLong)('refuses to round %s', (digits) => {
  it.each<[string, z.core.$ZodType, Stored]>([
    ['a number', z.number(), digits],
    ['an optional number', z.number().optional(), digits],
    ['a coerced number', z.coerce.number(), digits],
    ['a piped number', z.number().pipe(z.transform((value: number) => value + 1)), digits],
    ['a union', z.union([z.literal('auto'), z.number()]), digits],
    ['an item of a StringList', z.array(z.number()), ['StringList', `1,${digits}`]],
    ['a coerced item of a StringList', z.array(z.coerce.number()), ['StringList', `1,${digits}`]],
    ['an item of a JSON array', z.array(z.number()), `[1, ${digits}]`],
    ['a number in JSON', json(z.object({ id: z.number() })), `{"text":"\\"1", "id":${digits}}`],
    ['a coerced number in JSON', json(z.object({ id: z.coerce.number() })), `{"id":${digits}}`],
    ['text that is coerced from JSON', json(z.object({ id: z.coerce.string() })), `{"id":${digits}}`],
    ['anything in JSON', json(z.unknown()), `{"a":[{"id":${digits}}]}`],
    ['the whole JSON', json(z.number()), digits],
  ])('%s', async (_, schema, stored) => {
    const error = await loadError(loadLeaf(schema, stored))
    expect(error.problems.filter(({ code }) => code !== 'EMPTY_PATH')).toEqual([
      expect.objectContaining({
        code: 'INVALID_VALUE',
        parameter: '/app/key',
        detail: expect.stringMatching(/digits/),
      }),
    ])
    expect(error.message).toMatch(/z\.string\(\)/)
    expect(error.message).not.toContain(digits)
  })
})

it.each<[string, z.core.$ZodType, Stored, unknown]>([
  ['a bigint', z.bigint(), '9007199254740993', 9007199254740993n],
  ['text', z.string(), '9007199254740993', '9007199254740993'],
  ['a union that has text', z.union([z.number(), z.string()]), '9007199254740993', '9007199254740993'],
  ['text items', z.array(z.string()), ['StringList', '9007199254740993'], ['9007199254740993']],
  ['a power of ten that a double holds', z.number(), '1e22', 1e22],
  ['2^53', z.number(), '9007199254740992', 2 ** 53],
  ['a long fraction', z.number(), '3.14159265358979323846', Math.PI],
  ['zero with an exponent', z.number(), '0.00e-999', 0],
  ['the largest double', z.number(), '1.7976931348623157e+308', Number.MAX_VALUE],
  ['a catch', z.number().catch(7), '9007199254740993', 7],
  ['text in JSON', json(z.object({ id: z.string() })), '{"id":"9007199254740993"}', { id: '9007199254740993' }],
  ['JSON whose number nothing asks for', json(z.object({ a: z.number() })), '{"a":1,"id":9007199254740993}', { a: 1 }],
])('decodes exactly: %s', async (_, schema, stored, value) => {
  expect(await loadLeaf(schema, stored)).toEqual(value)
})

it('keeps the digits of a JSON key that a reference names', async () => {
  const schema = z.object({
    id: sensitive(z.string()),
    nested: sensitive(json(z.object({ ids: z.array(z.unknown()) }))),
  })
  const reference = '/aws/reference/secretsmanager/db'
  await using config = await loadFrom(
    schema.omit({ nested: true }),
    { '/app/id': `${reference}#id` },
    { secrets: { db: '{"id":9007199254740993}' } },
  )
  expect(config.current.id).toBe('9007199254740993')
  const nested = loadFrom(
    schema.omit({ id: true }),
    { '/app/nested': `${reference}#all` },
    { secrets: { db: '{"all":{"ids":[9007199254740993]}}' } },
  )
  expect((await loadError(nested)).message).toMatch(/digits/)
})

it('refuses to round a number in a secret', async () => {
  const schema = z.object({ db: secret('db', z.object({ id: z.number() })) })
  const { problems } = await loadError(loadFrom(schema, {}, { secrets: { db: '{"id":9007199254740993}' } }))
  expect(problems).toMatchObject([{ code: 'INVALID_VALUE', key: 'db.id', detail: expect.stringMatching(/digits/) }])
})

it('reports the refinement of JSON with an inexact number that the schema drops', async () => {
  const schema = json(z.object({ a: z.number() }).refine(({ a }) => a > 1, 'a is too small'))
  const { message } = await loadError(loadLeaf(schema, '{"a":1,"id":9007199254740993}'))
  expect(message).toMatch(/a is too small/)
})

it('accepts every number that JavaScript writes with a fraction or an exponent, and every whole number that a double holds', () => {
  const isFraction = (value: number) => !Number.isInteger(value) || String(value).includes('e')
  const fraction = fc.double({ noNaN: true, noDefaultInfinity: true }).filter(isFraction)
  fc.assert(fc.property(fraction, (value) => isExact(String(value))))
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (value) => {
      return isExact(String(value)) === (BigInt(Number(value)) === value)
    }),
  )
})

it('reports the expectation of the schema', async () => {
  expect(await refuseLeaf(z.number(), '9007199254740993')).toEqual(['INVALID_VALUE number'])
})
