import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { json } from '../../src/index.ts'
import { loadLeaf, refuseLeaf, type Stored } from '../support/load.ts'

const isoToDate = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})

describe('decodes a stored text by its schema', () => {
  it.each<[string, z.core.$ZodType, Stored, unknown]>([
    ['string', z.string(), ' 5 ', ' 5 '],
    ['format', z.ipv4(), '10.0.0.1', '10.0.0.1'],
    ['iso date', z.iso.date(), '2026-01-02', '2026-01-02'],
    ['template literal', z.templateLiteral(['v', z.number()]), 'v12', 'v12'],
    ['number', z.number(), '-1.5e3', -1500],
    ['int', z.int(), '5432', 5432],
    ['coerced number', z.coerce.number(), '12', 12],
    ['bigint', z.bigint(), '-9007199254740993', -9007199254740993n],
    ['boolean', z.boolean(), 'true', true],
    ['coerced boolean', z.coerce.boolean(), 'false', false],
    ['stringbool', z.stringbool(), 'off', false],
    ['date', z.date(), '2026-01-02T03:04:05Z', new Date('2026-01-02T03:04:05Z')],
    ['coerced date', z.coerce.date(), '2026-01-02', new Date('2026-01-02')],
    ['enum', z.enum(['a', 'b']), 'b', 'b'],
    ['numeric enum', z.enum({ Low: 1, High: 2 }), '2', 2],
    ['literal', z.literal(['auto', 5, true, 7n]), '5', 5],
    ['boolean literal', z.literal([true, 'auto']), 'true', true],
    ['union', z.union([z.number(), z.string()]), '007', '007'],
    ['union, second member', z.union([z.boolean(), z.number()]), '7', 7],
    ['intersection', z.intersection(z.string().min(2), z.string().max(4)), 'abc', 'abc'],
    ['optional', z.string().optional(), 'x', 'x'],
    ['default', z.number().default(3), '4', 4],
    ['nullable', z.number().nullable(), '4', 4],
    ['nullish', z.string().nullish(), 'null', 'null'],
    ['catch', z.number().catch(9), 'many', 9],
    ['prefault', z.string().prefault('p').transform(Number), '4', 4],
    ['transform', z.string().transform((text) => text.length), 'abc', 3],
    ['pipe', z.string().pipe(z.coerce.number()), '12', 12],
    ['preprocess', z.preprocess((text) => String(text).trim(), z.string()), ' a ', 'a'],
    ['codec', isoToDate, '2026-01-02T00:00:00Z', new Date('2026-01-02')],
    ['brand', z.number().brand('Port'), '1', 1],
    ['readonly', z.array(z.string()).readonly(), '["a"]', ['a']],
    ['lazy', z.lazy(() => z.number()), '1', 1],
    ['unknown', z.unknown(), '5', '5'],
    ['custom', z.custom<string>((value) => value === 'x'), 'x', 'x'],
    ['array of a StringList', z.array(z.int()), ['StringList', '1,2'], [1, 2]],
    ['array of JSON', z.array(z.int()), '[1,2]', [1, 2]],
    ['array of a SecureString', z.array(z.string()), ['SecureString', '["a,b"]'], ['a,b']],
    ['array of booleans', z.array(z.boolean()), ['StringList', 'true,false'], [true, false]],
    ['array of objects', z.array(z.object({ a: z.int() })), '[{"a":1}]', [{ a: 1 }]],
    ['array of unions', z.array(z.union([z.number(), z.string()])), ['StringList', '1,a'], [1, 'a']],
    ['tuple of a StringList', z.tuple([z.string(), z.int()]), ['StringList', 'a,1'], ['a', 1]],
    ['tuple with a rest', z.tuple([z.string()], z.int()), ['StringList', 'a,1,2'], ['a', 1, 2]],
    ['json', json(z.object({ a: z.int().nullable() })), '{"a":null}', { a: null }],
    ['json of a scalar', json(z.number()), '5', 5],
    ['json that a catch replaces', json(z.object({ a: z.int() })).catch({ a: 0 }), '{a', { a: 0 }],
    ['mini string', mini.string(), 'x', 'x'],
    ['mini number', mini.number().check(mini.positive()), '5', 5],
    ['mini optional', mini.optional(mini.boolean()), 'true', true],
    ['mini default', mini._default(mini.number(), 3), '4', 4],
    ['mini array', mini.array(mini.int()), ['StringList', '1,2'], [1, 2]],
    ['mini union', mini.union([mini.number(), mini.string()]), 'a', 'a'],
    [
      'mini pipe',
      mini.pipe(
        mini.string(),
        mini.transform((text) => text.length),
      ),
      'abc',
      3,
    ],
    ['mini codec', mini.stringbool(), 'yes', true],
  ])('%s', async (_, schema, stored, value) => {
    expect(await loadLeaf(schema, stored)).toEqual(value)
  })
})

