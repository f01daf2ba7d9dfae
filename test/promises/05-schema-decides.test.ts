import { expect, it } from 'vitest'
import * as z from 'zod'
import { json, loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

it('5. decodes a stored text by the schema, never by its appearance', async () => {
  const aws = await localAws()
  put(aws, {
    '/app/text': '5432',
    '/app/port': '5432',
    '/app/big': '9007199254740993',
    '/app/on': 'false',
    '/app/jsonText': '{"a":1}',
    '/app/parsed': '{"a":1}',
    '/app/list': ['StringList', '1,2'],
    '/app/jsonList': '["1","2"]',
    '/app/level': '7',
    '/app/mode': 'auto',
    '/app/since': '2026-01-02',
  })
  const schema = z.object({
    text: z.string(),
    port: z.number(),
    big: z.bigint(),
    on: z.boolean(),
    jsonText: z.string(),
    parsed: json(z.object({ a: z.number() })),
    list: z.array(z.number()),
    jsonList: z.array(z.string()),
    level: z.union([z.literal('auto'), z.number()]),
    mode: z.union([z.literal('auto'), z.number()]),
    since: z.date(),
    defaults: z.object({ retries: z.number().default(3) }),
    extra: z.object({ a: z.string() }).optional(),
  })
  await using config = await loadConfig({ schema, path: '/app', ...at(aws) })

  expect(config.current).toEqual({
    text: '5432',
    port: 5432,
    big: 9007199254740993n,
    on: false,
    jsonText: '{"a":1}',
    parsed: { a: 1 },
    list: [1, 2],
    jsonList: ['1', '2'],
    level: 7,
    mode: 'auto',
    since: new Date('2026-01-02'),
    defaults: { retries: 3 },
  })
})

it.each([
  ['number', z.number(), '0x10'],
  ['number', z.number(), '9007199254740993'],
  ['number', z.number(), '5 000'],
  ['boolean', z.boolean(), 'TRUE'],
  ['boolean', z.coerce.boolean(), 'no'],
  ['date', z.date(), '2026-02-30'],
])('5. refuses a text that is not exactly a %s', async (_, leaf, stored) => {
  const aws = await localAws()
  put(aws, { '/app/key': stored })
  const error = await loadError(loadConfig({ schema: z.object({ key: leaf }), path: '/app', ...at(aws) }))

  expect(error.invalid).toMatchObject([{ code: 'INVALID_VALUE', key: 'key', parameter: '/app/key' }])
})
