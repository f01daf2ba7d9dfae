import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type GenerateDataKeyCommandInput,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

const account = 'arn:aws:kms:us-east-1:123456789012'
const absent = '134f2428-cec1-4b25-a1ae-9048164dba47'
const Plaintext = Buffer.from('hunter2')

// The texts are recorded on AWS: tests/aws/services/kms/test_kms.snapshot.json of LocalStack.
describe('a key', () => {
  it('is described, tagged and listed with its settings', async () => {
    const { kms, clock } = await keys()
    const Tags = [{ TagKey: 'team', TagValue: 'shop' }]
    const created = await kms.send(new CreateKeyCommand({ Description: 'orders', KeySpec: 'SYMMETRIC_DEFAULT', Tags }))
    const KeyId = created.KeyMetadata?.KeyId
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata).toEqual({
      AWSAccountId: '123456789012',
      KeyId,
      Arn: `${account}:key/${KeyId}`,
      CreationDate: new Date(clock.now()),
      CurrentKeyMaterialId: expect.stringMatching(/^[a-f0-9]{64}$/),
      Description: 'orders',
      Enabled: true,
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      KeyManager: 'CUSTOMER',
      Origin: 'AWS_KMS',
      MultiRegion: false,
    })
    await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'stage', TagValue: 'dev' }] }))
    await kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['team'] }))
    expect((await kms.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([
      { TagKey: 'stage', TagValue: 'dev' },
    ])
    await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'sales' }))
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Description).toBe('sales')
    expect((await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ssm' }))).KeyMetadata?.KeyManager).toBe('AWS')

    const first = await kms.send(new ListKeysCommand({ Limit: 2 }))
    const second = await kms.send(new ListKeysCommand({ Limit: 2, Marker: first.NextMarker }))
    expect([first.Truncated, first.Keys?.length, second.Truncated, second.NextMarker]).toEqual([
      true,
      2,
      false,
      undefined,
    ])
    expect([...(first.Keys ?? []), ...(second.Keys ?? [])]).toContainEqual({ KeyId, KeyArn: `${account}:key/${KeyId}` })
  })

  it.each<[CreateKeyCommandInput, string]>([
    [{ KeySpec: 'RSA_2048' }, 'The local AWS supports only SYMMETRIC_DEFAULT for the member keySpec of kms:CreateKey'],
    [
      { KeyUsage: 'SIGN_VERIFY' },
      'The local AWS supports only ENCRYPT_DECRYPT for the member keyUsage of kms:CreateKey',
    ],
    [
      { CustomerMasterKeySpec: 'HMAC_256' },
      'The local AWS supports only SYMMETRIC_DEFAULT for the member customerMasterKeySpec of kms:CreateKey',
    ],
    [{ Origin: 'EXTERNAL' }, 'The local AWS supports only AWS_KMS for the member origin of kms:CreateKey'],
    [{ MultiRegion: true }, 'The local AWS supports only false for the member multiRegion of kms:CreateKey'],
    [
      { Policy: '{}' },
      'The local AWS does not support the member Policy of kms:CreateKey: remove it, or test this against AWS',
    ],
    [{ Tags: [{ TagKey: 'AWS:a', TagValue: 'x' }] }, 'Tags beginning with aws: are reserved'],
    [{ Tags: ['a', 'a'].map((TagKey) => ({ TagKey, TagValue: 'x' })) }, 'Duplicate tag keys'],
    [{ Tags: Array.from({ length: 51 }, (_, index) => ({ TagKey: `k${index}`, TagValue: 'x' })) }, 'Too many tags'],
    [
      { Tags: [{ TagKey: 'a', TagValue: 'x'.repeat(257) }] },
      `1 validation error detected: Value '${'x'.repeat(257)}' at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256`,
    ],
  ])('is not created with %.60j', async (given, message) => {
    const { kms } = await keys()

    expect(await rejection(kms.send(new CreateKeyCommand(given)))).toMatchObject({ message })
  })

  it.each([
    ['fake-key-id', "Invalid keyId 'fake-key-id'"],
    ['134f2428cec14b25a1ae9048164dba47', "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"],
    [absent, `Key '${account}:key/${absent}' does not exist`],
    [`${account}:key/${absent}`, `Key '${account}:key/${absent}' does not exist`],
    [`arn:aws:kms:eu-west-1:123456789012:key/${absent}`, 'Invalid arn eu-west-1'],
    ['alias/none', `Alias ${account}:alias/none is not found.`],
    [`${account}:alias/a:b`, `Alias ${account}:alias/a:b is not found.`],
    [`${account}:key/alias/aws/ssm`, "Invalid keyId 'alias/aws/ssm'"],
  ])('that does not exist is not found: %s', async (KeyId, message) => {
    const { kms } = await keys()

    expect(await rejection(kms.send(new DescribeKeyCommand({ KeyId })))).toMatchObject({
      name: 'NotFoundException',
      message,
    })
  })

  it('fails every use while it is disabled', async () => {
    const { kms, KeyId, arn } = await keys()
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }))
    await kms.send(new DisableKeyCommand({ KeyId }))
    const uses = [
      () => kms.send(new EncryptCommand({ KeyId, Plaintext })),
      () => kms.send(new DecryptCommand({ CiphertextBlob })),
      () => kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
      () => kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256' })),
      () => kms.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: KeyId })),
    ]
    for (const use of uses) {
      expect(await rejection(use())).toMatchObject({ name: 'DisabledException', message: `${arn} is disabled.` })
    }
    await kms.send(new EnableKeyCommand({ KeyId }))
    for (const use of uses) await use()
  })

  it('is deleted with its aliases after its waiting period, unless the deletion is cancelled', async () => {
    const { kms, KeyId, arn, clock } = await keys()
    const schedule = (PendingWindowInDays?: number) =>
      kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }))
    expect(await rejection(schedule(6))).toMatchObject({
      message: 'PendingWindowInDays must be between 7 and 30 (inclusive)',
    })
    expect(await schedule(7)).toMatchObject({
      KeyId: arn,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: 7,
      DeletionDate: new Date(clock.now() + 7 * 86_400_000),
    })
    for (const use of [
      () => kms.send(new EncryptCommand({ KeyId, Plaintext })),
      () => kms.send(new EnableKeyCommand({ KeyId })),
      () => kms.send(new CreateAliasCommand({ AliasName: 'alias/b', TargetKeyId: KeyId })),
      () => schedule(),
    ]) {
      expect(await rejection(use())).toMatchObject({
        name: 'KMSInvalidStateException',
        message: `${arn} is pending deletion.`,
      })
    }
    expect(await kms.send(new CancelKeyDeletionCommand({ KeyId }))).toMatchObject({ KeyId: arn })
    expect(await rejection(kms.send(new CancelKeyDeletionCommand({ KeyId })))).toMatchObject({
      message: `${arn} is not pending deletion.`,
    })
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe('Disabled')

    await schedule()
    await clock.advance(30 * 86_400_000)
    expect(await rejection(kms.send(new DescribeKeyCommand({ KeyId })))).toMatchObject({ name: 'NotFoundException' })
    expect(await rejection(kms.send(new DescribeKeyCommand({ KeyId: 'alias/app' })))).toMatchObject({
      name: 'NotFoundException',
    })
  })
})

