import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, fromEnv, json, loadConfig, secret } from '../../src/index.ts'
import { printable } from '../../src/messages/printable.ts'
import { createTestConfig, memorySource } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadFrom } from '../support/load.ts'
import { loadError, rejection } from '../support/rejection.ts'

// What forges lines, colours a terminal, turns text around, or hides in it.
const attack = 'a\nInvalid\r\u001b[31mred\u009b1m\u202egnp\u2028\u200b\u0007z'
const raw = new RegExp(`[${'\r\u001b\u009b\u202e\u2028\u200b\u0007'}]`)

function expectHarmless(text: string): void {
  expect(text).not.toMatch(raw)
  expect(text).not.toMatch(/^Invalid.*red/m)
}

/** Everything that an error shows in some way. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return ''
  return [error.message, error.stack, inspect(error, { depth: null, showHidden: true }), JSON.stringify(error)].join(
    '\n',
  )
}

describe('printable()', () => {
  it.each([
    ['plain text, ä, 日本, 🎉', 'plain text, ä, 日本, 🎉'],
    ['a\nb\r\tc', 'a\\u000ab\\u000d\\u0009c'],
    ['\u001b[31m', '\\u001b[31m'],
    ['\u007f\u0085\u009b', '\\u007f\\u0085\\u009b'],
    ['\u202e\u2066\u061c\u200f', '\\u202e\\u2066\\u061c\\u200f'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['\u200b\u200d\u2060\ufeff\u00ad', '\\u200b\\u200d\\u2060\\ufeff\\u00ad'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\ud800'],
  ])('escapes %j', (text, expected) => {
    expect(printable(text)).toBe(expected)
    expect(printable(printable(text))).toBe(expected)
  })
})

describe('escapes text of the store, the schema and AWS in the output', () => {
  it.each<[string, z.core.$ZodType, string]>([
    [
      'a message that quotes the value',
      z.string().refine(() => false, { error: ({ input }) => `bad ${input}` }),
      attack,
    ],
    ['a message', z.number({ error: attack }), 'x'],
    ['a prefix', z.string().startsWith(attack), 'x'],
    ['a pattern', z.string().regex(new RegExp(attack.replaceAll('[', '\\['))), 'x'],
    ['an enum', z.enum([attack, 'b']), 'x'],
    ['a member of an enum that is near', z.enum([attack.toUpperCase(), 'b']), attack],
    ['a literal', z.literal(attack), 'x'],
    ['a key of JSON', json(z.strictObject({})), JSON.stringify({ [attack]: 1 })],
    ['a key of the schema inside JSON', json(z.object({ [attack]: z.string() })), '{}'],
    ['a class that is thrown', z.string().transform(() => throwNamed()), 'x'],
    [
      'a path of an issue',
      z.string().superRefine((_, context) => context.addIssue({ code: 'custom', path: [attack] })),
      'x',
    ],
  ])('%s', async (_, schema, stored) => {
    const error = await loadError(loadFrom(z.object({ key: schema as z.ZodType }), { '/app/key': stored }))

    expectHarmless(shown(error))
    expect(error.message.split('\n').filter((line) => /^(Invalid|Missing)$/.test(line))).toHaveLength(1)
    expectHarmless(JSON.stringify(error.problems))
  })

  it('in a name of a source', async () => {
    const source = memorySource()
    const fail = {
      code: 'AWS_ERROR',
      isTransient: false,
      detail: attack,
      remedy: attack,
      action: attack,
      requestId: attack,
    } as const
    source.fail('*', { ...fail, cause: Object.assign(new Error(printable(attack)), {}) })
    const error = await loadError(loadConfig({ schema: z.object({ a: z.string() }), path: '/app', source }))

    expectHarmless(shown(error))
  })

  it.each(['validate', 'prepare'] as const)('in an error of %s', async (hook) => {
    const options = {
      [hook]: () => {
        throw new Error(attack)
      },
    }
    const error = await loadError(loadFrom(z.object({ a: z.string() }), { '/app/a': 'x' }, { options }))

    expectHarmless(shown(error))
  })

  it('in an error message of AWS', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.faults.add({ kind: 'error', status: 400, name: 'AccessDeniedException', message: attack })
    const error = await loadError(loadConfig({ schema: z.object({ a: z.string() }), path: '/app', ...at(aws) }))

    expect(error.message).toContain('red')
    expectHarmless(shown(error))
  })

  it.each<[string, () => unknown]>([
    ['a path', () => defineConfig({ schema: z.object({}), path: `/${attack}` })],
    ['a key', () => defineConfig({ schema: z.object({ [attack]: z.string() }), path: '/app' })],
    ['an option', () => defineConfig(Object.assign({ schema: z.object({}), path: '/app' }, { [attack]: 1 }))],
    ['a secret id', () => secret(attack, z.string())],
  ])('in %s of a definition', async (_, define) => {
    const error = await rejection(Promise.resolve().then(define))

    expect(error).toBeInstanceOf(Error)
    expectHarmless(shown(error))
  })

  it('in a warning, and in the lines of a logger', async () => {
    const lines: string[] = []
    const log = (line: string) => lines.push(line)
    const logger = { info: log, warn: log, error: log }
    const schema = z.object({ a: z.string(), flags: z.record(z.string(), z.string()) })
    const contents = { parameters: { '/app/a': 'x', '/app/flags/b': `/aws/reference/secretsmanager/${attack}` } }
    await using config = await createTestConfig({ schema, path: '/app', logger }, contents)
    config.on('change', () => {
      throw new Error(attack)
    })
    await config.set({ parameters: { '/app/a': 'y' } })

    expect(lines.length).toBeGreaterThan(1)
    for (const line of lines) expectHarmless(line)
  })

  it('in the name of an environment variable', async () => {
    const lines: string[] = []
    const logger = { warn: (line: string) => lines.push(line) }
    process.env[`H4TEST_${attack}`] = 'x'
    try {
      const source = memorySource({ parameters: { '/app/a': 'x' } })
      const schema = z.object({ a: z.string() })
      await using _config = await loadConfig({ schema, path: '/app', source, logger, overrides: fromEnv('H4TEST_') })
      expect(lines).toHaveLength(1)
      for (const line of lines) expectHarmless(line)
    } finally {
      delete process.env[`H4TEST_${attack}`]
    }
  })
})

function throwNamed(): never {
  const Named = { [attack]: class extends Error {} }[attack] ?? Error
  throw new Named(attack)
}
