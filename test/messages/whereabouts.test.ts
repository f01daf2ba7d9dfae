import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { whereaboutsOf } from '../../src/aws/whereabouts.ts'
import { loadConfig } from '../../src/index.ts'
import { identityIn } from '../../src/platform/aws-identity.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadFrom } from '../support/load.ts'
import { loadError } from '../support/rejection.ts'
import { runNode } from '../support/run-process.ts'

const schema = z.object({ port: z.number(), host: z.string() })

describe('the error of a failed start names where it read and with which identity', () => {
  it('by region, endpoint and the account of the parameters', async () => {
    const aws = await localAws()
    put(aws, { '/app/port': '1' })
    const error = await loadError(loadConfig({ schema, path: '/app', ...at(aws) }))

    const { region, endpoint } = at(aws)
    const credentials = 'environment variables'
    expect(error.where).toEqual({ account: expect.stringMatching(/^\d{12}$/), region, endpoint, credentials })
    expect(error.message.split('\n')[1]).toBe(
      `  read with account ${error.where?.account}, region ${region}, credentials from ${credentials}, endpoint ${endpoint}`,
    )
  })

  it('by the account of the credentials of a client', async () => {
    const aws = await localAws()
    const credentials = { accessKeyId: 'AKIAHUNTER2', secretAccessKey: 'hunter2-secret', accountId: '111122223333' }
    const client = new SSMClient({ ...aws.clientOptions, credentials })
    onTestFinished(() => client.destroy())
    const error = await loadError(loadConfig({ schema, path: '/app', client }))

    expect(error.where).toMatchObject({ account: '111122223333' })
    expect(error.message).not.toMatch(/hunter2/i)
  })

  it('by the role that a denial names', async () => {
    const detail =
      'User: arn:aws:sts::123456789012:assumed-role/shop-task/4f2 is not authorized to perform: ssm:GetParameters'
    const failure = { code: 'ACCESS_DENIED', isTransient: false, detail, remedy: 'allow it' } as const
    const { memorySource } = await import('../../src/testing/index.ts')
    const source = memorySource({ parameters: { '/app/port': '1' } })
    source.fail('*', failure)
    const error = await loadError(loadConfig({ schema, path: '/app', source }))

    expect(error.where).toEqual({ account: '123456789012', role: 'shop-task' })
  })

  it('by an endpoint without user, password and query', async () => {
    const aws = await localAws()
    const endpoint = `${aws.endpoint.replace('//', '//user:hunter2@')}/?key=hunter2`
    const error = await loadError(
      loadConfig({ schema, path: '/app', region: 'eu-west-1', endpoint, startup: { timeoutMs: 500 } }),
    )

    expect(error.message).not.toContain('hunter2')
  })

  it('is left out for a custom source', async () => {
    const error = await loadError(loadFrom(schema))

    expect([error.where, error.message.split('\n')[1]]).toEqual([undefined, ''])
  })
})

it.each([
  [{ CREDENTIALS_ENV_VARS: 'g' }, undefined, 'environment variables'],
  [{ CREDENTIALS_STS_ASSUME_ROLE_WEB_ID: 'k' }, 'shop', 'a web identity token'],
  [{ CREDENTIALS_HTTP: 'z' }, undefined, 'the container'],
  [{ CREDENTIALS_IMDS: '0' }, undefined, 'the instance metadata'],
  [{ CREDENTIALS_PROFILE_SSO: 'r', CREDENTIALS_SSO: 's' }, undefined, 'IAM Identity Center'],
  [{}, 'shop', undefined],
])('names the role of the environment if it is in use: %j', async ($source, role, credentials) => {
  const config = { credentials: async () => ({ $source, accessKeyId: 'hunter2' }) }
  const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const where = await whereaboutsOf({
    config,
    account: undefined,
    hasCalled: true,
    environment: { role: 'shop' },
    nextTurn,
  })

  expect(where).toEqual({ ...(role && { role }), ...(credentials && { credentials }) })
})

it('does not wait for credentials that must be fetched', async () => {
  const config = {
    credentials: () => new Promise(() => undefined),
    region: async () => Promise.reject(new Error('none')),
  }
  const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))
  const facts = { config, account: '123456789012', hasCalled: true, environment: {}, nextTurn }

  expect(await whereaboutsOf(facts)).toEqual({ account: '123456789012' })
})

describe('the environment', () => {
  async function files(): Promise<Record<string, string>> {
    const folder = await mkdtemp(join(tmpdir(), 'liveparam-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const [config, credentials] = [join(folder, 'config'), join(folder, 'credentials')]
    await writeFile(config, '[default]\nregion = eu-west-1\n[profile shop-prod]\nregion = eu-west-1\n')
    await writeFile(credentials, '[keys]\naws_access_key_id = x\n')
    return { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials }
  }

  it.each([
    ['shop-prod', false],
    ['keys', false],
    ['default', false],
    ['shop-prd', true],
  ])('names the profile %s and whether it is missing', async (profile, isProfileMissing) => {
    expect(await identityIn({ ...(await files()), AWS_PROFILE: profile })).toEqual({ profile, isProfileMissing })
  })

  it('names the role and the endpoint', async () => {
    const environment = {
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/shop',
      AWS_ENDPOINT_URL: 'http://localhost:4566',
    }
    expect(await identityIn(environment)).toEqual({
      role: environment.AWS_ROLE_ARN,
      endpoint: environment.AWS_ENDPOINT_URL,
    })
  })

  it('names a missing profile in the error of a start', async () => {
    const program = `
      import { loadConfig } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}
      import * as z from 'zod'
      const schema = z.object({ a: z.string() })
      await loadConfig({ schema, path: '/app', region: 'eu-west-1', startup: { timeoutMs: 3000 } }).catch((error) => console.log(error.message))`
    const keys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
    const environment = { ...(await files()), ...keys, AWS_PROFILE: 'shop-prd', AWS_EC2_METADATA_DISABLED: 'true' }
    const { output } = await runNode(['--input-type=module', '--eval', program], environment)

    expect(output).toContain('profile shop-prd (which does not exist)')
    expect(output).toContain('the shared config files have no profile "shop-prd"')
    expect(output).toContain('correct the name of the profile')
  })
})
