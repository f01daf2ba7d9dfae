import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms'
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** An implementation of the AWS APIs. */
export interface AwsUnderTest {
  readonly name: string
  readonly endpoint: string
  close(): Promise<void>
}

/** Where an implementation is known to differ from AWS, and how. */
export type Differences = Partial<Record<Topic, string>>

type Topic =
  | 'alphabetical answers'
  | 'selectors in answers'
  | 'ARNs in GetParameters'
  | 'label filter'
  | 'last page'
  | 'name rules'
  | 'value rules'
  | 'type changes'
  | 'opaque ciphertext'
  | 'unknown keys'
  | 'reference names'
  | 'reference source'
  | 'bad references'
  | 'references undecrypted'
  | 'binary references'
  | 'secret errors'
  | 'stage moves'

/** What our local AWS and moto are both to be right about; where one is not, its differences say so by name. */
export function describeAws(start: () => Promise<AwsUnderTest>, differences: Differences = {}): void {
  let aws: AwsUnderTest
  let ssm: SSMClient
  let secrets: SecretsManagerClient
  let kms: KMSClient
  let folders = 0

  beforeAll(async () => {
    aws = await start()
    const options = {
      endpoint: aws.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    }
    ssm = new SSMClient(options)
    secrets = new SecretsManagerClient(options)
    kms = new KMSClient(options)
  })

  afterAll(async () => {
    for (const client of [ssm, secrets, kms]) client.destroy()
    await aws.close()
  })

  const path = () => `/contract/f${folders++}`
  const put = (Name: string, Value: string, more: object = {}) =>
    ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }))
  const overwrite = (Name: string, Value: string) => put(Name, Value, { Overwrite: true })
  const errorOf = (call: Promise<unknown>) =>
    call.then(
      () => 'no error',
      (error: Error) => error.name,
    )
  const asAws = (topic: Topic, behaviour: string, test: () => Promise<void>) => {
    const difference = differences[topic]
    if (difference === undefined) it(behaviour, test)
    else it.fails(`${behaviour} [differs: ${difference}]`, test)
  }

  describe('PutParameter', () => {
    it('counts versions up, also for the same value', async () => {
      const name = `${path()}/a`
      expect((await put(name, 'x')).Version).toBe(1)
      expect((await overwrite(name, 'x')).Version).toBe(2)
    })

    it('overwrites only when told to', async () => {
      const name = `${path()}/a`
      await put(name, 'x')
      expect(await errorOf(put(name, 'y'))).toBe('ParameterAlreadyExists')
    })

    it('wants a type for a new parameter, and a value', async () => {
      const name = `${path()}/a`
      expect(await errorOf(ssm.send(new PutParameterCommand({ Name: name, Value: 'x' })))).toBe('ValidationException')
      expect(await errorOf(put(name, ''))).toBe('ValidationException')
    })

    it('keeps the last hundred versions, but none below a label', async () => {
      const name = `${path()}/a`
      await put(name, '1')
      await ssm.send(new LabelParameterVersionCommand({ Name: name, Labels: ['keep'] }))
      for (let version = 2; version <= 100; version++) await overwrite(name, String(version))
      expect(await errorOf(overwrite(name, '101'))).toBe('ParameterMaxVersionLimitExceeded')
    })

    it('starts anew at version 1 after a deletion', async () => {
      const name = `${path()}/a`
      await put(name, 'x')
      await overwrite(name, 'y')
      await ssm.send(new DeleteParameterCommand({ Name: name }))
      expect(await errorOf(ssm.send(new GetParameterCommand({ Name: name })))).toBe('ParameterNotFound')
      expect((await put(name, 'z')).Version).toBe(1)
    })

    asAws('name rules', 'refuses names that no hierarchy has', async () => {
      for (const name of ['a/b', '/a//b', '/a b', `/${'x/'.repeat(15)}x`, `/${'x'.repeat(1_000)}`]) {
        expect(await errorOf(put(name, 'x'))).toMatch(/ValidationException|HierarchyLevelLimitExceededException/)
      }
    })

    it('refuses reserved names', async () => {
      expect(await errorOf(put('/aws/x', 'x'))).toMatch(/AccessDeniedException|ValidationException/)
      expect(await errorOf(put('ssmx', 'x'))).toBe('ValidationException')
    })

    asAws('value rules', 'refuses values that are too long, nest or do not match', async () => {
      const name = `${path()}/a`
      expect(await errorOf(put(name, 'x'.repeat(4_097)))).toBe('ValidationException')
      expect(await errorOf(put(name, '{{ssm:x}}'))).toBe('ValidationException')
      expect(await errorOf(put(name, 'x', { AllowedPattern: '\\d+' }))).toBe('ParameterPatternMismatchException')
      expect((await put(name, 'x'.repeat(4_097), { Tier: 'Advanced' })).Version).toBe(1)
    })

    asAws('type changes', 'refuses another type inside a hierarchy', async () => {
      const name = `${path()}/a`
      await put(name, 'x')
      const change = put(name, 'x', { Type: 'SecureString', Overwrite: true })
      expect(await errorOf(change)).toBe('HierarchyTypeMismatchException')
    })

    asAws('unknown keys', 'refuses a key that is not there', async () => {
      const call = put(`${path()}/a`, 'x', { Type: 'SecureString', KeyId: 'alias/none' })
      expect(await errorOf(call)).toBe('InvalidKeyId')
    })
  })

  describe('GetParameter', () => {
    it('finds versions and labels', async () => {
      const name = `${path()}/a`
      await put(name, 'one')
      await overwrite(name, 'two')
      await ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 1, Labels: ['live'] }))
      const contentOf = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value

      expect(await contentOf(name)).toBe('two')
      expect(await contentOf(`${name}:1`)).toBe('one')
      expect(await contentOf(`${name}:live`)).toBe('one')
    })

    it('tells a missing parameter from a missing version', async () => {
      const name = `${path()}/a`
      expect(await errorOf(ssm.send(new GetParameterCommand({ Name: name })))).toBe('ParameterNotFound')
      await put(name, 'x')
      expect(await errorOf(ssm.send(new GetParameterCommand({ Name: `${name}:9` })))).toBe('ParameterVersionNotFound')
    })

    it('decrypts when asked', async () => {
      const name = `${path()}/a`
      await put(name, 'hunter2', { Type: 'SecureString' })
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
      expect(Parameter).toMatchObject({ Type: 'SecureString', Value: 'hunter2' })
    })

    asAws('opaque ciphertext', 'shows nothing of a SecureString that it does not decrypt', async () => {
      const name = `${path()}/a`
      await put(name, 'hunter2', { Type: 'SecureString' })
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }))
      expect(Parameter?.Value).toMatch(/^[A-Za-z0-9+/]{40,}=*$/)
      expect(Buffer.from(Parameter?.Value ?? '', 'base64').toString()).not.toContain('hunter2')
    })
  })

  describe('GetParameters', () => {
    it('lists what it cannot find, and takes ten names', async () => {
      const folder = path()
      await put(`${folder}/a`, 'x')
      const Names = [`${folder}/a`, `${folder}/none`, `${folder}/a:9`, `${folder}/a:none`]
      const { Parameters, InvalidParameters } = await ssm.send(new GetParametersCommand({ Names }))

      expect(Parameters?.map(({ Name }) => Name)).toEqual([`${folder}/a`])
      expect(InvalidParameters?.sort()).toEqual(Names.slice(1).sort())
      const eleven = Array.from({ length: 11 }, (_, index) => `${folder}/k${index}`)
      expect(await errorOf(ssm.send(new GetParametersCommand({ Names: eleven })))).toBe('ValidationException')
    })

    asAws('alphabetical answers', 'answers in the order of the alphabet, not of the request', async () => {
      const folder = path()
      for (const key of ['c', 'e', 'a', 'd', 'b']) await put(`${folder}/${key}`, key)
      const Names = ['b', 'c', 'a', 'e', 'd'].map((key) => `${folder}/${key}`)
      const { Parameters } = await ssm.send(new GetParametersCommand({ Names }))
      expect(Parameters?.map(({ Value }) => Value)).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    asAws('selectors in answers', 'repeats the selector, beside the plain name', async () => {
      const name = `${path()}/a`
      await put(name, 'x')
      const { Parameters } = await ssm.send(new GetParametersCommand({ Names: [`${name}:1`] }))
      expect(Parameters).toMatchObject([{ Name: name, Selector: ':1', Version: 1 }])
    })

    asAws('ARNs in GetParameters', 'takes ARNs, and answers with the plain name', async () => {
      const name = `${path()}/a`
      await put(name, 'x')
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }))
      const { Parameters } = await ssm.send(new GetParametersCommand({ Names: [Parameter?.ARN ?? ''] }))
      expect(Parameters).toMatchObject([{ Name: name, ARN: Parameter?.ARN, Value: 'x' }])
    })
  })

  describe('GetParametersByPath', () => {
    it('knows one level from all, and a path from a name that only starts so', async () => {
      const folder = path()
      for (const name of ['/a', '/b/c', 'other/x']) await put(`${folder}${name}`, 'x')
      const namesOf = async (Recursive: boolean) => {
        const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: folder, Recursive }))
        return Parameters?.map(({ Name }) => Name?.slice(folder.length)).sort()
      }
      expect(await namesOf(false)).toEqual(['/a'])
      expect(await namesOf(true)).toEqual(['/a', '/b/c'])
    })

    it('gives ten a page at most, and every one of them once', async () => {
      const folder = path()
      const keys = Array.from({ length: 23 }, (_, index) => `k${String(index).padStart(2, '0')}`)
      for (const key of keys) await put(`${folder}/${key}`, key)
      const seen: string[] = []
      let NextToken: string | undefined
      do {
        const page = await ssm.send(new GetParametersByPathCommand({ Path: folder, ...(NextToken && { NextToken }) }))
        expect(page.Parameters?.length).toBeLessThanOrEqual(10)
        seen.push(...(page.Parameters ?? []).flatMap(({ Value }) => Value ?? []))
        NextToken = page.NextToken
      } while (NextToken)
      expect(seen.sort()).toEqual(keys)
      const call = ssm.send(new GetParametersByPathCommand({ Path: folder, MaxResults: 11 }))
      expect(await errorOf(call)).toBe('ValidationException')
    })

    asAws('last page', 'carries no token on a last page that is full, and refuses a token that is none', async () => {
      const folder = path()
      for (let index = 0; index < 10; index++) await put(`${folder}/k${index}`, 'x')
      const { NextToken } = await ssm.send(new GetParametersByPathCommand({ Path: folder }))
      expect(NextToken).toBeUndefined()
      const call = ssm.send(new GetParametersByPathCommand({ Path: folder, NextToken: 'nonsense' }))
      expect(await errorOf(call)).toBe('InvalidNextToken')
    })

    it('filters by type', async () => {
      const folder = path()
      await put(`${folder}/a`, 'x')
      await put(`${folder}/b`, 'x,y', { Type: 'StringList' })
      const ParameterFilters = [{ Key: 'Type', Option: 'Equals', Values: ['StringList'] }]
      const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: folder, ParameterFilters }))
      expect(Parameters?.map(({ Name }) => Name)).toEqual([`${folder}/b`])
    })

    asAws('label filter', 'gives the version that carries the label', async () => {
      const folder = path()
      for (const key of ['a', 'b']) await put(`${folder}/${key}`, 'one')
      for (const key of ['a', 'b']) {
        await ssm.send(new LabelParameterVersionCommand({ Name: `${folder}/${key}`, Labels: ['live', 'also'] }))
      }
      await overwrite(`${folder}/a`, 'two')
      const ParameterFilters = [{ Key: 'Label', Option: 'Equals', Values: ['live'] }]
      const { Parameters } = await ssm.send(new GetParametersByPathCommand({ Path: folder, ParameterFilters }))
      expect(Parameters?.map(({ Version, Value }) => [Version, Value])).toEqual([
        [1, 'one'],
        [1, 'one'],
      ])
    })
  })

  describe('labels and history', () => {
    it('moves a label, and refuses bad ones without failing', async () => {
      const name = `${path()}/a`
      await put(name, 'one')
      await overwrite(name, 'two')
      await ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 1, Labels: ['live'] }))
      const Labels = ['live', '1st', 'awsome']
      const moved = await ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 2, Labels }))
      const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: name }))

      expect(moved.InvalidLabels?.sort()).toEqual(['1st', 'awsome'])
      expect(Parameters?.map(({ Version, Value, Labels: labels = [] }) => [Version, Value, labels])).toEqual([
        [1, 'one', []],
        [2, 'two', ['live']],
      ])
    })
  })

  describe('secrets', () => {
    const create = async (SecretString: string) => {
      const Name = `contract${path()}`
      const { ARN = '', VersionId = '' } = await secrets.send(new CreateSecretCommand({ Name, SecretString }))
      return { Name, ARN, VersionId }
    }
    const contentOf = async (input: { SecretId: string; VersionStage?: string; VersionId?: string }) =>
      (await secrets.send(new GetSecretValueCommand(input))).SecretString

    it('keeps the previous version when a new one becomes current', async () => {
      const { Name, ARN, VersionId } = await create('one')
      await secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'two' }))

      expect(await contentOf({ SecretId: Name })).toBe('two')
      expect(await contentOf({ SecretId: Name, VersionStage: 'AWSPREVIOUS' })).toBe('one')
      expect(await contentOf({ SecretId: ARN, VersionId })).toBe('one')
    })

    it('moves stages by hand', async () => {
      const { Name, VersionId } = await create('one')
      const next = await secrets.send(
        new PutSecretValueCommand({ SecretId: Name, SecretString: 'two', VersionStages: ['AWSPENDING'] }),
      )
      expect(await contentOf({ SecretId: Name })).toBe('one')
      const move = { SecretId: Name, VersionStage: 'AWSCURRENT', RemoveFromVersionId: VersionId }
      await secrets.send(new UpdateSecretVersionStageCommand({ ...move, MoveToVersionId: next.VersionId }))
      const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId: Name }))

      expect(await contentOf({ SecretId: Name, VersionStage: 'AWSCURRENT' })).toBe('two')
      expect(VersionIdsToStages?.[VersionId]).toEqual(['AWSPREVIOUS'])
    })

    asAws('stage moves', 'takes the version that a stage was moved to for the current one', async () => {
      const { Name, VersionId } = await create('one')
      await secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }))
      const { VersionId: second } = await secrets.send(new GetSecretValueCommand({ SecretId: Name }))
      const move = { SecretId: Name, VersionStage: 'AWSCURRENT', RemoveFromVersionId: second }
      await secrets.send(new UpdateSecretVersionStageCommand({ ...move, MoveToVersionId: VersionId }))

      expect(await contentOf({ SecretId: Name })).toBe('one')
    })

    it('hands out bytes as they were', async () => {
      const Name = `contract${path()}`
      await secrets.send(new CreateSecretCommand({ Name, SecretBinary: new Uint8Array([0, 255, 7]) }))
      const { SecretBinary, SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: Name }))
      expect([...(SecretBinary ?? [])]).toEqual([0, 255, 7])
      expect(SecretString).toBeUndefined()
    })

    it('reads many, and says which it cannot', async () => {
      const { Name } = await create('one')
      const { SecretValues, Errors } = await secrets.send(
        new BatchGetSecretValueCommand({ SecretIdList: [Name, 'contract/none'] }),
      )
      expect(SecretValues?.map(({ SecretString }) => SecretString)).toEqual(['one'])
      expect(Errors).toMatchObject([{ SecretId: 'contract/none', ErrorCode: 'ResourceNotFoundException' }])
    })

    it('refuses to read what is marked for deletion', async () => {
      const { Name } = await create('one')
      await secrets.send(new DeleteSecretCommand({ SecretId: Name }))
      expect(await errorOf(contentOf({ SecretId: Name }))).toBe('InvalidRequestException')
    })

    asAws('secret errors', 'answers what is missing with 400', async () => {
      const call = secrets.send(new GetSecretValueCommand({ SecretId: 'contract/none' }))
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
      (await ssm.send(new GetParameterCommand({ Name: `${prefix}/${name}`, WithDecryption }))).Parameter
    const create = async (value: { SecretString: string } | { SecretBinary: Uint8Array }) => {
      const Name = `contract${path()}`
      const { VersionId = '' } = await secrets.send(new CreateSecretCommand({ Name, ...value }))
      return { Name, VersionId }
    }

    it('read the current version, a stage and a version id', async () => {
      const { Name, VersionId } = await create({ SecretString: 'one' })
      await secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString: 'two' }))
      expect((await read(Name))?.Value).toBe('two')
      expect((await read(`${Name}:AWSPREVIOUS`))?.Value).toBe('one')
      expect((await read(`${Name}:${VersionId}`))?.Value).toBe('one')
    })

    it('need decryption', async () => {
      const { Name } = await create({ SecretString: 'one' })
      expect(await errorOf(read(Name, false))).toBe('ValidationException')
    })

    asAws('reference names', 'answer with the reference name, version 0 and the ARN of the secret', async () => {
      const { Name } = await create({ SecretString: 'one' })
      const parameter = await read(`${Name}:AWSCURRENT`)
      expect(parameter).toMatchObject({ Name: `${prefix}/${Name}`, Version: 0, Selector: ':AWSCURRENT' })
      expect(parameter?.ARN).toMatch(/^arn:aws:secretsmanager:/)
      expect(parameter?.DataType).toBeUndefined()
    })

    asAws('reference source', 'carry the version id in a lower-camel SourceResult', async () => {
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

    it('to nothing are not found', async () => {
      expect(await errorOf(read('contract/none'))).toBe('ParameterNotFound')
    })

    asAws('bad references', 'are told apart', async () => {
      const { Name } = await create({ SecretString: 'one' })
      await secrets.send(new DeleteSecretCommand({ SecretId: Name }))
      await expect(read('contract/none')).rejects.toThrow(
        'An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/contract/nonenull not found.',
      )
      await expect(read('a:b:c')).rejects.toThrow(/Please use correct syntax for referencing a version/)
      await expect(read('arn:aws:secretsmanager:us-east-1:123456789012:secret:x')).rejects.toThrow(/correct syntax/)
      await expect(read(Name)).rejects.toThrow('Invalid Request to Secrets Manager')
    })

    asAws('references undecrypted', 'that cannot be answered are invalid among others', async () => {
      const { Name } = await create({ SecretString: 'one' })
      const parameter = `${path()}/a`
      await put(parameter, 'x')
      const Names = [parameter, `${prefix}/${Name}`, `${prefix}/contract/none`]
      const decrypted = await ssm.send(new GetParametersCommand({ Names, WithDecryption: true }))
      const plain = await ssm.send(new GetParametersCommand({ Names }))

      expect(decrypted.InvalidParameters).toEqual([`${prefix}/contract/none`])
      expect(plain.Parameters?.map((found) => found.Name)).toEqual([parameter])
    })

    asAws('binary references', 'to bytes have no value', async () => {
      const { Name } = await create({ SecretBinary: new Uint8Array([1]) })
      const parameter = await read(Name)
      expect(parameter).toMatchObject({ Type: 'SecureString', Version: 0 })
      expect(parameter?.Value).toBeUndefined()
    })
  })

  describe('keys', () => {
    it('encrypt for one context, and decrypt for no other', async () => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
      const EncryptionContext = { app: 'shop' }
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('hunter2'), EncryptionContext }),
      )
      const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))

      expect(Buffer.from(Plaintext ?? []).toString()).toBe('hunter2')
      expect(Buffer.from(CiphertextBlob ?? []).toString('latin1')).not.toContain('hunter2')
      const wrong = kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { app: 'other' } }))
      expect(await errorOf(wrong)).toBe('InvalidCiphertextException')
    })

    it('encrypt 4,096 bytes and no more', async () => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
      const encrypt = (size: number) =>
        kms.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.alloc(size, 'x') }))
      expect(await errorOf(encrypt(4_096))).toBe('no error')
      expect(await errorOf(encrypt(4_097))).toBe('ValidationException')
    })

    it('make data keys that they can open again', async () => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
      const made = await kms.send(new GenerateDataKeyCommand({ KeyId: KeyMetadata?.KeyId, KeySpec: 'AES_256' }))
      const opened = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }))
      expect(made.Plaintext).toHaveLength(32)
      expect(Buffer.from(opened.Plaintext ?? []).equals(Buffer.from(made.Plaintext ?? []))).toBe(true)
    })

    it('are found or not', async () => {
      const call = kms.send(new EncryptCommand({ KeyId: 'alias/none', Plaintext: Buffer.from('x') }))
      expect(await errorOf(call)).toBe('NotFoundException')
    })
  })
}
