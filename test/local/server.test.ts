import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { type LocalAws, startLocalAws } from '../../src/local/index.ts'
import { localAws, put, ssmClient } from '../support/aws.ts'

// The local AWS does not verify the signature of a form, only that there is one.
const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=x' }

const post = (aws: LocalAws, target: string, body: string) =>
  fetch(aws.endpoint, { method: 'POST', headers: { 'x-amz-target': target }, body })

describe('the server', () => {
  it('names an unknown operation or service, and those that exist', async () => {
    const aws = await localAws()
    const refusals = [
      ['AmazonSSM.GetParamter', 'the operation GetParamter of ssm: did you mean GetParameter?'],
      ['AmazonSSM.MakeCoffee', 'the operation MakeCoffee of ssm: it has PutParameter, GetParameter,'],
      ['AmazonSSM.constructor', 'the operation constructor of ssm'],
      ['secretsmanager.PutResourcePolicy', 'the operation PutResourcePolicy of secretsmanager'],
      ['secretsmanager.ReplicateSecretToRegions', 'the operation ReplicateSecretToRegions of secretsmanager'],
      ['AmazonEC2.RunInstances', 'the service of this X-Amz-Target: it has AmazonSQS'],
      ['__proto__.x', 'the service of this X-Amz-Target'],
      ['', 'the service of this X-Amz-Target'],
    ] as const
    for (const [target, text] of refusals) {
      const response = await post(aws, target, '{}')
      expect(response.status).toBe(400)
      expect(await response.json()).toEqual({
        __type: 'UnknownOperationException',
        message: expect.stringContaining(text),
      })
    }
  })

  it('names an unknown operation of the query protocol', async () => {
    const aws = await localAws()
    const refusals = [
      [
        'Action=ListTopcs&Version=2010-03-31',
        '<Code>InvalidAction</Code>',
        'ListTopcs of sns: did you mean ListTopics?',
      ],
      [
        'Action=AssumeRole&Version=2011-06-15',
        '<Code>InvalidAction</Code>',
        'AssumeRole of sts: it has GetCallerIdentity',
      ],
      [
        'Action=SendMessage&Version=2012-11-05',
        '<Code>UnknownOperationException</Code>',
        'for SQS, use an SDK with the JSON protocol',
      ],
    ] as const
    for (const [body, code, text] of refusals) {
      const response = await fetch(aws.endpoint, { method: 'POST', headers: signed, body })
      expect(response.status).toBe(400)
      const xml = await response.text()
      expect(xml).toContain(code)
      expect(xml).toContain(text)
    }
  })

  it('answers the caller identity of STS', async () => {
    const aws = await localAws({ region: 'cn-north-1', accountId: '210987654321' })
    const body = 'Action=GetCallerIdentity&Version=2011-06-15'
    const response = await fetch(aws.endpoint, { method: 'POST', headers: signed, body })
    const xml = await response.text()

    expect(response.status).toBe(200)
    expect(xml).toContain('<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">')
    expect(xml).toContain('<Account>210987654321</Account>')
    expect(xml).toContain('<Arn>arn:aws-cn:sts::210987654321:assumed-role/local/session</Arn>')
  })

  it('names an unsupported member, and suggests the nearest member', async () => {
    const aws = await localAws()
    const refusals = [
      ['AmazonSSM.GetParameter', { Name: '/a', Decrypt: true }, 'the member Decrypt of ssm:GetParameter: remove it'],
      ['AmazonSSM.GetParameters', { Name: '/a' }, 'the member Name of ssm:GetParameters: did you mean Names?'],
      [
        'AmazonSSM.PutParameter',
        { Name: '/a', Value: 'hunter2', Type: 'String', Tags: [{ Key: 'a', Value: 'b', Scope: 'hunter2' }] },
        'the member tags.1.member.Scope of ssm:PutParameter: remove it',
      ],
      [
        'secretsmanager.CreateSecret',
        { Name: 'a', AddReplicaRegions: [{ Region: 'eu-west-1' }] },
        'the member AddReplicaRegions of secretsmanager:CreateSecret: remove it',
      ],
      [
        'secretsmanager.CreateSecret',
        { Name: 'a', ForceOverwriteReplicaSecret: true },
        'only false for the member forceOverwriteReplicaSecret of secretsmanager:CreateSecret',
      ],
    ] as const
    for (const [target, input, text] of refusals) {
      const response = await post(aws, target, JSON.stringify(input))
      expect(response.status).toBe(400)
      const body = await response.text()
      expect(JSON.parse(body)).toMatchObject({ __type: 'ValidationException', message: expect.stringContaining(text) })
      expect(body).not.toContain('hunter2')
    }
  })

  it('describes itself to a browser or a client of another service', async () => {
    const aws = await localAws()
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${aws.endpoint}/bucket/key`, { method })
      expect(response.status).toBe(404)
      expect(await response.text()).toContain('This is the local AWS of liveparam. It takes POST requests')
    }
  })

  it('names its protocols to a client of another protocol', async () => {
    const aws = await localAws()
    const bodies = { 'application/json': '{"Name":"/a"}', 'application/cbor': '\xa0', 'text/plain': 'x', '': '' }
    for (const [type, body] of Object.entries(bodies)) {
      const response = await fetch(`${aws.endpoint}/service/x`, {
        method: 'POST',
        headers: { ...signed, 'content-type': type },
        body,
      })
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('It takes POST requests of the AWS JSON protocol')
    }
  })

  it('refuses a body that is too large or not a JSON object', async () => {
    const aws = await localAws()
    for (const body of ['{', '[]', 'null', '5']) {
      const response = await post(aws, 'AmazonSSM.GetParameter', body)
      expect(await response.json()).toMatchObject({ __type: 'SerializationException' })
    }
    expect((await post(aws, 'AmazonSSM.GetParameter', 'x'.repeat(8_400_000))).status).toBe(413)
  })

  it('refuses members of the wrong type', async () => {
    const aws = await localAws()
    for (const value of [null, 5, true, {}, [], [5]]) {
      const body = JSON.stringify({ Name: value, Names: value, Path: value, SecretId: value })
      for (const operation of ['AmazonSSM.GetParameter', 'AmazonSSM.GetParameters', 'AmazonSSM.GetParametersByPath']) {
        expect((await post(aws, operation, body)).status).toBe(400)
      }
      expect((await post(aws, 'secretsmanager.GetSecretValue', body)).status).toBe(400)
    }
  })

  it('counts decryptions, and calls by action', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x', '/app/b': ['SecureString', 'y'] })
    const ssm = ssmClient(aws)
    await ssm.send(new GetParametersCommand({ Names: ['/app/a', '/app/b'], WithDecryption: true }))
    await ssm.send(new GetParametersCommand({ Names: ['/app/a', '/app/b'] }))
    await ssm.send(new GetParameterCommand({ Name: '/app/b', WithDecryption: true }))

    const calls = { 'ssm:GetParameters': 2, 'ssm:GetParameter': 1 }
    expect(aws.counts).toEqual({ calls, total: 3, decryptions: 2 })
    aws.resetCounts()
    expect(aws.counts).toEqual({ calls: {}, total: 0, decryptions: 0 })
  })

  it('records the input of calls without values', async () => {
    const aws = await localAws()
    await ssmClient(aws).send(new PutParameterCommand({ Name: '/app/a', Value: 'hunter2', Type: 'SecureString' }))

    expect(aws.requests).toEqual([
      { action: 'ssm:PutParameter', input: { Name: '/app/a', Type: 'SecureString' }, at: expect.any(Number) },
    ])
  })

  it('shares no state with another server', async () => {
    const [one, other] = [await localAws(), await localAws()]
    put(one, { '/app/a': 'x' })
    const call = ssmClient(other).send(new GetParameterCommand({ Name: '/app/a' }))
    await expect(call).rejects.toMatchObject({ name: 'ParameterNotFound' })
  })

  it('can be closed more than once', async () => {
    const aws = await startLocalAws()
    await Promise.all([aws.close(), aws.close()])
    await aws[Symbol.asyncDispose]()
    await expect(fetch(aws.endpoint)).rejects.toThrow()
  })
})

describe('DescribeParameters', () => {
  it('shows the policies of parameters', async () => {
    const aws = await localAws()
    const policies = [{ Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: '20', Unit: 'Days' } }]
    const ssm = ssmClient(aws)
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
