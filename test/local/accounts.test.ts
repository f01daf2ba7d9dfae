import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
  type SSMClient,
} from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig, parameter, secret } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { at, localAws, put, ssmClient } from '../support/aws.ts'

const sharedArn = 'arn:aws:ssm:us-east-1:999999999999:parameter/shared/url'
const secretArn = 'arn:aws:secretsmanager:us-east-1:999999999999:secret:shared/db-AbCdEf'

async function sharing(): Promise<{ aws: LocalAws; ssm: SSMClient }> {
  const aws = await localAws()
  aws.parameters.put({ name: sharedArn, value: 'one', type: 'SecureString' })
  aws.parameters.put({ name: sharedArn, value: 'two' })
  put(aws, { '/shared/own': 'x' })
  return { aws, ssm: ssmClient(aws) }
}

describe('a parameter that another account shares', () => {
  it('is read by its ARN, alone or with others, with or without a selector', async () => {
    const { ssm } = await sharing()
    const Names = [sharedArn, `${sharedArn}:1`, '/shared/own', `${sharedArn}:9`]
    const { Parameters, InvalidParameters } = await ssm.send(new GetParametersCommand({ Names, WithDecryption: true }))
    const { Parameters: history } = await ssm.send(new GetParameterHistoryCommand({ Name: sharedArn }))

    expect(Parameters).toMatchObject([
      { Name: '/shared/own', Value: 'x' },
      { Name: '/shared/url', ARN: sharedArn, Value: 'two', Version: 2 },
      { Name: '/shared/url', ARN: sharedArn, Value: 'one', Version: 1, Selector: ':1' },
    ])
    expect(InvalidParameters).toEqual([`${sharedArn}:9`])
    expect(history?.map(({ Version }) => Version)).toEqual([1, 2])
  })

  it('is not found by its name, and not listed by a path', async () => {
    const { ssm } = await sharing()
    const byName = ssm.send(new GetParameterCommand({ Name: '/shared/url' }))
    await expect(byName).rejects.toMatchObject({ name: 'ParameterNotFound' })
    const page = await ssm.send(new GetParametersByPathCommand({ Path: '/', Recursive: true }))
    expect(page.Parameters?.map(({ Name }) => Name)).toEqual(['/shared/own'])
  })

  it('is described in a request with Shared', async () => {
    const { ssm } = await sharing()
    const own = await ssm.send(new DescribeParametersCommand({}))
    const shared = await ssm.send(new DescribeParametersCommand({ Shared: true }))
    expect(own.Parameters?.map(({ Name }) => Name)).toEqual(['/shared/own'])
    expect(shared.Parameters).toMatchObject([{ Name: '/shared/url', ARN: sharedArn, Tier: 'Advanced' }])
  })

  it('cannot be written by an API call', async () => {
    const { ssm } = await sharing()
    const call = ssm.send(new PutParameterCommand({ Name: sharedArn, Value: 'x', Type: 'String', Overwrite: true }))
    await expect(call).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('can be denied by its ARN', async () => {
    const { aws, ssm } = await sharing()
    aws.policy.deny({ action: 'ssm:GetParameter', resource: 'arn:aws:ssm:*:999999999999:*' })
    const call = ssm.send(new GetParameterCommand({ Name: sharedArn }))
    await expect(call).rejects.toThrow(`ssm:GetParameter on resource: ${sharedArn}`)
    expect((await ssm.send(new GetParameterCommand({ Name: '/shared/own' }))).Parameter?.Value).toBe('x')
  })

  it('emits no event', async () => {
    const aws = await localAws()
    const queue = aws.queues.create('events')
    aws.events.route({ source: ['aws.ssm'] }, queue.arn)
    aws.parameters.put({ name: sharedArn, value: 'x' })
    put(aws, { '/app/own': 'x' })
    const bodies = aws.queues.take(queue.url)
    expect(bodies).toHaveLength(1)
    expect(bodies[0]).toContain('/app/own')
  })
})

describe('a parameter that AWS publishes', () => {
  const name = '/aws/service/ami/latest'

  it('is read by its name, by an ARN without an account, and by its own path', async () => {
    const aws = await localAws()
    aws.parameters.put({ name, value: 'ami-12345678' })
    put(aws, { '/app/a': 'x' })
    const ssm = ssmClient(aws)
    const arn = `arn:aws:ssm:us-east-1::parameter${name}`
    const list = async (Path: string) =>
      (await ssm.send(new GetParametersByPathCommand({ Path, Recursive: true }))).Parameters?.map(({ Name }) => Name)

    expect((await ssm.send(new GetParameterCommand({ Name: name }))).Parameter).toMatchObject({ Name: name, ARN: arn })
    expect((await ssm.send(new GetParameterCommand({ Name: arn }))).Parameter).toMatchObject({ Name: name, ARN: arn })
    expect(await list('/aws/service/ami')).toEqual([name])
    expect(await list('/')).toEqual(['/app/a'])
    expect((await ssm.send(new DescribeParametersCommand({}))).Parameters).toHaveLength(1)
    const other = ssm.send(new GetParameterCommand({ Name: arn.replace('us-east-1', 'eu-west-1') }))
    await expect(other).rejects.toMatchObject({ name: 'ParameterNotFound' })
  })

  it('cannot be written by an API call', async () => {
    const call = ssmClient(await localAws()).send(new PutParameterCommand({ Name: name, Value: 'x', Type: 'String' }))
    await expect(call).rejects.toThrow(`No access to reserved parameter name: ${name}.`)
  })
})

describe('a secret that another account shares', () => {
  it('is read by its ARN, and not listed', async () => {
    const aws = await localAws()
    aws.secrets.create({ name: secretArn, value: 'hunter2' })
    aws.secrets.create({ name: 'own', value: 'x' })
    const secrets = new SecretsManagerClient({ ...aws.clientOptions, maxAttempts: 1 })
    onTestFinished(() => secrets.destroy())
    const read = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }))
    const { SecretList } = await secrets.send(new ListSecretsCommand({}))

    expect(read).toMatchObject({ ARN: secretArn, Name: 'shared/db', SecretString: 'hunter2' })
    expect(SecretList?.map(({ Name }) => Name)).toEqual(['own'])
  })
})

it('a config reads parameters and secrets of other accounts', async () => {
  const { aws } = await sharing()
  aws.secrets.create({ name: secretArn, value: 'hunter2' })
  const schema = z.object({ url: parameter(sharedArn, z.string()), password: secret(secretArn, z.string()) })
  await using config = await loadConfig({ schema, path: '/shared', ...at(aws) })
  expect(config.current).toMatchObject({ url: 'two', password: 'hunter2' })
})

it('ARNs have the partition of the region', async () => {
  const arns = { 'cn-north-1': 'arn:aws-cn:', 'us-gov-west-1': 'arn:aws-us-gov:', 'us-isob-east-1': 'arn:aws-iso-b:' }
  for (const [region, prefix] of Object.entries(arns)) {
    const aws = await localAws({ region, accountId: '210987654321' })
    put(aws, { '/app/a': 'x' })
    const { Parameter } = await ssmClient(aws).send(new GetParameterCommand({ Name: '/app/a' }))
    expect(Parameter?.ARN).toBe(`${prefix}ssm:${region}:210987654321:parameter/app/a`)
  }
})
