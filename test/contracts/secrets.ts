import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { GetParameterCommand, GetParametersCommand } from '@aws-sdk/client-ssm'
import { describe, expect, it } from 'vitest'
import { errorOf, type Workbench } from './workbench.ts'

/** The contract of Secrets Manager, and of Parameter Store's references to it. */
export function describeSecrets(aws: Workbench): void {
  describe('secrets', () => {
    const create = async (SecretString: string) => {
      const Name = `contract${aws.path()}`
      const { ARN = '', VersionId = '' } = await aws.secrets.send(new CreateSecretCommand({ Name, SecretString }))
      return { Name, ARN, VersionId }
    }
    const contentOf = async (input: { SecretId: string; VersionStage?: string; VersionId?: string }) =>
      (await aws.secrets.send(new GetSecretValueCommand(input))).SecretString

    it('keeps the previous version when a new one becomes current', async () => {
      const { Name, ARN, VersionId } = await create('one')
      await aws.secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'two' }))

      expect(await contentOf({ SecretId: Name })).toBe('two')
      expect(await contentOf({ SecretId: Name, VersionStage: 'AWSPREVIOUS' })).toBe('one')
      expect(await contentOf({ SecretId: ARN, VersionId })).toBe('one')
    })

    it('moves stages by hand', async () => {
      const { Name, VersionId } = await create('one')
      const next = await aws.secrets.send(
        new PutSecretValueCommand({ SecretId: Name, SecretString: 'two', VersionStages: ['AWSPENDING'] }),
      )
      expect(await contentOf({ SecretId: Name })).toBe('one')
      const move = { SecretId: Name, VersionStage: 'AWSCURRENT', RemoveFromVersionId: VersionId }
      await aws.secrets.send(new UpdateSecretVersionStageCommand({ ...move, MoveToVersionId: next.VersionId }))
      const { VersionIdsToStages } = await aws.secrets.send(new DescribeSecretCommand({ SecretId: Name }))

      expect(await contentOf({ SecretId: Name, VersionStage: 'AWSCURRENT' })).toBe('two')
      expect(VersionIdsToStages?.[VersionId]).toEqual(['AWSPREVIOUS'])
    })

    aws.asAws('stage moves', 'takes the version that a stage was moved to for the current one', async () => {
      const { Name, VersionId } = await create('one')
      await aws.secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }))
      const { VersionId: second } = await aws.secrets.send(new GetSecretValueCommand({ SecretId: Name }))
      const move = { SecretId: Name, VersionStage: 'AWSCURRENT', RemoveFromVersionId: second }
      await aws.secrets.send(new UpdateSecretVersionStageCommand({ ...move, MoveToVersionId: VersionId }))

      expect(await contentOf({ SecretId: Name })).toBe('one')
    })

    it('returns bytes unchanged', async () => {
      const Name = `contract${aws.path()}`
      await aws.secrets.send(new CreateSecretCommand({ Name, SecretBinary: new Uint8Array([0, 255, 7]) }))
      const { SecretBinary, SecretString } = await aws.secrets.send(new GetSecretValueCommand({ SecretId: Name }))
      expect([...(SecretBinary ?? [])]).toEqual([0, 255, 7])
      expect(SecretString).toBeUndefined()
    })

    it('reads a batch, and reports the secrets that it cannot read', async () => {
      const { Name } = await create('one')
      const { SecretValues, Errors } = await aws.secrets.send(
        new BatchGetSecretValueCommand({ SecretIdList: [Name, 'contract/none'] }),
      )
      expect(SecretValues?.map(({ SecretString }) => SecretString)).toEqual(['one'])
      expect(Errors).toMatchObject([{ SecretId: 'contract/none', ErrorCode: 'ResourceNotFoundException' }])
    })

    it('refuses to read a secret that is marked for deletion', async () => {
      const { Name } = await create('one')
      await aws.secrets.send(new DeleteSecretCommand({ SecretId: Name }))
      expect(await errorOf(contentOf({ SecretId: Name }))).toBe('InvalidRequestException')
    })

    aws.asAws('secret errors', 'answers what is missing with 400', async () => {
      const call = aws.secrets.send(new GetSecretValueCommand({ SecretId: 'contract/none' }))
      await expect(call).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
        message: "Secrets Manager can't find the specified secret.",
        $metadata: { httpStatusCode: 400 },
      })
    })
  })

  describe('references to secrets', () => {
    const prefix = '/aws/reference/secretsmanager'
    const read = async (name: string, WithDecryption = true) =>
      (await aws.ssm.send(new GetParameterCommand({ Name: `${prefix}/${name}`, WithDecryption }))).Parameter
    const create = async (value: { SecretString: string } | { SecretBinary: Uint8Array }) => {
      const Name = `contract${aws.path()}`
      const { VersionId = '' } = await aws.secrets.send(new CreateSecretCommand({ Name, ...value }))
      return { Name, VersionId }
    }

    it('read the current version, a stage and a version id', async () => {
      const { Name, VersionId } = await create({ SecretString: 'one' })
      await aws.secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }))
      expect((await read(Name))?.Value).toBe('two')
      expect((await read(`${Name}:AWSPREVIOUS`))?.Value).toBe('one')
      expect((await read(`${Name}:${VersionId}`))?.Value).toBe('one')
    })

    it('need decryption', async () => {
      const { Name } = await create({ SecretString: 'one' })
      expect(await errorOf(read(Name, false))).toBe('ValidationException')
    })

    aws.asAws('reference names', 'answer with the reference name, version 0 and the ARN of the secret', async () => {
      const { Name } = await create({ SecretString: 'one' })
      const parameter = await read(`${Name}:AWSCURRENT`)
      expect(parameter).toMatchObject({ Name: `${prefix}/${Name}`, Version: 0, Selector: ':AWSCURRENT' })
      expect(parameter?.ARN).toMatch(/^arn:aws:secretsmanager:/)
      expect(parameter?.DataType).toBeUndefined()
    })

    aws.asAws('reference source', 'carry the version id in a lower-camel SourceResult', async () => {
      const { Name, VersionId } = await create({ SecretString: 'one' })
      const source: unknown = JSON.parse((await read(Name))?.SourceResult ?? '')
      expect(source).toMatchObject({
        name: Name,
        versionId: VersionId,
        secretString: 'one',
        versionStages: ['AWSCURRENT'],
        createdDate: expect.stringMatching(/^[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d{2}:\d{2}\s[AP]M$/),
      })
    })

    it('to missing secrets are not found', async () => {
      expect(await errorOf(read('contract/none'))).toBe('ParameterNotFound')
    })

    aws.asAws('bad references', 'are told apart', async () => {
      const { Name } = await create({ SecretString: 'one' })
      await aws.secrets.send(new DeleteSecretCommand({ SecretId: Name }))
      await expect(read('contract/none')).rejects.toThrow(
        'An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/contract/nonenull not found.',
      )
      await expect(read('a:b:c')).rejects.toThrow(/Please use correct syntax for referencing a version/)
      await expect(read('arn:aws:secretsmanager:us-east-1:123456789012:secret:x')).rejects.toThrow(/correct syntax/)
      await expect(read(Name)).rejects.toThrow('Invalid Request to Secrets Manager')
    })

    aws.asAws('references undecrypted', 'that cannot be answered are invalid among others', async () => {
      const { Name } = await create({ SecretString: 'one' })
      const parameter = `${aws.path()}/a`
      await aws.put(parameter, 'x')
      const Names = [parameter, `${prefix}/${Name}`, `${prefix}/contract/none`]
      const decrypted = await aws.ssm.send(new GetParametersCommand({ Names, WithDecryption: true }))
      const plain = await aws.ssm.send(new GetParametersCommand({ Names }))

      expect(decrypted.InvalidParameters).toEqual([`${prefix}/contract/none`])
      expect(plain.Parameters?.map((found) => found.Name)).toEqual([parameter])
    })

    aws.asAws('binary references', 'to bytes have no value', async () => {
      const { Name } = await create({ SecretBinary: new Uint8Array([1]) })
      const parameter = await read(Name)
      expect(parameter).toMatchObject({ Type: 'SecureString', Version: 0 })
      expect(parameter?.Value).toBeUndefined()
    })
  })
}
