import { GetParameterCommand, GetParametersByPathCommand, GetParametersCommand } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { parameterShapes } from '../../src/local/parameter-shapes.ts'
import { secretShapes } from '../../src/local/secret-shapes.ts'
import { localAws, put, ssmClient } from '../support/aws.ts'

describe('a denial', () => {
  it('has the wording of IAM', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.policy.deny({ action: 'ssm:GetParameter', resource: '/app/*' })

    await expect(ssmClient(aws).send(new GetParameterCommand({ Name: '/app/a' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:sts::123456789012:assumed-role/local/session is not authorized to perform: ssm:GetParameter on ' +
        'resource: arn:aws:ssm:us-east-1:123456789012:parameter/app/a because no identity-based policy allows the ' +
        'ssm:GetParameter action',
    })
  })

  it('of one name fails a call for several names', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x', '/app/b': 'y' })
    aws.policy.deny({ action: 'ssm:*', resource: '/app/b' })
    const ssm = ssmClient(aws)
    const call = ssm.send(new GetParametersCommand({ Names: ['/app/a', '/app/b'] }))

    await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' })
    expect((await ssm.send(new GetParametersCommand({ Names: ['/app/a'] }))).Parameters).toHaveLength(1)
  })

  it('of a path does not apply to reads of its parent', async () => {
    const aws = await localAws()
    put(aws, { '/app/db/host': 'x' })
    const denial = aws.policy.deny({ action: 'ssm:GetParametersByPath', resource: '/app/db' })
    const ssm = ssmClient(aws)
    const walk = (Path: string) => ssm.send(new GetParametersByPathCommand({ Path, Recursive: true }))

    expect((await walk('/app')).Parameters).toHaveLength(1)
    await expect(walk('/app/db')).rejects.toMatchObject({ name: 'AccessDeniedException' })
    denial.remove()
    expect((await walk('/app/db')).Parameters).toHaveLength(1)
  })

  it('of a key fails only reads that decrypt with it', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': ['SecureString', 'x'] })
    aws.policy.deny({ action: 'kms:Decrypt', resource: 'alias/aws/ssm' })
    const ssm = ssmClient(aws)

    expect((await ssm.send(new GetParameterCommand({ Name: '/app/a' }))).Parameter?.Type).toBe('SecureString')
    const call = ssm.send(new GetParameterCommand({ Name: '/app/a', WithDecryption: true }))
    await expect(call).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('The ciphertext refers to a customer master key'),
    })
  })

  it('of a secret applies to its references', async () => {
    const aws = await localAws()
    put(aws, { '/app/a': 'x' })
    aws.secrets.create({ name: 'db', value: 'y' })
    aws.policy.deny({ action: 'secretsmanager:GetSecretValue', resource: 'db' })
    const Names = ['/app/a', '/aws/reference/secretsmanager/db']
    const call = ssmClient(aws).send(new GetParametersCommand({ Names, WithDecryption: true }))

    await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})

it('every operation on parameters and secrets can be denied', async () => {
  const aws = await localAws({ seed: { parameters: { '/app/a': 'x' }, secrets: { db: 'x' } } })
  aws.policy.deny({ action: ['ssm:*', 'secretsmanager:*'], resource: '*' })
  const token = '10000000-0000-4000-8000-000000000000'
  const [name, secret] = [{ Name: '/app/a' }, { SecretId: 'db' }]
  const resource = { ResourceType: 'Parameter', ResourceId: '/app/a' }
  const inputs: Readonly<Record<string, object>> = {
    PutParameter: { ...name, Value: 'y', Overwrite: true },
    GetParameters: { Names: ['/app/a'] },
    GetParametersByPath: { Path: '/app' },
    DescribeParameters: {},
    LabelParameterVersion: { ...name, Labels: ['live'] },
    UnlabelParameterVersion: { ...name, Labels: ['live'], ParameterVersion: 1 },
    DeleteParameters: { Names: ['/app/a'] },
    AddTagsToResource: { ...resource, Tags: [] },
    RemoveTagsFromResource: { ...resource, TagKeys: [] },
    ListTagsForResource: resource,
    CreateSecret: { Name: 'other' },
    PutSecretValue: { ...secret, SecretString: 'y', ClientRequestToken: token },
    BatchGetSecretValue: { SecretIdList: ['db'] },
    ListSecrets: {},
    UpdateSecretVersionStage: { ...secret, VersionStage: 'x', MoveToVersionId: token },
    RotateSecret: { ...secret, ClientRequestToken: token },
    GetRandomPassword: {},
    TagResource: { ...secret, Tags: [] },
    UntagResource: { ...secret, TagKeys: [] },
  }
  const operations = [
    ...Object.keys(parameterShapes).map((operation) => ['AmazonSSM', operation, inputs[operation] ?? name] as const),
    ...Object.keys(secretShapes).map(
      (operation) => ['secretsmanager', operation, inputs[operation] ?? secret] as const,
    ),
  ]
  for (const [service, operation, input] of operations) {
    const headers = { 'x-amz-target': `${service}.${operation}` }
    const response = await fetch(aws.endpoint, { method: 'POST', headers, body: JSON.stringify(input) })
    const body: unknown = await response.json()
    expect({ operation, body }).toMatchObject({ operation, body: { __type: 'AccessDeniedException' } })
  }
})
