import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

describe('7. what the schema has no use for changes nothing', () => {
  it('ignores other names, whatever they hold', async () => {
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

  it.each([
    ['the leaf first', ['/app/limits/a', '/app/limits/a/b']],
    ['the branch first', ['/app/limits/a/b', '/app/limits/a']],
  ])('names both parameters where one lies below the other: %s', async (_, names) => {
    const aws = await localAws()
    for (const name of names) aws.parameters.put({ name, value: 'x' })
    const schema = z.object({ limits: z.record(z.string(), z.unknown()) })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    expect(error.invalid).toMatchObject([{ code: 'NAME_CONFLICT', parameter: '/app/limits/a, /app/limits/a/b' }])
  })

  it.each(['__proto__', 'constructor', 'prototype'])('never walks into %s', async (segment) => {
    const aws = await localAws()
    put(aws, { [`/app/limits/${segment}/polluted`]: 'yes' })
    const schema = z.object({ limits: z.record(z.string(), z.record(z.string(), z.string())) })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    expect(error.invalid).toMatchObject([{ code: 'FORBIDDEN_SEGMENT', parameter: `/app/limits/${segment}/polluted` }])
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })
})
