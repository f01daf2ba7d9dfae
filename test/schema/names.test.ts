import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, parameter, sensitive } from '../../src/index.ts'
import { memorySource } from '../../src/testing/memory-source.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadFrom } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'

describe('parameter()', () => {
  it('accepts a relative name, an absolute name, a version, a label and an ARN', async () => {
    const aws = await localAws()
    put(aws, { '/app/legacy/host': 'old', '/common/region': 'eu', '/app/port': '1' })
    aws.parameters.put({ name: '/app/port', value: '2' })
    aws.parameters.label({ name: '/app/port', version: 1, labels: ['live'] })
    const arn = 'arn:aws:ssm:us-east-1:123456789012:parameter/common/region'
    const schema = z.object({
      host: parameter('legacy/host', z.string()),
      region: parameter('/common/region', z.string()),
      byArn: parameter(arn, z.string()),
      port: z.int(),
      first: parameter('port:1', z.int()),
      live: parameter('/app/port:live', z.int()),
    })
    await using config = await loadConfig({ schema, path: '/app', ...at(aws) })

    expect(config.current).toEqual({ host: 'old', region: 'eu', byArn: 'eu', port: 2, first: 1, live: 1 })
    expect(config.explain('live').keys).toMatchObject([{ parameter: '/app/port:live', version: '1' }])
    expect(aws.counts.calls).toEqual({ 'ssm:GetParameters': 1 })
  })

  it('reads a relative name in every layer, with or without a version', async () => {
    const schema = z.object({ a: parameter('x:1', z.string()), b: parameter('y/z', z.string()) })
    const stored = { '/low/x': 'low', '/high/y/z': 'high', '/low/y/z': 'low' }
    const config = await loadFrom(schema, stored, { options: { path: ['/low', '/high'] } })

    expect(config.current).toEqual({ a: 'low', b: 'high' })
  })

  it('names the path of an object, outside the layers', async () => {
    const billing = z.object({ vat: z.number(), terms: z.record(z.string(), z.string()) })
    const schema = z.object({ own: z.string(), billing: parameter('/billing/', billing) })
    const stored = { '/app/own': 'x', '/app/billing/vat': '7', '/billing/vat': '19', '/billing/terms/a': 'net 30' }
    const config = await loadFrom(schema, stored)

    expect(config.current).toEqual({ own: 'x', billing: { vat: 19, terms: { a: 'net 30' } } })
  })

  it('lets keys share a parameter that both of them name', async () => {
    const schema = z.object({ text: parameter('n', z.string()), number: parameter('n', z.number()) })

    expect((await loadFrom(schema, { '/app/n': '5' })).current).toEqual({ text: '5', number: 5 })
  })

  it('lets keys share a version that both of them name', async () => {
    const schema = z.object({ text: parameter('n:1', z.string()), number: parameter('n:1', z.number()) })

    expect((await loadFrom(schema, { '/app/n': '5' })).current).toEqual({ text: '5', number: 5 })
  })
})