describe('leaves a missing key absent, or gives it the default of the schema', () => {
  it.each<[string, z.core.$ZodType, unknown]>([
    ['optional', z.string().optional(), undefined],
    ['default', z.number().default(3), 3],
    ['prefault', z.string().prefault('4').transform(Number), 4],
    ['catch', z.number().catch(9), 9],
    ['mini default', mini._default(mini.number(), 3), 3],
    [
      'optional in a pipe',
      z
        .string()
        .optional()
        .transform((text) => text ?? 'none'),
      'none',
    ],
  ])('%s', async (_, schema, value) => {
    expect(await loadLeaf(schema, undefined)).toEqual(value)
  })

  it.each<[string, z.core.$ZodType, string]>([
    ['string', z.string(), 'MISSING_PARAMETER string'],
    ['nullable', z.number().nullable(), 'MISSING_PARAMETER number'],
    ['union', z.union([z.literal('auto'), z.number()]), 'MISSING_PARAMETER "auto" or number'],
    ['mini', mini.boolean(), 'MISSING_PARAMETER boolean ("true" or "false")'],
  ])('reports a missing key: %s', async (_, schema, problem) => {
    expect(await refuseLeaf(schema, undefined)).toEqual([problem])
  })
})

describe('rejects a value with the expectation of the schema', () => {
  it.each<[string, z.core.$ZodType, Stored, string]>([
    ['hexadecimal', z.number(), '0x10', 'INVALID_VALUE number'],
    ['empty number', z.number(), '', 'INVALID_VALUE number'],
    ['infinite number', z.number(), 'Infinity', 'INVALID_VALUE number'],
    ['leading zero', z.number(), '007', 'INVALID_VALUE number'],
    ['no integer', z.int(), '1.5', 'INVALID_VALUE integer'],
    ['bigint with a fraction', z.bigint(), '1.0', 'INVALID_VALUE bigint'],
    ['yes', z.boolean(), 'yes', 'INVALID_VALUE boolean ("true" or "false")'],
    ['coerced yes', z.coerce.boolean(), 'yes', 'INVALID_VALUE boolean ("true" or "false")'],
    ['local date', z.date(), '1/2/2026', 'INVALID_VALUE date (ISO 8601)'],
    ['enum', z.enum(['a', 'b']), 'A', 'INVALID_VALUE one of "a", "b"'],
    ['numeric literal', z.literal(5), '5.0', 'INVALID_VALUE 5'],
    ['too small', z.number().min(10), '9', 'INVALID_VALUE a number at least 10'],
    ['too long', z.string().max(2), 'abc', 'INVALID_VALUE at most 2 characters'],
    ['format', z.url(), 'x', 'INVALID_VALUE text in the format url'],
    ['pattern', z.string().regex(/^a+$/), 'b', 'INVALID_VALUE text that matches /^a+$/'],
    ['prefix', z.string().startsWith('pk_'), 'sk_', 'INVALID_VALUE text that starts with "pk_"'],
    ['item', z.array(z.int()), ['StringList', '1,x'], 'INVALID_VALUE number'],
    ['list in a String', z.array(z.string()), 'a,b', 'INVALID_JSON array (a StringList or JSON)'],
    ['JSON that is none', json(z.unknown()), '{a}', 'INVALID_JSON JSON'],
    ['JSON text that is none', json(z.string()), 'a', 'INVALID_JSON JSON'],
    ['guarded JSON text that is none', json(z.string()).catch('x'), 'a', 'INVALID_JSON JSON'],
    ['JSON of another type', json(z.object({ a: z.string() })), '[]', 'INVALID_VALUE JSON'],
    ['JSON without a key', json(z.object({ a: z.string() })), '{}', 'MISSING_JSON_KEY string'],
    ['strict JSON', json(z.strictObject({})), '{"a":1}', 'INVALID_VALUE'],
    ['union', z.union([z.literal('auto'), z.number()]), 'off', 'INVALID_VALUE "auto" or number'],
  ])('%s', async (_, schema, stored, problem) => {
    expect(await refuseLeaf(schema, stored)).toEqual([problem])
  })
})
