import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { json } from '../../src/index.ts'
import { disagreement } from '../../src/tools/schemas.ts'
import { dataTypes } from '../support/data-types.ts'

describe('data types that agree with a schema', () => {
  it.each([
    ['number', z.number().default(1), ['text', 'integer', 'float']],
    ['integer', z.number().int(), ['text', 'integer']],
    ['z.int()', z.int(), ['text', 'integer']],
    ['bigint', z.bigint(), ['text', 'integer', 'aws:account:id']],
    ['boolean', z.boolean().optional(), ['text', 'boolean']],
    ['date', z.date(), ['text']],
    ['URL', z.url(), ['text', 'url']],
    ['email', z.email(), ['text', 'email']],
    ['IPv4', z.ipv4(), ['text', 'ipv4-address']],
    ['IPv6', z.ipv6(), ['text', 'ipv6-address']],
    ['base64', z.base64(), ['text', 'binary']],
    ['JSON', json(z.object({ a: z.string() })), ['text', 'json', 'aws:ssm:integration']],
    ['array', z.array(z.number()), ['text', 'json', 'aws:ssm:integration']],
    ['union', z.union([z.number(), z.boolean(), z.null()]), ['text', 'boolean', 'integer', 'float']],
    ['number literals', z.literal([1, 2]), ['text', 'integer', 'float']],
    ['text', z.string(), dataTypes],
    ['enum of texts', z.enum(['a', 'b']), dataTypes],
    ['anything', z.unknown(), dataTypes],
    ['transformed number', z.number().transform(String), ['text', 'integer', 'float']],
  ])('%s', (_, schema, expected) => {
    const agreeing = dataTypes.filter((dataType) => disagreement(schema, { type: 'String', dataType }) === undefined)

    expect(agreeing).toEqual(expected)
  })

  it('are those of the items in a StringList', () => {
    const reason = disagreement(z.array(z.number()), { type: 'StringList', dataType: 'boolean' })

    expect(reason).toBe('the data type boolean does not fit the schema, which expects a number')
    expect(disagreement(z.array(z.url()), { type: 'StringList', dataType: 'url' })).toBeUndefined()
  })
})
