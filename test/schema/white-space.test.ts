import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { json } from '../../src/index.ts'
import { loadLeaf, type Stored } from '../support/load.ts'

const around = ['\n', '\r\n', ' ', '\t', '\u00a0', '\ufeff']

describe.each<[string, z.core.$ZodType, string, unknown]>([
  ['number', z.number(), '5432', 5432],
  ['mini number', mini.number(), '5432', 5432],
  ['coerced number', z.coerce.number(), '5432', 5432],
  ['bigint', z.bigint(), '5432', 5432n],
  ['boolean', z.boolean(), 'true', true],
  ['coerced boolean', z.coerce.boolean(), 'false', false],
  ['date', z.date(), '2024-01-01', new Date('2024-01-01')],
  ['enum', z.enum(['dev', 'prod']), 'prod', 'prod'],
  ['literal', z.literal(['auto', 5]), '5', 5],
  ['union', z.union([z.literal('auto'), z.number()]), 'auto', 'auto'],
  ['JSON', json(z.object({ a: z.number() })), '{"a":1}', { a: 1 }],
  ['array as JSON', z.array(z.number()), '[1,2]', [1, 2]],
])('ignores white space around a %s', (_, schema, text, value) => {
  it.each(around)('%j', async (space) => {
    expect(await loadLeaf(schema, `${space}${text}${space}`)).toEqual(value)
  })
})

it.each<[string, Stored, unknown]>([
  ['numbers', ['StringList', '80, 443\n'], [80, 443]],
  ['numbers in a SecureString', ['SecureString', '\ufeff[80]\n'], [80]],
])('ignores white space around the items of a list of %s', async (_, stored, value) => {
  expect(await loadLeaf(z.array(z.number()), stored)).toEqual(value)
})

it.each(around)('keeps every byte of text: %j', async (space) => {
  const text = `${space}-----BEGIN KEY-----\n\n${space}`
  expect(await loadLeaf(z.string(), text)).toBe(text)
  expect(await loadLeaf(z.array(z.string()), ['StringList', `a,${text}`])).toEqual(['a', text])
  expect(await loadLeaf(z.union([z.number(), z.string()]), text)).toBe(text)
})

it('prefers a listed value that contains the white space', async () => {
  expect(await loadLeaf(z.enum(['a', ' a']), ' a')).toBe(' a')
})
