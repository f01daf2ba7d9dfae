import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { json, secret, sensitive } from '../../src/index.ts'
import { loadFrom, type Stored } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'

/** What the error says about one leaf that is stored as `/app/key`: the detail and the remedy. */
async function hint(schema: z.core.$ZodType, stored: Stored): Promise<string> {
  const [type, value] = typeof stored === 'string' ? (['String', stored] as const) : stored
  const error = await loadError(loadFrom(z.object({ key: schema as z.ZodType }), { '/app/key': { type, value } }))
  const [problem] = error.invalid
  expect(error.problems).toHaveLength(1)
  return `${problem?.detail} → ${problem?.remedy}`
}

describe('names the usual mistake, and not the value', () => {
  const instant = z.iso.datetime()
  const mode = z.enum(['debug', 'production'])
  const cases: [string, z.core.$ZodType, string, RegExp][] = [
    ['boolean', z.boolean(), 'True', /differs in case → store "true" or "false"/],
    ['boolean', z.boolean(), 'yes', /another word for true or false → .*z\.stringbool\(\)/],
    ['boolean', z.boolean(), 'on', /another word/],
    ['boolean', z.boolean(), '1', /another word/],
    ['boolean', z.boolean(), 'enabled', /another word/],
    ['boolean', z.boolean(), '"true"', /in quotes/],
    ['boolean', z.boolean(), '', /it is empty/],
    ['number', z.number(), '1,000', /separators between the digits/],
    ['number', z.number(), "1'000'000", /separators between the digits/],
    ['number', z.number(), '1_000', /separators between the digits/],
    ['number', z.number(), '1.000,50', /decimal comma/],
    ['number', z.number(), '0,5', /a comma → write a decimal point/],
    ['number', z.number(), '5 MB', /a unit/],
    ['number', z.number(), '30s', /a unit/],
    ['number', z.number(), '99%', /percent sign/],
    ['number', z.number(), '$5', /currency sign/],
    ['number', z.number(), '007', /leading zero/],
    ['number', z.number(), '+5', /plus sign/],
    ['number', z.number(), '0x1F', /not decimal/],
    ['number', z.number(), '.5', /both sides of the point/],
    ['number', z.number(), 'NaN', /finite/],
    ['number', z.number(), 'null', /word for nothing/],
    ['number', z.number(), 'undefined', /word for nothing/],
    ['number', z.number(), '$'.concat('{PORT}'), /placeholder/],
    ['number', z.number(), '\u22125', /minus sign/],
    ['number', z.number(), '5\u200b', /invisible character/],
    ['number', z.number(), "'5'", /in quotes/],
    ['integer', z.int(), '0.5', /has decimals → store a whole number/],
    ['bigint', z.bigint(), '1e3', /exponent/],
    ['bigint', z.bigint(), '5n', /n of a bigint/],
    ['enum', mode, 'Production', /differs in case → store "production"/],
    ['enum', mode, 'prodution', /resembles a listed value → store "production"/],
    ['enum', mode, '"debug"', /in quotes/],
    ['literal', z.literal('v2'), 'V2', /differs in case → store "v2"/],
    ['date', z.date(), '2024-1-5', /two digits/],
    ['date', z.date(), '31.12.2024', /another form/],
    ['date', z.date(), '1735689600', /Unix time/],
    ['date', z.date(), '2024-01-05 10:00:00', /space between date and time/],
    ['date', z.date(), '2024-01-05T10:00:00', /no time zone/],
    ['date', z.date(), '2023-02-30', /day that exists/],
    ['datetime', instant, '2024-01-05T10:00:00+0200', /offset has no colon/],
    ['url', z.url(), 'example.com/path', /no scheme → .*https:/],
    ['url', z.url(), '//example.com', /two slashes/],
    ['url of a string', z.string().url(), 'example.com', /no scheme/],
    ['email', z.email(), 'Ops <ops@example.com>', /display name/],
    ['uuid', z.uuid(), '{123e4567-e89b-12d3-a456-426614174000}', /braces/],
    ['uuid', z.uuid(), '123e4567e89b12d3a456426614174000', /no dashes/],
    ['base64', z.base64(), 'a_-b', /base64url/],
    ['ipv4', z.ipv4(), '10.0.0.1:80', /has a port/],
    ['ipv4', z.ipv4(), '10.0.0.0/8', /prefix length/],
    ['cidr', z.cidrv4(), '10.0.0.0', /no prefix length/],
    ['text', z.string().regex(/^sk_/), ' sk_1', /begins or ends with white space/],
    ['text', z.string().min(32), 'changeme', /placeholder/],
    ['union', z.union([z.number(), z.boolean()]), 'True', /differs in case/],
    ['list', z.array(z.string()), 'a,b', /separators between items → store it as a StringList/],
    ['list', z.array(z.string()), 'localhost', /single word → store it as a StringList/],
    ['list', z.array(z.string()), "['a']", /single quotes/],
    ['list', z.array(z.string()), '["a",]', /comma after the last item/],
    ['list', z.array(z.string()), '{"a":1', /not JSON/],
    ['json', json(z.object({ a: z.number() })), "{'a':1}", /single quotes/],
    ['json', json(z.object({ a: z.number() })), '{a:1}', /keys without quotes/],
    ['json', json(z.object({ a: z.number() })), '{"a":True}', /words that JSON does not know/],
    ['json', json(z.object({ a: z.number() })), 'a=1', /settings file/],
    ['json in a string', json(z.object({ a: z.number() })), '"{\\"a\\":1}"', /a JSON string that holds JSON/],
    [
      'a number in quotes',
      json(z.object({ a: z.number() })),
      '{"a":"5"}',
      /holds a string there → .*z\.coerce\.number\(\)/,
    ],
    ['a boolean in quotes', json(z.object({ a: z.boolean() })), '{"a":"true"}', /z\.stringbool\(\)/],
    ['JSON inside JSON', json(z.object({ a: z.object({}) })), '{"a":"{}"}', /holds JSON inside a string/],
  ]
  it.each(cases.map(([kind, schema, stored, said]) => [kind, stored, schema, said] as const))(
    '%s: %s',
    async (_, stored, schema, said) => {
      const text = await hint(schema, stored)

      expect(text).toMatch(said)
      if (stored.length > 6) expect(text).not.toContain(stored)
    },
  )

  it.each<[string, z.core.$ZodType, Stored]>([
    ['a limit', z.number().max(5), '70000'],
    ['a multiple', z.number().multipleOf(2), '3'],
    ['another word', z.boolean(), 'perhaps'],
    ['another text', z.enum(['debug', 'production']), 'green'],
  ])('names no mistake for %s', async (_, schema, stored) => {
    expect(await hint(schema, stored)).toMatch(/stored → correct the stored value, or the schema$/)
  })
})