describe('layers', () => {
  it('may be the root, and may end in a slash', async () => {
    const schema = z.object({ app: z.object({ port: z.int() }) })

    expect((await loadFrom(schema, { '/app/port': '1' }, { options: { path: '/' } })).current.app.port).toBe(1)
    const inner = await loadFrom(z.object({ port: z.int() }), { '/app/port': '1' }, { options: { path: '/app/' } })
    expect(inner.current.port).toBe(1)
  })

  it('ignore a path whose name starts with theirs', async () => {
    const error = await loadError(loadFrom(z.object({ port: z.int() }), { '/app2/port': '1', '/appport': '2' }))

    expect(error.missing.map(({ code }) => code)).toEqual(['EMPTY_PATH', 'MISSING_PARAMETER'])
  })

  it('override each other key by key, in open parts too', async () => {
    const schema = z.object({ limits: z.record(z.string(), z.int()), list: z.array(z.string()) })
    const stored = {
      '/low/limits/a': '1',
      '/low/limits/b': '1',
      '/high/limits/b': '2',
      '/low/list': '["x"]',
      '/high/list': '[]',
    }
    const config = await loadFrom(schema, stored, { options: { path: ['/low', '/high'] } })

    expect(config.current).toEqual({ limits: { a: 1, b: 2 }, list: [] })
  })

  it('override a key that could not be read in an earlier layer, and no other key', async () => {
    const denied = { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' } as const
    const schema = z.object({ a: z.string(), b: z.string() })
    const stored = { '/low/a': 'low', '/low/b': 'low', '/high/a': 'high', '/high/b': 'high' }
    const source = memorySource({ parameters: stored })
    source.fail('/low/a', denied)
    const options = { source, path: ['/low', '/high'] }
    expect((await loadFrom(schema, {}, { options })).current).toEqual({ a: 'high', b: 'high' })

    source.fail('/high/b', denied)
    expect((await loadError(loadFrom(schema, {}, { options }))).unreadable).toMatchObject([{ parameter: '/high/b' }])
  })

  it('may be empty: a warning, unless a key is missing', async () => {
    const warnings: string[] = []
    const options = { path: ['/low', '/app'], logger: { warn: (message: string) => warnings.push(message) } }
    const config = await loadFrom(z.object({ port: z.int() }), { '/app/port': '1' }, { options })

    expect(config.current.port).toBe(1)
    expect(warnings).toEqual([expect.stringContaining('/low: nothing at all is stored under this path')])
    expect(config.explain().warnings).toHaveLength(1)
  })
})

it('have the values that carry the label, if a label is set', async () => {
  const aws = await localAws()
  put(aws, { '/app/a': '1', '/app/b': '1', '/app/c': '1' })
  for (const name of ['/app/a', '/app/b']) aws.parameters.label({ name, labels: ['v7'] })
  put(aws, { '/app/a': '2' })
  const schema = z.object({ a: z.int(), b: z.int(), c: z.int().default(0) })
  await using config = await loadConfig({ schema, path: '/app', label: 'v7', ...at(aws) })

  expect(config.current).toEqual({ a: 1, b: 1, c: 0 })
  const error = await loadError(loadConfig({ schema, path: '/app', label: 'none', ...at(aws) }))
  expect(error.missing[0]).toMatchObject({
    code: 'EMPTY_PATH',
    detail: 'nothing under this path carries the label none',
  })
})

describe('overrides', () => {
  const schema = z.object({ port: z.int(), key: sensitive(z.string()), limits: z.record(z.string(), z.int()) })
  const stored = { '/app/port': '1', '/app/key': 'k', '/app/limits/a': '1' }

  it('apply to open parts, as text', async () => {
    const overrides = { port: '2', limits: { b: '3' } }
    const config = await loadFrom(schema, stored, { options: { overrides } })

    expect(config.current).toMatchObject({ port: 2, limits: { a: 1, b: 3 } })
    expect(config.explain('port').keys).toMatchObject([{ layer: 'overrides', type: 'Override', version: '' }])
  })

  it('replace missing, invalid and denied parameters', async () => {
    const denied = { code: 'ACCESS_DENIED', isTransient: false, detail: 'denied', remedy: 'allow it' } as const
    const source = memorySource({ parameters: { '/app/port': 'broken', '/app/limits/a': '1', '/app/key': 'k' } })
    source.fail('/app/key', denied)
    const overrides = { port: '2', key: 'mine' }

    expect((await loadFrom(schema, {}, { options: { source, overrides } })).current.key).toBe('mine')
    const error = await loadError(loadFrom(schema, {}, { options: { source, overrides: { port: '2' } } }))
    expect(error.unreadable).toMatchObject([{ code: 'ACCESS_DENIED', key: 'key', parameter: '/app/key' }])
  })

  it('are validated by the schema, and never quoted', async () => {
    const error = await loadError(loadFrom(schema, stored, { options: { overrides: { port: 'hunter2' } } }))

    expect(error.invalid).toMatchObject([{ code: 'INVALID_VALUE', key: 'port', parameter: 'overrides.port' }])
    expect(error.message).not.toContain('hunter2')
  })
})
