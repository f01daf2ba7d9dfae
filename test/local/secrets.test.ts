import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LocalAws, LocalAwsOptions } from '../../src/local/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'

const dayMs = 86_400_000

async function start(options?: LocalAwsOptions): Promise<{ aws: LocalAws; client: SecretsManagerClient }> {
  const aws = await localAws(options)
  const client = new SecretsManagerClient({ ...aws.clientOptions, maxAttempts: 1 })
  onTestFinished(() => client.destroy())
  return { aws, client }
}

const contentOf = async (client: SecretsManagerClient, SecretId: string, VersionStage?: string) =>
  (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString

describe('the key of a secret', () => {
  it('is the requested key, and must be usable', async () => {
    const { aws, client } = await start()
    const { keyId } = aws.keys.create({ alias: 'alias/shop' })
    const KmsKeyId = 'alias/shop'
    await client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one', KmsKeyId }))
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'db' }))
    const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId: 'db' }))
    aws.keys.disable(keyId)

    expect(described.KmsKeyId).toBe('alias/shop')
    expect(Versions?.map(({ KmsKeyIds }) => KmsKeyIds)).toEqual([['alias/shop']])
    await expect(contentOf(client, 'db')).rejects.toMatchObject({ name: 'DecryptionFailure' })
    const write = client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'two' }))
    await expect(write).rejects.toMatchObject({ name: 'EncryptionFailure' })
  })

  it('must exist', async () => {
    const { client } = await start()
    const create = client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'x', KmsKeyId: 'alias/none' }))
    await expect(create).rejects.toMatchObject({ name: 'EncryptionFailure' })
    await expect(contentOf(client, 'db')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })

  it('changes for the versions with a stage of AWS', async () => {
    const { aws, client } = await start()
    const [first, second] = [aws.keys.create(), aws.keys.create()]
    await client.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one', KmsKeyId: first.keyId }))
    await client.send(new PutSecretValueCommand({ SecretId: 'db', SecretString: 'two' }))
    await client.send(new UpdateSecretCommand({ SecretId: 'db', KmsKeyId: second.arn }))
    aws.keys.disable(first.keyId)

    expect(await contentOf(client, 'db')).toBe('two')
    expect(await contentOf(client, 'db', 'AWSPREVIOUS')).toBe('one')
  })

  it('can be denied, in the wording of Secrets Manager', async () => {
    const { aws, client } = await start({ seed: { secrets: { db: 'x' } } })
    aws.policy.deny({ action: 'kms:Decrypt', resource: '*' })
    await expect(contentOf(client, 'db')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'Access to KMS is not allowed',
    })
  })
})

describe('a secret that is scheduled for deletion', () => {
  it('is deleted after its recovery window, and not before', async () => {
    const clock = createFakeClock(Date.parse('2026-01-01T00:00:00Z'))
    const { client } = await start({ clock, seed: { secrets: { db: 'x' } } })
    const { DeletionDate } = await client.send(new DeleteSecretCommand({ SecretId: 'db', RecoveryWindowInDays: 7 }))
    expect(DeletionDate).toEqual(new Date('2026-01-08T00:00:00Z'))

    await clock.advance(7 * dayMs - 1)
    await expect(contentOf(client, 'db')).rejects.toMatchObject({ name: 'InvalidRequestException' })
    await clock.advance(1)
    await expect(contentOf(client, 'db')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    expect(await client.send(new CreateSecretCommand({ Name: 'db' }))).toMatchObject({ Name: 'db' })
  })
})

describe('ListSecrets', () => {
  const names = ['c', 'a', 'e', 'b', 'd']

  async function listed(input: { SortBy?: 'name' | 'created-date'; SortOrder?: 'asc' | 'desc' }, sparse = false) {
    const { aws, client } = await start({ seed: { secrets: Object.fromEntries(names.map((name) => [name, 'x'])) } })
    if (sparse) aws.faults.add({ kind: 'sparse-pages' })
    const pages: string[][] = []
    let NextToken: string | undefined
    do {
      const page = await client.send(
        new ListSecretsCommand({ ...input, MaxResults: 2, ...(NextToken && { NextToken }) }),
      )
      pages.push((page.SecretList ?? []).map(({ Name = '' }) => Name))
      NextToken = page.NextToken
    } while (NextToken)
    return pages
  }

  it('answers page by page in the requested order', async () => {
    expect(await listed({ SortBy: 'name' })).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(await listed({ SortBy: 'name', SortOrder: 'desc' })).toEqual([['e', 'd'], ['c', 'b'], ['a']])
    expect((await listed({ SortBy: 'name' }, true)).flat()).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('refuses an invalid token', async () => {
    const { client } = await start()
    const call = client.send(new ListSecretsCommand({ NextToken: 'nonsense' }))
    await expect(call).rejects.toMatchObject({ name: 'InvalidNextTokenException' })
  })
})

it('GetRandomPassword answers with each kind of character', async () => {
  const { client } = await start()
  const make = async (input: object) => (await client.send(new GetRandomPasswordCommand(input))).RandomPassword ?? ''
  for (let round = 0; round < 50; round++) {
    const password = await make({ PasswordLength: 5, IncludeSpace: true })
    for (const kind of [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]|_/, / /]) expect(password).toMatch(kind)
  }
  expect(await make({})).toHaveLength(32)
  const all = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true }
  await expect(make(all)).rejects.toMatchObject({ name: 'InvalidParameterException' })
})
