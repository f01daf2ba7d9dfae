import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  ListTagsForResourceCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type LocalAws, startLocalAws } from '../../src/local/index.ts'
import { localAws } from '../support/aws.ts'

function clients(aws: LocalAws): { ssm: SSMClient; secrets: SecretsManagerClient } {
  const made = { ssm: new SSMClient(aws.clientOptions), secrets: new SecretsManagerClient(aws.clientOptions) }
  onTestFinished(() => {
    made.ssm.destroy()
    made.secrets.destroy()
  })
  return made
}

describe('a seed', () => {
  it('stores parameters of every type before the start', async () => {
    const aws = await localAws({
      seed: {
        parameters: {
          '/app/port': '8080',
          '/app/hosts': { value: 'a,b', type: 'StringList', dataType: 'hostname', tags: { team: 'shop' } },
          '/app/key': { value: 'hunter2', type: 'SecureString', description: 'signs cookies' },
        },
      },
    })
    const { ssm } = clients(aws)
    const page = await ssm.send(new GetParametersByPathCommand({ Path: '/app', WithDecryption: true }))
    const tags = await ssm.send(new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: '/app/hosts' }))

    expect(page.Parameters).toMatchObject([
      { Name: '/app/hosts', Type: 'StringList', Value: 'a,b', DataType: 'hostname', Version: 1 },
      { Name: '/app/key', Type: 'SecureString', Value: 'hunter2' },
      { Name: '/app/port', Type: 'String', Value: '8080', DataType: 'text' },
    ])
    expect(tags.TagList).toEqual([{ Key: 'team', Value: 'shop' }])
  })

  it('stores secrets before the start: text, bytes and objects', async () => {
    const bytes = Uint8Array.of(0, 255)
    const aws = await localAws({
      seed: {
        secrets: { 'prod/db': '{"user":"app"}', blob: bytes, 'rds!db-1': { value: 'x', description: 'managed' } },
      },
    })
    const { secrets } = clients(aws)
    const read = (SecretId: string) => secrets.send(new GetSecretValueCommand({ SecretId }))

    expect((await read('prod/db')).SecretString).toBe('{"user":"app"}')
    expect([...((await read('blob')).SecretBinary ?? [])]).toEqual([0, 255])
    expect((await read('rds!db-1')).SecretString).toBe('x')
  })

  it('stores parameters and secrets of other accounts, and parameters that AWS publishes', async () => {
    const shared = 'arn:aws:ssm:us-east-1:999999999999:parameter/shared/url'
    const secret = 'arn:aws:secretsmanager:us-east-1:999999999999:secret:shared/db-AbCdEf'
    const region = '/aws/service/global-infrastructure/regions/eu-west-1'
    const aws = await localAws({
      seed: { parameters: { [shared]: 'https://shop', [region]: 'eu-west-1' }, secrets: { [secret]: 'hunter2' } },
    })
    const { ssm, secrets } = clients(aws)
    const get = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter

    expect(await get(shared)).toMatchObject({ Name: '/shared/url', ARN: shared, Value: 'https://shop' })
    expect(await get(region)).toMatchObject({ Name: region, ARN: `arn:aws:ssm:us-east-1::parameter${region}` })
    expect((await get(`arn:aws:ssm:us-east-1::parameter${region}`))?.Value).toBe('eu-west-1')
    expect((await secrets.send(new GetSecretValueCommand({ SecretId: secret }))).SecretString).toBe('hunter2')
    await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'shared/db' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })
})

describe('an invalid option', () => {
  const start = (options: object) => Reflect.apply(startLocalAws, undefined, [options]) as Promise<LocalAws>

  it.each([
    [{ prot: 4_000 }, 'startLocalAws(): there is no option prot: did you mean port?'],
    [{ port: 70_000 }, 'startLocalAws(): port must be a port from 0 to 65535'],
    [{ region: 'useast1' }, 'startLocalAws(): region must be a region such as us-east-1'],
    [{ accountId: 123_456_789_012 }, 'startLocalAws(): accountId must be a string of twelve digits'],
    [{ clock: {} }, 'startLocalAws(): clock must be an object with now() and sleep()'],
    [{ seed: 5 }, 'startLocalAws(): seed must be an object such as { parameters, secrets }, or the path of a file'],
    [{ seed: { parameter: {} } }, 'startLocalAws(): there is no option seed.parameter: did you mean parameters?'],
    [{ seed: { parameters: ['hunter2'] } }, 'seed.parameters must be an object with one entry for each name'],
    [{ seed: { parameters: { '/a': 8080 } } }, "startLocalAws(): seed.parameters['/a'] must be a string, or an object"],
    [{ seed: { parameters: { '/a': null } } }, "startLocalAws(): seed.parameters['/a'] must be a string, or an object"],
    [
      { seed: { parameters: { '/a': { value: 'hunter2', typ: 'String' } } } },
      "seed.parameters['/a']: there is no option typ: did you mean type?",
    ],
    [{ seed: { parameters: { '/a': {} } } }, "seed.parameters['/a']: value must be a string"],
    [
      { seed: { parameters: { 'a b': 'hunter2' } } },
      `seed.parameters['a b']: a name can have letters, numbers and ._-/, but not " "`,
    ],
    [
      { seed: { parameters: { '/a': { value: 'hunter2', dataType: 'integer' } } } },
      "seed.parameters['/a']: The parameter value is not valid for the data type integer.",
    ],
    [
      { seed: { parameters: { '/a': { value: 'hunter2', dataType: 'aws:ec2:image' } } } },
      "seed.parameters['/a']: The parameter value is not valid for the data type aws:ec2:image.",
    ],
    [
      { seed: { parameters: { '/a': { value: 'hunter2', type: 'SecureString', keyId: 'alias/none' } } } },
      "seed.parameters['/a']: Invalid keyId alias/none",
    ],
    [{ seed: { secrets: { db: { user: 'hunter2' } } } }, "seed.secrets['db']: there is no option user"],
    [{ seed: { secrets: { 'd b': 'hunter2' } } }, "startLocalAws(): seed.secrets['d b']: Invalid name. Must be"],
  ])('is named in the error, without a value: %j', async (options, message) => {
    const error = await start(options).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(message)
    expect(String(error)).not.toContain('hunter2')
  })
})
