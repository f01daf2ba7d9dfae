import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, reveal, secret, sensitive } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

const managed = 'rds!db-5ae6f1c2-9f1a-4c4e-8e8e-0123456789ab'
const login = z.object({ username: z.string(), password: z.string() })
const value = (password: string) => JSON.stringify({ username: 'app', password })

describe('a secret that an AWS service manages', () => {
  it.each([managed, 'rds!cluster-0a1b2c3d', 'appflow!x/y+z=@._-'])('is read from Secrets Manager: %s', async (name) => {
    const aws = await localAws()
    put(aws, { '/app/pointer': ['SecureString', `/aws/reference/secretsmanager/${name}#password`] })
    const { arn } = aws.secrets.create({ name, value: value('one') })
    const schema = z.object({
      named: secret(name, login),
      byArn: secret(arn, login),
      previous: secret(`${name}:AWSPREVIOUS`, login).optional(),
      pointer: sensitive(z.string()),
    })
    await using config = await loadConfig({ schema, path: '/app', poll: false, ...at(aws) })
    expect(reveal(config.current)).toMatchObject({
      named: { password: 'one' },
      byArn: { password: 'one' },
      pointer: 'one',
    })

    aws.secrets.put({ id: name, value: value('two') })
    expect(await config.refresh()).toBe('changed')
    expect(reveal(config.current)).toMatchObject({
      named: { password: 'two' },
      previous: { password: 'one' },
      pointer: 'two',
    })
    const asked = config.explain().calls.filter(({ action }) => action === 'secretsmanager:GetSecretValue')
    expect(asked.map(({ subjects }) => subjects)).toEqual([[name], [arn], [`${name}:AWSPREVIOUS`]])
  })
})

describe.each(['parameter-store', 'secrets-manager'] as const)('secretsVia: %s', (secretsVia) => {
  const options = { path: '/app', poll: false, secretsVia } as const

  it('reads names, stages, versions and pointers, and explains its calls', async () => {
    const aws = await localAws()
    aws.secrets.create({ name: 'prod/db', value: value('one') })
    const { versionId } = aws.secrets.put({ id: 'prod/db', value: value('two') })
    put(aws, { '/app/pointer': ['SecureString', '/aws/reference/secretsmanager/prod/db#password'] })
    const schema = z.object({
      current: secret('prod/db', login),
      previous: secret('prod/db:AWSPREVIOUS', login),
      version: secret(`prod/db:${versionId}`, login),
      pointer: sensitive(z.string()),
    })
    await using config = await loadConfig({ schema, ...options, ...at(aws) })

    expect(reveal(config.current)).toEqual({
      current: { username: 'app', password: 'two' },
      previous: { username: 'app', password: 'one' },
      version: { username: 'app', password: 'two' },
      pointer: 'two',
    })
    const isDirect = secretsVia === 'secrets-manager'
    expect(aws.counts.calls['secretsmanager:GetSecretValue'] ?? 0).toBe(isDirect ? 3 : 0)
    const actions = config.explain().calls.map(({ action }) => action)
    expect(actions.filter((action) => action === 'secretsmanager:GetSecretValue')).toHaveLength(isDirect ? 3 : 0)

    aws.secrets.put({ id: 'prod/db', value: value('three') })
    expect(await config.refresh()).toBe('changed')
    expect(await config.refresh()).toBe('unchanged')
    expect(reveal(config.current)).toMatchObject({ current: { password: 'three' }, pointer: 'three' })
  })

  it('distinguishes missing, deleted and binary secrets', async () => {
    const aws = await localAws()
    aws.secrets.create({ name: 'deleted', value: 'x' })
    aws.secrets.delete({ id: 'deleted' })
    aws.secrets.create({ name: 'binary', value: Uint8Array.of(1) })
    const schema = z.object({
      missing: secret('missing', z.string()),
      deleted: secret('deleted', z.string()),
      binary: secret('binary', z.string()),
    })
    const error = await rejection(loadConfig({ schema, ...options, ...at(aws) }))

    expect(error).toMatchObject({
      missing: expect.arrayContaining([expect.objectContaining({ code: 'MISSING_SECRET', key: 'missing' })]),
      unreadable: [
        { code: 'SECRET_DELETED', key: 'deleted' },
        { code: 'BINARY_SECRET', key: 'binary' },
      ],
    })
  })
})
