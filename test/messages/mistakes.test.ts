import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { defineConfig, json, loadConfig, parameter, secret, sensitive } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadFrom } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'

const schema = z.object({ port: z.number(), host: z.string() })

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  throw new Error('nothing was refused')
}

describe('a label without a version', () => {
  it('is named if it is the option', async () => {
    const aws = await localAws()
    put(aws, { '/app/port': '1', '/app/host': 'h' })
    const error = await loadError(loadConfig({ schema, path: '/app', label: 'live', ...at(aws) }))

    const detail = 'no version of it carries the label live'
    expect(error.missing.slice(1)).toMatchObject([
      { key: 'port', detail },
      { key: 'host', detail },
    ])
    expect(error.message).toContain('label-parameter-version')
  })

  it.each([
    ['/app/port:live', 'no version of it carries the label live'],
    ['port:live', 'no version of it carries the label live'],
    ['/app/port:7', 'nothing is stored as version 7'],
  ])('is named if it is in parameter(%s)', async (name, detail) => {
    const error = await loadError(loadFrom(z.object({ port: parameter(name, z.number()) }), { '/app/port': '1' }))

    expect(error.missing.at(-1)).toMatchObject({ key: 'port', detail })
  })
})

describe('a path', () => {
  it('is reported if it is a parameter', async () => {
    const aws = await localAws()
    put(aws, { '/app/port': ['SecureString', '1'] })
    const error = await loadError(loadConfig({ schema, path: '/app/port', ...at(aws) }))

    expect(error.missing[0]).toMatchObject({
      code: 'EMPTY_PATH',
      detail: expect.stringContaining('the name of a parameter'),
    })
  })

  it.each(['undefined', 'null', 'NaN'])('with the segment %s suggests an unset variable', async (segment) => {
    const error = await loadError(loadFrom(schema, {}, { options: { path: `/shop/${segment}` } }))

    expect(error.missing[0]?.remedy).toBe(
      `its segment "${segment}" looks like a variable that is not set: set it, or give it a default`,
    )
  })

  it('is refused if it is a reference to a secret', () => {
    const path = '/aws/reference/secretsmanager/prod/db'
    expect(refusal(() => defineConfig({ schema, path }))).toContain(
      'declare the secret in the schema with secret(id, schema)',
    )
  })

  it('is refused if names below it are too long', () => {
    const long = 'x'.repeat(2_100)
    expect(refusal(() => defineConfig({ schema, path: `/${long}` }))).toContain('the limit is 1011')
    expect(refusal(() => defineConfig({ schema: z.object({ a: parameter(`/${long}`, z.string()) }) }))).toContain(
      '1011',
    )
    expect(refusal(() => defineConfig({ schema: z.object({ [long]: z.string() }), path: '/app' }))).toContain('1011')
    expect(() => defineConfig({ schema, path: ['/app', `/${long}`] })).not.toThrow()
  })

  it('is not counted as a missing key if it is empty', async () => {
    const stored = { '/app/port': '1' }
    const error = await loadError(loadFrom(schema, stored, { options: { path: ['/empty', '/app'] } }))

    expect(error.message).toContain('could not load the configuration: 1 missing, 1 empty (')
  })
})

describe('the ARN of a secret', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf'
  it.each([`${arn}:username::`, `${arn}::AWSPREVIOUS:`, `${arn}:::1234`])(
    'in the form of ECS is recognised: %s',
    (id) => {
      expect(refusal(() => secret(id, z.string()))).toContain('valueFrom of an ECS task')
    },
  )

  it('is recognised in parameter()', () => {
    expect(refusal(() => defineConfig({ schema: z.object({ a: parameter(arn, z.string()) }) }))).toContain(
      'secret(id, schema)',
    )
  })
})

describe('a rejected key', () => {
  it('of a record is reported as a key', async () => {
    const keys = z.string().regex(/^[a-z]+$/)
    const flags = z.object({ flags: z.record(keys, z.boolean()) })
    const error = await loadError(loadFrom(flags, { '/app/flags/A1': 'true', '/app/flags/b': 'true' }))

    expect(error.invalid).toMatchObject([
      {
        key: 'flags.A1',
        parameter: '/app/flags/A1',
        expected: 'text that matches /^[a-z]+$/',
        detail: 'the record does not allow this key',
        remedy: 'rename the parameter, or correct the schema of the keys',
      },
    ])
  })

  it('of strict JSON is named, with its parameter', async () => {
    const strict = z.object({ a: json(z.strictObject({})), s: sensitive(json(z.strictObject({}))) })
    const error = await loadError(loadFrom(strict, { '/app/a': '{"x":1,"y":2}', '/app/s': '{"hunter2":1}' }))

    expect(error.invalid).toMatchObject([
      { key: 'a', parameter: '/app/a', detail: expect.stringContaining('("x", "y")') },
      { key: 's', parameter: '/app/s', detail: 'the stored JSON has a key that the schema does not know' },
    ])
  })

  it('with an integer type is reported as an integer', async () => {
    for (const integer of [z.int(), z.number().int(), z.int32(), z.uint32()]) {
      const error = await loadError(loadFrom(z.object({ n: integer }), { '/app/n': '0.5' }))
      expect(error.invalid).toMatchObject([{ expected: 'integer' }])
    }
  })
})