describe('an AWS managed key', () => {
  it('cannot be changed by calls', async () => {
    const { aws, kms } = await keys()
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ssm' }))
    const KeyId = KeyMetadata?.KeyId
    const changes: readonly [string, () => Promise<unknown>][] = [
      ['DisableKey', () => kms.send(new DisableKeyCommand({ KeyId }))],
      ['EnableKey', () => kms.send(new EnableKeyCommand({ KeyId }))],
      ['ScheduleKeyDeletion', () => kms.send(new ScheduleKeyDeletionCommand({ KeyId }))],
      ['CancelKeyDeletion', () => kms.send(new CancelKeyDeletionCommand({ KeyId }))],
      ['UpdateKeyDescription', () => kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'x' }))],
      ['TagResource', () => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'x' }] }))],
      ['UntagResource', () => kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] }))],
      ['CreateAlias', () => kms.send(new CreateAliasCommand({ AliasName: 'alias/own', TargetKeyId: KeyId }))],
      ['UpdateAlias', () => kms.send(new UpdateAliasCommand({ AliasName: 'alias/app', TargetKeyId: KeyId }))],
    ]
    for (const [action, change] of changes) {
      expect(await rejection(change())).toMatchObject({
        name: 'AccessDeniedException',
        message:
          `User: arn:aws:sts::123456789012:assumed-role/local/session is not authorized to perform: kms:${action} on ` +
          `resource: ${KeyMetadata?.Arn} because no resource-based policy allows the kms:${action} action`,
      })
    }
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata).toEqual(KeyMetadata)
    // The test API can disable the key.
    aws.keys.disable('alias/aws/ssm')
    expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe('Disabled')
  })
})

