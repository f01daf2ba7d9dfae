import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type LocalAws, startLocalAws } from '../../src/local/index.ts'
import { localAws, put } from '../support/aws.ts'

function client(aws: LocalAws): SSMClient {
  const made = new SSMClient({ ...aws.clientOptions, maxAttempts: 1 })
  onTestFinished(() => made.destroy())
  return made
}

const post = (aws: LocalAws, target: string, body: string) =>
  fetch(aws.endpoint, { method: 'POST', headers: { 'x-amz-target': target }, body })

describe('the server', () => {
  it('answers an unknown operation as AWS does', async () => {
    const aws = await localAws()
    for (const target of ['AmazonSSM.MakeCoffee', 'Nothing.AtAll', 'AmazonSSM.constructor', '__proto__.x', '']) {
      const response = await post(aws, target, '{}')
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({ __type: 'UnknownOperationException' })
    }
  })

  it('refuses what is not a JSON object, or too much of it', async () => {
    const aws = await localAws()
    for (const body of ['{', '[]', 'null', '5']) {
      const response = await post(aws, 'AmazonSSM.GetParameter', body)
      expect(await response.json()).toMatchObject({ __type: 'SerializationException' })
    }
    expect((await post(aws, 'AmazonSSM.GetParameter', 'x'.repeat(1_100_000))).status).toBe(413)
  })

  it('survives members of any type', async () => {
    const aws = await localAws()
    for (const value of [null, 5, true, {}, [], [5]]) {
      const body = JSON.stringify({ Name: value, Names: value, Path: value, SecretId: value })
      for (const operation of ['AmazonSSM.GetParameter', 'AmazonSSM.GetParameters', 'AmazonSSM.GetParametersByPath']) {
        expect((await post(aws, operation, body)).status).toBe(400)
      }
      expect((await post(aws, 'secretsmanager.GetSecretValue', body)).status).toBe(400)
    }
  })

  it('counts calls by action, and decryptions', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x', '/app/b': ['SecureString', 'y'] })
    const ssm = client(aws)
    await ssm.send(new GetParametersCommand({ Names: ['/app/a', '/app/b'], WithDecryption: true }))
    await ssm.send(new GetParametersCommand({ Names: ['/app/a', '/app/b'] }))
    await ssm.send(new GetParameterCommand({ Name: '/app/b', WithDecryption: true }))

    const calls = { 'ssm:GetParameters': 2, 'ssm:GetParameter': 1 }
    expect(aws.counts).toEqual({ calls, total: 3, decryptions: 2 })
    aws.resetCounts()
    expect(aws.counts).toEqual({ calls: {}, total: 0, decryptions: 0 })
  })

  it('records what was asked, without values', async () => {
    const aws = await localAws()
    await client(aws).send(new PutParameterCommand({ Name: '/app/a', Value: 'hunter2', Type: 'SecureString' }))

    expect(aws.requests).toEqual([
      { action: 'ssm:PutParameter', input: { Name: '/app/a', Type: 'SecureString' }, at: expect.any(Number) },
    ])
  })

  it('keeps two servers apart', async () => {
    const [one, other] = [await localAws(), await localAws()]
    put(one, { '/app/a': 'x' })
    const call = client(other).send(new GetParameterCommand({ Name: '/app/a' }))
    await expect(call).rejects.toMatchObject({ name: 'ParameterNotFound' })
  })

  it('closes as often as it is told to', async () => {
    const aws = await startLocalAws()
    await Promise.all([aws.close(), aws.close()])
    await aws[Symbol.asyncDispose]()
    await expect(fetch(aws.endpoint)).rejects.toThrow()
  })
})

describe('policies of parameters', () => {
  it('are kept and described', async () => {
    const aws = await localAws()
    const policies = [{ Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: '20', Unit: 'Days' } }]
    const ssm = client(aws)
    const parameter = { Name: '/app/a', Value: 'x', Type: 'String', Tier: 'Advanced' } as const
    await ssm.send(new PutParameterCommand({ ...parameter, Policies: JSON.stringify(policies) }))
    const { Parameters } = await ssm.send(new DescribeParametersCommand({}))

    expect(Parameters).toMatchObject([
      {
        Name: '/app/a',
        Tier: 'Advanced',
        Policies: [
          { PolicyType: 'NoChangeNotification', PolicyStatus: 'Pending', PolicyText: JSON.stringify(policies[0]) },
        ],
      },
    ])
  })
})
