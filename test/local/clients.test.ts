import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm'
import awsLite from '@aws-lite/client'
import ssmPlugin from '@aws-lite/ssm'
import middy from '@middy/core'
import secretsManager from '@middy/secrets-manager'
import ssm from '@middy/ssm'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { type LocalAws, startLocalAws } from '../../src/local/index.ts'
import { localAws } from '../support/aws.ts'
import { runNode } from '../support/run-process.ts'

type LiteCall = (input: object) => Promise<Readonly<Record<string, unknown>>>

function shop(): Promise<LocalAws> {
  return localAws({
    seed: {
      parameters: {
        '/app/port': '8080',
        '/app/key': { value: 'hunter2', type: 'SecureString' },
        '/app/hosts': { value: 'a,b', type: 'StringList' },
      },
      secrets: { 'prod/db': '{"user":"app"}' },
    },
  })
}

describe('third-party clients', () => {
  it('Powertools reads parameters and secrets', async () => {
    const aws = await shop()
    const parameters = new SSMProvider({ clientConfig: aws.clientOptions })
    const secrets = new SecretsProvider({ clientConfig: aws.clientOptions })

    expect(await parameters.getMultiple('/app', { recursive: true, decrypt: true })).toEqual({
      port: '8080',
      key: 'hunter2',
      hosts: 'a,b',
    })
    expect(await parameters.getParametersByName({ '/app/port': {}, '/app/key': { decrypt: true } })).toEqual({
      '/app/port': '8080',
      '/app/key': 'hunter2',
    })
    await parameters.set('/app/new', { value: 'x' })
    expect(await parameters.get('/app/new')).toBe('x')
    expect(await secrets.get('prod/db', { transform: 'json' })).toEqual({ user: 'app' })
  })

  it('Middy puts parameters and secrets into the context', async () => {
    const aws = await shop()
    const options = { awsClientOptions: aws.clientOptions, setToContext: true, cacheExpiry: 0 }
    const handler = middy(async (_event: object, context: object) => context)
      .use(ssm({ ...options, cacheKey: 'ssm', fetchData: { app: '/app/', port: '/app/port' } }))
      .use(secretsManager({ ...options, cacheKey: 'secrets', fetchData: { db: 'prod/db' } }))
    const context = await Reflect.apply(handler, undefined, [{}, {}])

    expect(context).toMatchObject({
      port: '8080',
      db: { user: 'app' },
      app: { port: '8080', key: 'hunter2', hosts: ['a', 'b'] },
    })
  })

  it('aws-lite reads parameters', async () => {
    const aws = await shop()
    const { endpoint, region, credentials } = aws.clientOptions
    const client = await awsLite({ endpoint, region, ...credentials, plugins: [ssmPlugin] })
    const lite: Record<'GetParameter' | 'GetParametersByPath' | 'PutParameter', LiteCall> = Reflect.get(client, 'SSM')
    const page = await lite.GetParametersByPath({ Path: '/app', WithDecryption: true })

    expect(page.Parameters).toMatchObject([{ Value: 'a,b' }, { Value: 'hunter2' }, { Value: '8080' }])
    await lite.PutParameter({ Name: '/app/new', Value: 'x', Type: 'String' })
    expect(await lite.GetParameter({ Name: '/app/new' })).toMatchObject({ Parameter: { Value: 'x' } })
    await expect(lite.GetParameter({ Name: '/app/none' })).rejects.toMatchObject({
      name: 'ParameterNotFound',
      statusCode: 400,
    })
  })
})

describe('a config loads', () => {
  const schema = z.object({ port: z.number(), hosts: z.array(z.string()), key: z.string() })

  it('with a client that has the client options', async () => {
    const aws = await shop()
    const { SSMClient } = await import('@aws-sdk/client-ssm')
    const client = new SSMClient(aws.clientOptions)
    await using config = await loadConfig({ schema, path: '/app', client })
    expect(config.current).toEqual({ port: 8080, hosts: ['a', 'b'], key: 'hunter2' })
    client.destroy()
  })

  it('in another process with only the environment variables', async () => {
    const aws = await startLocalAws({ seed: { parameters: { '/app/port': '8080' } } })
    const program = `
      import { loadConfig } from './src/index.ts'
      import * as z from 'zod'
      const config = await loadConfig({ schema: z.object({ port: z.number() }), path: '/app' })
      console.log(config.current.port)
      await config.close()
    `
    const bare = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_PROFILE: undefined }
    const { code, output, errors } = await runNode(['--input-type=module', '--eval', program], {
      ...bare,
      ...aws.environment,
    })
    await aws.close()
    expect({ code, output, errors }).toEqual({ code: 0, output: '8080\n', errors: '' })
  })
})
