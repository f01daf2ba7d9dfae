import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret, sensitive } from '../../src/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'

const login = z.object({ user: z.string(), password: z.string() })
const value = '{"user":"app","password":"hunter2"}'

describe('12. reads secrets by reference, where the schema declares them', () => {
  it('reads a declared secret, one of its versions, and the target of a sensitive parameter', async () => {
    const aws = await localAws()
    aws.secrets.create({ name: 'db', value: '{"user":"app","password":"old"}' })
    aws.secrets.put({ id: 'db', value })
    put(aws, { '/app/password': ['SecureString', '/aws/reference/secretsmanager/db#password'] })
    const schema = z.object({
      login: secret('db', login),
      before: secret('db:AWSPREVIOUS', login),
      password: sensitive(z.string()),
    })
    await using config = await loadConfig({ schema, path: '/app', ...at(aws) })

    expect(config.current.login.password).toBe('hunter2')
    expect(config.current.before.password).toBe('old')
    expect(config.current.password).toBe('hunter2')
  })

  it('reads one version once for any number of keys', async () => {
    const aws = await localAws()
    aws.secrets.create({ name: 'db', value })
    put(aws, {
      '/app/user': '/aws/reference/secretsmanager/db#user',
      '/app/password': '/aws/reference/secretsmanager/db#password',
    })
    const schema = z.object({ user: sensitive(z.string()), password: sensitive(z.string()), all: secret('db', login) })
    await using config = await loadConfig({ schema, path: '/app', ...at(aws) })
    const references = aws.requests.filter(({ input }) => JSON.stringify(input).includes('/aws/reference/'))

    expect(config.current.user).toBe('app')
    expect(references.map(({ input }) => input.Names)).toEqual([['/aws/reference/secretsmanager/db']])
  })

  it('keeps a reference anywhere else as text, and warns once', async () => {
    const aws = await localAws()
    aws.secrets.create({ name: 'db', value })
    put(aws, { '/app/motd': '/aws/reference/secretsmanager/db' })
    const warnings: string[] = []
    const logger = { warn: (message: string) => warnings.push(message) }
    await using config = await loadConfig({ schema: z.object({ motd: z.string() }), path: '/app', logger, ...at(aws) })

    expect(config.current.motd).toBe('/aws/reference/secretsmanager/db')
    expect(warnings).toEqual([expect.stringContaining('/app/motd')])
  })

  it('refuses a reference to a reference', async () => {
    const aws = await localAws()
    aws.secrets.create({ name: 'db', value: '/aws/reference/secretsmanager/other' })
    const error = await loadError(loadConfig({ schema: z.object({ login: secret('db', z.string()) }), ...at(aws) }))

    expect(error.problems).toMatchObject([{ code: 'REFERENCE_TO_REFERENCE', key: 'login' }])
  })

  it('reads ARNs and binary secrets through Secrets Manager', async () => {
    const aws = await localAws()
    const { arn } = aws.secrets.create({ name: 'db', value })
    aws.secrets.create({ name: 'cert', value: new Uint8Array([1, 2, 3]) })
    const schema = z.object({ login: secret(arn, login), cert: secret('cert', { binary: true }) })
    await using config = await loadConfig({ schema, ...at(aws) })

    expect(config.current.login.user).toBe('app')
    expect(config.current.cert).toEqual(new Uint8Array([1, 2, 3]))
    expect(aws.counts.calls).toEqual({ 'secretsmanager:GetSecretValue': 2 })
  })
})