describe('a sensitive value', () => {
  it.each<[string, z.core.$ZodType]>([
    ['boolean', z.boolean()],
    ['number', z.number()],
    ['enum', z.enum(['debug', 'production'])],
    ['array', z.array(z.string())],
    ['json', json(z.object({ a: z.number() }))],
  ])('gets the same message for any stored text: %s', async (_, schema) => {
    const texts = ['', 'True', '1,000', 'Production', 'a,b', "{'a':1}", 'hunter2-canary']
    const hints = await Promise.all(texts.map((text) => hint(schema, ['SecureString', text])))

    expect(new Set(hints).size).toBe(1)
  })

  it('in JSON gets a remedy from the schema alone', async () => {
    const schema = z.object({ login: secret('login', z.object({ port: z.number() })) })
    const stored = ['{"port":"5432"}', '{"port":true}', '{"port":{}}']
    const errors = await Promise.all(stored.map((login) => loadError(loadFrom(schema, {}, { secrets: { login } }))))

    for (const { invalid } of errors) expect(invalid).toEqual(errors[0]?.invalid)
    expect(errors[0]?.invalid[0]?.remedy).toContain('z.coerce.number()')
  })

  it('that only the schema marks gets no hint', async () => {
    expect(await hint(sensitive(z.number()), '1,000')).toBe(
      'something else is stored → correct the stored value, or the schema',
    )
  })
})

it('names the mistake in an item of a list', async () => {
  expect(await hint(z.array(z.number()), ['StringList', '1,2 MB'])).toMatch(/a unit/)
  expect(await hint(z.array(z.enum(['a', 'b'])), ['StringList', 'a,B'])).toMatch(/differs in case/)
  expect(await hint(json(z.object({ at: z.url() })), '{"at":"example.com"}')).toMatch(/no scheme/)
})

it('recognises a list that is stored item by item', async () => {
  const schema = z.object({ hosts: z.array(z.string()) })
  const error = await loadError(loadFrom(schema, { '/app/hosts/0': 'a', '/app/hosts/1': 'b' }))

  expect(error.missing).toMatchObject([
    { key: 'hosts', remedy: expect.stringMatching(/^\/app\/hosts\/0 is a parameter of its own: .*StringList/) },
  ])
})
