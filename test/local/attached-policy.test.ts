import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetParameterCommand, GetParametersByPathCommand } from '@aws-sdk/client-ssm'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isLike } from '../../src/local/iam-policy.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { at, localAws, put, ssmClient } from '../support/aws.ts'

const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...(Condition !== undefined && { Condition }) }],
})
const parameter = (name: string) => `arn:aws:ssm:us-east-1:123456789012:parameter${name}`
const read = (aws: LocalAws, Name: string) =>
  ssmClient(aws).send(new GetParameterCommand({ Name, WithDecryption: true }))

describe('an attached policy', () => {
  it('allows only the calls of its statements', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x', '/other/a': 'y' })
    await aws.policy.attach(allow(['ssm:GetParameter'], parameter('/app/*')))

    expect((await read(aws, '/app/a')).Parameter?.Value).toBe('x')
    await expect(read(aws, '/other/a')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('because no identity-based policy allows the ssm:GetParameter action'),
    })
    await expect(ssmClient(aws).send(new GetParametersByPathCommand({ Path: '/app' }))).rejects.toThrow(
      'not authorized to perform: ssm:GetParametersByPath',
    )
    expect(aws.policy.refused).toEqual([
      { action: 'ssm:GetParameter', resource: parameter('/other/a') },
      { action: 'ssm:GetParametersByPath', resource: parameter('/app') },
    ])
  })

  it('ends when it is removed, and with clear()', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    const attached = await aws.policy.attach(JSON.stringify(allow('ssm:GetParameter', parameter('/app/b'))))
    await expect(read(aws, '/app/a')).rejects.toThrow('not authorized')
    attached.remove()
    expect((await read(aws, '/app/a')).Parameter?.Value).toBe('x')
    await aws.policy.attach(allow('ssm:GetParameter', parameter('/app/b')))
    aws.policy.clear()
    expect((await read(aws, '/app/a')).Parameter?.Value).toBe('x')
  })

  it('adds to the others, and a Deny of one of them prevails', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x', '/app/b': 'y' })
    await aws.policy.attach(allow('ssm:Get*', parameter('/app/a')))
    await aws.policy.attach(allow('SSM:getparameter', parameter('/app/?')))
    expect((await read(aws, '/app/b')).Parameter?.Value).toBe('y')
    const Statement = { Effect: 'Deny', Action: '*', Resource: parameter('/app/b') }
    await aws.policy.attach({ Version: '2012-10-17', Statement })

    await expect(read(aws, '/app/b')).rejects.toThrow('not authorized')
    expect((await read(aws, '/app/a')).Parameter?.Value).toBe('x')
  })

  it('leaves denials in force', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    await aws.policy.attach(allow('ssm:GetParameter', '*'))
    aws.policy.deny({ action: 'ssm:GetParameter', resource: '/app/a' })

    await expect(read(aws, '/app/a')).rejects.toThrow('not authorized')
  })

  it('decides about a key by the context and the service that uses it', async () => {
    const aws = await localAws()
    const key = aws.keys.create().arn
    aws.parameters.put({ name: '/app/a', value: 'x', type: 'SecureString', keyId: key })
    aws.parameters.put({ name: '/app/b', value: 'y', type: 'SecureString', keyId: key })
    aws.parameters.put({ name: '/app/own', value: 'z', type: 'SecureString' })
    aws.secrets.create({ name: 'db', value: 's', kmsKeyId: key })
    const [kms, manager] = [new KMSClient(at(aws)), new SecretsManagerClient(at(aws))]
    onTestFinished(() => {
      kms.destroy()
      manager.destroy()
    })
    const context = { PARAMETER_ARN: parameter('/app/a') }
    const { CiphertextBlob } = await kms.send(
      new EncryptCommand({ KeyId: key, Plaintext: Buffer.from('x'), EncryptionContext: context }),
    )
    await aws.policy.attach(allow(['ssm:GetParameter', 'secretsmanager:GetSecretValue'], '*'))
    await aws.policy.attach(
      allow('kms:Decrypt', key, {
        StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': [parameter('/nothing'), parameter('/app/a*')] },
        StringEquals: { 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' },
      }),
    )

    expect((await read(aws, '/app/a')).Parameter?.Value).toBe('x')
    expect((await read(aws, '/app/own')).Parameter?.Value).toBe('z')
    await expect(read(aws, '/app/b')).rejects.toThrow('customer master key')
    await expect(kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: context }))).rejects.toThrow(
      'not authorized to perform: kms:Decrypt',
    )
    const secret = new GetSecretValueCommand({ SecretId: 'db' })
    await expect(manager.send(secret)).rejects.toThrow('Access to KMS is not allowed')
    await aws.policy.attach(
      allow('kms:Decrypt', key, {
        ArnLike: {
          'kms:EncryptionContext:SecretARN': 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????',
        },
        StringLike: { 'kms:ViaService': 'secretsmanager.*' },
      }),
    )
    expect((await manager.send(secret)).SecretString).toBe('s')
  })

  it.each([
    ['{', 'attach(): the policy must be an object'],
    [{ Statement: [] }, 'attach(): Version must be 2012-10-17'],
    [
      { ...allow('a:b', '*'), Statements: [] },
      'attach(): the policy: the local AWS does not support Statements in a policy',
    ],
    [{ Version: '2012-10-17', Statement: ['x'] }, 'attach(): Statement[0] must be an object'],
    [
      {
        Version: '2012-10-17',
        Statement: { Sid: 'Read', Effect: 'Allow', NotAction: 'a:b', Action: 'a:b', Resource: '*' },
      },
      'attach(): statement Read: the local AWS does not support NotAction in a policy',
    ],
    [{ Version: '2012-10-17', Statement: { Effect: 'allow' } }, 'attach(): statement 0: Effect must be Allow or Deny'],
    [allow([], '*'), 'attach(): statement 0: Action must be a string or a list of strings'],
    [
      allow('a:b', '*', { Bool: { 'aws:SecureTransport': 'true' } }),
      'attach(): statement 0: the local AWS does not support the condition Bool: use StringEquals, StringLike, ArnEquals, ArnLike',
    ],
  ])('refuses what it would decide otherwise than IAM: %j', async (document, message) => {
    const aws = await localAws()

    await expect(aws.policy.attach(document)).rejects.toThrow(new TypeError(message))
  })

  it('matches patterns like the equivalent regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '.', '\n'), maxLength: 8 })
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')
        expect(isLike(pattern, text)).toBe(new RegExp(`^${source}$`, 's').test(text))
      }),
      { numRuns: 2_000 },
    )
  })
})
