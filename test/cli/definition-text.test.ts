import { describe, expect, it } from 'vitest'
import { writeDefinition } from '../../src/cli/definition-text.ts'
import { guessSchema, looksSecret } from '../../src/cli/guess-schema.ts'

const features = { hasHostname: true }

function entry(name: string, value = 'x', type = 'String') {
  return { name, value, type, dataType: 'text' }
}

describe('the schema of a stored text', () => {
  it.each([
    ['true', 'z.boolean()'],
    ['TRUE', 'z.string()'],
    ['0', 'z.int()'],
    ['-5', 'z.int()'],
    ['123456789', 'z.int()'],
    // Longer numbers are ids.
    ['123456789012', 'z.string()'],
    ['007', 'z.string()'],
    ['1.5', 'z.number()'],
    ['1.10', 'z.string()'],
    ['1e5', 'z.string()'],
    ['https://example.com/a', 'z.url()'],
    ['postgres://db', 'z.string()'],
    ['', 'z.string()'],
    ['[1,2]', 'json(z.array(z.number()))'],
    ['[]', 'json(z.array(z.unknown()))'],
    ['[1,"a"]', 'json(z.array(z.unknown()))'],
    ['{}', 'json(z.record(z.string(), z.unknown()))'],
    ['{"a":1}', 'json(\n  z.object({\n    a: z.number(),\n  }),\n)'],
    ['{broken', 'z.string()'],
  ])('%j is %j', (value, code) => {
    const guessed = guessSchema(entry('/a', value), false, features)

    expect(guessed.code).toBe(code)
    expect(guessed.note).toBe(code === 'z.string()' ? undefined : 'guessed from the stored text')
  })

  it.each([
    ['a,b', 'z.array(z.string())'],
    ['1,2', 'z.array(z.int())'],
    ['1,b', 'z.array(z.string())'],
    ['', 'z.array(z.string())'],
  ])('of a StringList %j is %s', (value, code) => {
    expect(guessSchema(entry('/a', value, 'StringList'), false, features).code).toBe(code)
  })

  it('uses no format that the zod of the project lacks', () => {
    const host = { ...entry('/a', 'db'), dataType: 'hostname' }

    expect(guessSchema(host, false, { hasHostname: false }).code).toBe('z.string()')
  })
})

describe('a secret', () => {
  it.each([
    ['/db/password', 'x', true],
    ['/db/PASSWD', 'x', true],
    ['/api-key', 'x', true],
    ['/stripe/privateKey', 'x', true],
    ['/auth/token', 'x', true],
    ['/keyboard', 'x', false],
    ['/host', 'db.internal', false],
    ['/url', 'redis://:p@cache:6379', true],
    ['/url', 'https://example.com:8080/a@b', false],
    ['/login', '{"user":"a","password":"b"}', true],
  ])('%s with %s is recognised: %s', (name, value, expected) => {
    expect(looksSecret({ name, value })).toBe(expected)
  })
})

describe('the keys of a definition', () => {
  const write = (...names: readonly string[]) =>
    writeDefinition({
      paths: ['/a'],
      layers: [names.map((name) => entry(`/a/${name}`))],
      secrets: new Set(),
      features,
      zod: 'zod/v4',
    }).text

  it.each([
    [['db-host', 'max-pool-size', 'port'], 'kebab-case', ['dbHost', 'maxPoolSize', 'port']],
    [['db_host', 'port'], 'snake_case', ['dbHost', 'port']],
    [['DbHost', 'Port'], 'PascalCase', ['dbHost', 'port']],
  ])('are camelCase for %j', (names, naming, keys) => {
    const text = write(...names)

    expect(text).toContain(`naming: '${naming}',`)
    expect(text.match(/^ {4}\w+(?=: z)/gm)?.map((key) => key.trim())).toEqual(keys)
  })

  it('are the names if no rule spells most of them', () => {
    const text = write('db-host', 'UPPER_CASE', 'Mixed_case-x', 'a.b')

    expect(text).not.toContain('naming')
    expect(text).toContain("'db-host': z.string(),")
  })

  it('are never taken twice', () => {
    const text = write('a-b', 'c-d', 'e-f', 'g-h', 'aB', 'x', 'x/y', 'xValue', 'i-j', 'k-l', 'm-n', 'o-p', 'q-r', 's-t')
    const keys = text.match(/^ {4}[\w']+(?=:)/gm) ?? []

    expect(new Set(keys).size).toBe(keys.length)
    expect(text).toContain("parameter('aB', z.string())")
    expect(text).toContain("parameter('xValue', z.string())")
    expect(text).toContain("xValue: parameter('x', z.string()),")
  })

  it('come from the zod that is installed', () => {
    expect(write('a')).toContain("import * as z from 'zod/v4'")
  })
})
