import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, parameter } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

describe('7. parameters outside the schema change nothing', () => {
  it('ignores other names, regardless of their content', async () => {
    const aws = await localAws()
    const { arn } = aws.keys.create({ alias: 'alias/foreign' })
    put(aws, {
      '/app/port': '1',
      '/app/port/below': 'x',
      '/app/other': '{broken',
      '/app/db': 'leaf',
      '/app/db/host': 'h',
    })
    aws.parameters.put({ name: '/app/foreign', value: 'x', type: 'SecureString', keyId: arn })
    aws.policy.deny({ action: 'kms:Decrypt', resource: 'alias/foreign' })
    const schema = z.object({ port: z.number(), db: z.object({ host: z.string() }) })
    await using config = await loadConfig({ schema, path: '/app', ...at(aws) })

    expect(config.current).toEqual({ port: 1, db: { host: 'h' } })
  })

  const flags: Readonly<Record<string, z.core.$ZodType>> = {
    record: z.record(z.string(), z.string()),
    'record with checked keys': z.record(z.string().regex(/^[a-z0-9-]+$/), z.string()),
    catchall: z.object({ 'eu-west-1': z.string() }).catchall(z.string()),
    'loose object': z.looseObject({ 'eu-west-1': z.string() }),
    'optional record': z.record(z.string(), z.string()).optional(),
    union: z.union([z.record(z.string(), z.number()), z.record(z.string(), z.string())]),
  }
  describe.each(Object.entries(flags))('reads one level of a %s of single values', (_, schema) => {
    it.each(['auto', 'by-path'] as const)('with the strategy %s', async (strategy) => {
      const aws = await localAws()
      const regions = { 'ap-south-2': 'a', 'eu-west-1': 'b' }
      for (const [region, value] of Object.entries(regions)) {
        const names = ['', '/longName', '/services/ec2', '/services/ec2/endpoint'].map((end) => `/geo/${region}${end}`)
        for (const name of names) aws.parameters.put({ name, value })
      }
      const open = { strategy, poll: false, ...at(aws) } as const
      await using below = await loadConfig({ schema: z.object({ geo: schema }), path: '/', ...open })
      expect(below.current).toEqual({ geo: regions })
      expect(below.explain().calls.map(({ subjects }) => subjects)).toContainEqual(['/geo'])
      aws.resetCounts()
      expect(await below.refresh()).toBe('unchanged')
      aws.parameters.put({ name: '/geo/eu-west-1/longName', value: 'changed', overwrite: true })
      expect(await below.refresh()).toBe('unchanged')
      expect(aws.counts.calls['ssm:GetParametersByPath']).toBe(2)
    })
  })

  it('reads one level below an explicit path, and in each layer', async () => {
    const aws = await localAws()
    const layers = ['/common', '/team', '/geo']
    put(
      aws,
      Object.fromEntries(
        layers.flatMap((path) => [`${path}/a`, `${path}/a/deep`, `${path}/b/deep`].map((name) => [name, path])),
      ),
    )
    const record = z.record(z.string(), z.string())
    const schema = z.object({ geo: parameter('/geo', record) }).catchall(z.string())
    await using config = await loadConfig({ schema, path: ['/common', '/team'], ...at(aws) })

    expect(config.current).toEqual({ geo: { a: '/geo' }, a: '/team' })
  })

  it('refuses a value beside a path where values are objects', async () => {
    const aws = await localAws()
    put(aws, { '/app/teams/a': 'x', '/app/teams/b/deep': 'x' })
    const schema = z.object({ teams: z.record(z.string(), z.object({ deep: z.string() })) })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    expect(error.invalid).toMatchObject([{ code: 'INVALID_VALUE', key: expect.stringMatching(/^teams/) }])
  })

  it('lists the path of a record of single values in one page', async () => {
    const aws = await localAws()
    for (let index = 0; index < 9; index++) {
      put(aws, { [`/geo/r${index}`]: 'x', ...Object.fromEntries([1, 2, 3].map((n) => [`/geo/r${index}/d${n}`, 'x'])) })
    }
    aws.resetCounts()
    await using config = await loadConfig({ schema: z.record(z.string(), z.string()), path: '/geo', ...at(aws) })

    expect(Object.keys(config.current)).toHaveLength(9)
    expect(aws.counts.calls['ssm:GetParametersByPath']).toBe(1)
  })

  it('refuses unknown parameters of a strict object at any depth', async () => {
    const aws = await localAws()
    put(aws, { '/app/host': 'h', '/app/typo/deep': 'x' })
    const error = await loadError(
      loadConfig({ schema: z.strictObject({ host: z.string() }), path: '/app', ...at(aws) }),
    )

    expect(error.invalid).toMatchObject([{ key: 'typo', parameter: '/app/typo/deep' }])
  })

  it.each([
    ['the leaf first', ['/app/limits/a', '/app/limits/a/b']],
    ['the branch first', ['/app/limits/a/b', '/app/limits/a']],
  ])('names both parameters of a conflict: %s', async (_, names) => {
    const aws = await localAws()
    for (const name of names) aws.parameters.put({ name, value: 'x' })
    const schema = z.object({ limits: z.record(z.string(), z.record(z.string(), z.string())) })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    expect(error.invalid).toMatchObject([{ code: 'NAME_CONFLICT', parameter: '/app/limits/a, /app/limits/a/b' }])
  })

  it.each(['__proto__', 'constructor', 'prototype'])('refuses the segment %s', async (segment) => {
    const aws = await localAws()
    put(aws, { [`/app/limits/${segment}/polluted`]: 'yes' })
    const schema = z.object({ limits: z.record(z.string(), z.record(z.string(), z.string())) })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    expect(error.invalid).toMatchObject([{ code: 'FORBIDDEN_SEGMENT', parameter: `/app/limits/${segment}/polluted` }])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})