describe('an alias', () => {
  it.each(['alias/app', `${account}:alias/app`, 'alias/none'])(
    'is taken only by operations that take aliases on AWS: %s',
    async (KeyId) => {
      const { kms } = await keys()
      for (const use of [
        () => kms.send(new EnableKeyCommand({ KeyId })),
        () => kms.send(new DisableKeyCommand({ KeyId })),
        () => kms.send(new ScheduleKeyDeletionCommand({ KeyId })),
        () => kms.send(new CancelKeyDeletionCommand({ KeyId })),
        () => kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'x' })),
        () => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'x' }] })),
        () => kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] })),
        () => kms.send(new ListResourceTagsCommand({ KeyId })),
        () => kms.send(new ListAliasesCommand({ KeyId })),
      ]) {
        expect(await rejection(use())).toMatchObject({
          name: 'InvalidArnException',
          message: 'Key Aliases are not supported for this operation.',
        })
      }
    },
  )

  it('names one key at a time', async () => {
    const { kms, KeyId } = await keys()
    const other = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId
    const alias = { AliasName: 'alias/app', TargetKeyId: other }
    expect(await rejection(kms.send(new CreateAliasCommand(alias)))).toMatchObject({
      name: 'AlreadyExistsException',
      message: `An alias with the name ${account}:alias/app already exists`,
    })
    expect((await kms.send(new ListAliasesCommand({ KeyId }))).Aliases).toMatchObject([
      { AliasName: 'alias/app', AliasArn: `${account}:alias/app`, TargetKeyId: KeyId },
    ])
    await kms.send(new UpdateAliasCommand(alias))
    expect((await kms.send(new ListAliasesCommand({ KeyId }))).Aliases).toEqual([])
    expect((await kms.send(new DescribeKeyCommand({ KeyId: `${account}:alias/app` }))).KeyMetadata?.KeyId).toBe(other)
    await kms.send(new DeleteAliasCommand({ AliasName: 'alias/app' }))
    const changes = [() => kms.send(new UpdateAliasCommand(alias)), () => kms.send(new DeleteAliasCommand(alias))]
    for (const change of changes) {
      expect(await rejection(change())).toMatchObject({ message: `Alias ${account}:alias/app is not found.` })
    }
  })

  it.each([
    ['app', /^Alias must start with the prefix "alias\/"\. Please see/],
    ['alias/a b', /Member must satisfy regular expression pattern: \^\[a-zA-Z0-9:\/_-\]\+\$/],
    ['alias/aws/own', /NotAuthorized/],
  ])('is not called %s', async (AliasName, message) => {
    const { kms, KeyId } = await keys()
    const error = await rejection(kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId })))

    expect(String(error)).toMatch(new RegExp(message.source.replace(/^\^/, '')))
  })
})

describe('encryption', () => {
  it('moves to another key and context without returning the plaintext', async () => {
    const { aws, kms, KeyId, arn } = await keys()
    const target = aws.keys.create({ alias: 'alias/new' })
    const EncryptionContext = { app: 'shop' }
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }))
    const moved = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob,
        SourceEncryptionContext: EncryptionContext,
        DestinationKeyId: 'alias/new',
        DestinationEncryptionContext: { app: 'new' },
      }),
    )

    expect(moved).toMatchObject({
      SourceKeyId: arn,
      KeyId: target.arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    })
    const blob = { CiphertextBlob: moved.CiphertextBlob }
    const opened = await kms.send(new DecryptCommand({ ...blob, EncryptionContext: { app: 'new' } }))
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('hunter2')
    expect(await rejection(kms.send(new DecryptCommand({ ...blob, EncryptionContext })))).toMatchObject({
      name: 'InvalidCiphertextException',
    })
    expect(await rejection(kms.send(new ReEncryptCommand({ ...blob, DestinationKeyId: KeyId })))).toMatchObject({
      name: 'InvalidCiphertextException',
    })
    const wrong = {
      name: 'IncorrectKeyException',
      message: expect.stringMatching(/^The key ID in the request does not/),
    }
    const requested = { ...blob, KeyId, EncryptionContext: { app: 'new' } }
    expect(await rejection(kms.send(new DecryptCommand(requested)))).toMatchObject(wrong)
    const source = { ...blob, SourceKeyId: KeyId, SourceEncryptionContext: { app: 'new' }, DestinationKeyId: KeyId }
    expect(await rejection(kms.send(new ReEncryptCommand(source)))).toMatchObject(wrong)
  })

  it.each<[Partial<GenerateDataKeyCommandInput>, number]>([
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 1_024 }, 1_024],
  ])('makes data keys, with and without their plaintext: %j', async (given, size) => {
    const { kms, KeyId, arn } = await keys()
    const input = { KeyId, ...given, EncryptionContext: { app: 'shop' } }
    const open = new GenerateDataKeyCommand(input)
    const { Plaintext: shown, CiphertextBlob, KeyId: keyArn } = await kms.send(open)
    const sealed = await kms.send(new GenerateDataKeyWithoutPlaintextCommand(input))
    const decrypted = (CiphertextBlob: Uint8Array | undefined) =>
      kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { app: 'shop' } }))

    expect([shown?.length, keyArn, sealed.KeyId]).toEqual([size, arn, arn])
    expect(sealed).not.toHaveProperty('Plaintext')
    expect((await decrypted(CiphertextBlob)).Plaintext).toEqual(shown)
    expect((await decrypted(sealed.CiphertextBlob)).Plaintext).toHaveLength(size)
  })

  it('makes random bytes', async () => {
    const { kms } = await keys()

    expect((await kms.send(new GenerateRandomCommand({ NumberOfBytes: 91 }))).Plaintext).toHaveLength(91)
  })

  it.each([
    [
      (kms: KMSClient, KeyId: string) => kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(4_097) })),
      /^1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096$/,
    ],
    [
      (kms: KMSClient, KeyId: string) => kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(0) })),
      /Value at 'plaintext' failed to satisfy constraint/,
    ],
    [
      (kms: KMSClient, KeyId: string) =>
        kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' })),
      /supports only SYMMETRIC_DEFAULT for the member encryptionAlgorithm of kms:Encrypt$/,
    ],
    [
      (kms: KMSClient, KeyId: string) => kms.send(new EncryptCommand({ KeyId, Plaintext, GrantTokens: ['x'] })),
      /does not support the member GrantTokens of kms:Encrypt/,
    ],
    [
      (kms: KMSClient, KeyId: string) => kms.send(new EncryptCommand({ KeyId, Plaintext, DryRun: true })),
      /^The request would have succeeded, but the DryRun option is set\.$/,
    ],
    [
      (kms: KMSClient, KeyId: string) => kms.send(new GenerateDataKeyCommand({ KeyId })),
      /^Please specify either number of bytes or key spec\.$/,
    ],
    [
      (kms: KMSClient, KeyId: string) =>
        kms.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 8, KeySpec: 'AES_128' })),
      /^Please specify either number of bytes or key spec\.$/,
    ],
    [
      (kms: KMSClient, KeyId: string) => kms.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 1_025 })),
      /Value '1025' at 'numberOfBytes' failed to satisfy constraint/,
    ],
    [
      (kms: KMSClient, KeyId: string) =>
        kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', Recipient: {} })),
      /does not support the member Recipient/,
    ],
    [(kms: KMSClient) => kms.send(new GenerateRandomCommand({})), /^NumberOfBytes is required\.$/],
    [
      (kms: KMSClient) => kms.send(new GenerateRandomCommand({ NumberOfBytes: 0 })),
      /Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1$/,
    ],
  ])('refuses %s', async (call, message) => {
    const { kms, KeyId } = await keys()
    const error = await rejection(call(kms, KeyId))

    expect(error).toMatchObject({ message: expect.stringMatching(message) })
  })
})

async function keys() {
  const clock = createFakeClock(1_700_000_000_000)
  const aws = await localAws({ clock })
  const kms = new KMSClient({ ...aws.clientOptions, maxAttempts: 1 })
  onTestFinished(() => kms.destroy())
  const { keyId: KeyId, arn } = aws.keys.create({ alias: 'alias/app' })
  return { aws, clock, kms, KeyId, arn }
}
