import { expect } from 'vitest'
import { fails, type Step, type Story } from './story.ts'

// Recorded on AWS by the snapshots and assertions in tests/aws/services/kms of LocalStack.
const account = 'arn:aws:kms:us-east-1:123456789012'
const id = '134f2428-cec1-4b25-a1ae-9048164dba47'
const multiRegionId = 'mrk-d3b95762d3b95762d3b95762d3b95762'
const Plaintext = Buffer.from('test message 123 !%$@ 1234567890').toString('base64')
const EncryptionContext = { 'context-key': 'context-value' }
const EncryptionAlgorithm = 'SYMMETRIC_DEFAULT'
const KeyId = '{{KeyId}}'
const CiphertextBlob = '{{CiphertextBlob}}'
const aBlob = expect.stringMatching(/^[\w+/]{40,}=*$/)
const aMaterialId = expect.stringMatching(/^[a-f0-9]{64}$/)

const create = (Description = '', answer?: object): Step => ['kms:CreateKey', { Description }, answer]
const describeKey = (name: string, answer: object): Step => ['kms:DescribeKey', { KeyId: name }, answer]
const metadata = (Description: string, more: object = {}) => ({
  KeyMetadata: {
    AWSAccountId: '123456789012',
    Arn: expect.stringMatching(new RegExp(`^${account}:key/[\\da-f-]{36}$`)),
    CreationDate: expect.any(Number),
    CurrentKeyMaterialId: aMaterialId,
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    Description,
    Enabled: true,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    KeyId: expect.stringMatching(/^[\da-f-]{36}$/),
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'AWS_KMS',
    ...more,
  },
})
const missing = (arn: string) => fails('NotFoundException', `Key '${arn}' does not exist`)
const invalid = (name: string) => fails('NotFoundException', `Invalid keyId '${name}'`)
const noCiphertext = fails('InvalidCiphertextException')

const tag = (name: string, TagValue = name.replace('tag', 'value')) => ({ TagKey: name, TagValue })
const createTagged = (...Tags: object[]): Step => ['kms:CreateKey', { Description: 'test key 123', Tags }]
const listTags = (...Tags: object[]): Step => ['kms:ListResourceTags', { KeyId }, { Tags, Truncated: false }]
const untag = (...TagKeys: string[]): Step => ['kms:UntagResource', { KeyId, TagKeys }]
const threeTags = [tag('tag1'), tag('tag2'), tag('tag3')]
const reserved = fails('TagException', 'Tags beginning with aws: are reserved')
const refusedTags = (about: string, Tags: object[], answer: object): Story => [
  about,
  ['kms:CreateKey', { Description: 'test key 123', Tags }, answer],
]
const tooLong = (value: string, member: string, max: number) =>
  fails(
    'ValidationException',
    `1 validation error detected: Value '${value}' at 'tags.1.member.${member}' failed to satisfy constraint: ` +
      `Member must have length less than or equal to ${max}`,
  )

const random = (NumberOfBytes: number | undefined, answer: object): Story => [
  `GenerateRandom of ${NumberOfBytes} bytes`,
  ['kms:GenerateRandom', { NumberOfBytes }, answer],
]
const outside = (bytes: number, bound: string) =>
  fails(
    'ValidationException',
    `1 validation error detected: Value '${bytes}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${bound}`,
  )
const dataKey = { KeyId, KeySpec: 'AES_256' }
const encrypt = (more: object = {}, answer?: object): Step => ['kms:Encrypt', { KeyId, Plaintext, ...more }, answer]
const aliased = (AliasName: string, TargetKeyId = KeyId): Step => ['kms:CreateAlias', { AliasName, TargetKeyId }]
const aliasesOf = (name: string, ...listed: [name: string, key: string][]): Step => [
  'kms:ListAliases',
  { KeyId: name },
  {
    Aliases: listed.map(([AliasName, TargetKeyId]) => ({
      AliasName,
      AliasArn: `${account}:${AliasName}`,
      TargetKeyId,
      CreationDate: expect.any(Number),
      LastUpdatedDate: expect.any(Number),
    })),
    Truncated: false,
  },
]

export const keyStories: readonly Story[] = [
  [
    'an alias without its prefix',
    create(),
    [
      'kms:CreateAlias',
      { AliasName: 'c5b1a8f2', TargetKeyId: KeyId },
      fails(
        'ValidationException',
        'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
      ),
    ],
  ],
  ['a key', create('test key 123'), describeKey(KeyId, metadata('test key 123'))],
  [
    'a key that is not a multi-Region key',
    [
      'kms:CreateKey',
      { MultiRegion: false, Description: 'test non multi region key' },
      metadata('test non multi region key'),
    ],
  ],
  [
    'a key by the ARN of its alias',
    create('test - description', metadata('test - description')),
    aliased('alias/a'),
    describeKey(`${account}:alias/a`, metadata('test - description', { KeyId, Arn: '{{Arn}}' })),
  ],
  ['a key by its ID', create('a'), describeKey(KeyId, metadata('a')), describeKey('{{Arn}}', metadata('a'))],
  [
    'a key in another Region',
    describeKey(id, missing(`${account}:key/${id}`)),
    describeKey(`arn:aws:kms:us-west-2:123456789012:key/${id}`, fails('NotFoundException', 'Invalid arn us-west-2')),
  ],
  [
    'a key that does not exist',
    describeKey(id, missing(`${account}:key/${id}`)),
    describeKey(`${account}:key/${id}`, missing(`${account}:key/${id}`)),
    describeKey(multiRegionId, missing(`${account}:key/${multiRegionId}`)),
  ],
  [
    'a malformed key ID',
    ...['fake-key-id', '134f2428cec14b25a1ae9048164dba47', 'mrk-fake-key-id'].map((name): Step => {
      return describeKey(name, invalid(name))
    }),
  ],
  [
    'tags of a key that exists',
    create(),
    ['kms:TagResource', { KeyId, Tags: [tag('tag1'), tag('tag2')] }],
    listTags(tag('tag1'), tag('tag2')),
    untag('tag1', 'tag2'),
    listTags(),
  ],
  [
    'tags of a new key',
    createTagged(tag('tag1'), tag('tag2')),
    listTags(tag('tag1'), tag('tag2')),
    untag('tag1', 'tag2'),
    listTags(),
  ],
  [
    'tags after one tag is removed',
    createTagged(...threeTags),
    listTags(...threeTags),
    untag('tag2'),
    listTags(tag('tag1'), tag('tag3')),
  ],
  [
    'tags that change',
    createTagged(...threeTags),
    listTags(...threeTags),
    ['kms:TagResource', { KeyId, Tags: [tag('tag4'), tag('tag2', 'updated_value2'), tag('tag5')] }],
    listTags(tag('tag1'), tag('tag2', 'updated_value2'), tag('tag3'), tag('tag4'), tag('tag5')),
  ],
  [
    'the same tag twice',
    create(),
    [
      'kms:TagResource',
      { KeyId, Tags: [tag('tag1'), tag('tag1', 'another-value1')] },
      fails('TagException', 'Duplicate tag keys'),
    ],
  ],
  refusedTags(
    'too many tags',
    Array.from({ length: 51 }, (_, index) => tag(`key${index}`)),
    fails('TagException', 'Too many tags'),
  ),
  refusedTags('a tag of AWS', [tag('aws:key1')], reserved),
  refusedTags('a tag of AWS in capitals', [tag('AWS:key1')], reserved),
  refusedTags('a long key of a tag', [tag('a'.repeat(129))], tooLong('a'.repeat(129), 'tagKey', 128)),
  refusedTags('a long value of a tag', [tag('tag1', 'v'.repeat(257))], tooLong('v'.repeat(257), 'tagValue', 256)),
  ['a tag of AWS later', create(), ['kms:TagResource', { KeyId, Tags: [tag('aws:key1')] }, reserved]],
  ...[12, 44, 91, 1, 1_024].map((size) => {
    return random(size, {
      Plaintext: expect.stringMatching(new RegExp(`^[\\w+/=]{${Math.ceil(size / 3) * 4}}$`)),
    })
  }),
  random(undefined, fails('ValidationException', 'NumberOfBytes is required.')),
  random(0, outside(0, 'greater than or equal to 1')),
  random(1_025, outside(1_025, 'less than or equal to 1024')),
  [
    'ReEncrypt',
    create(),
    create(),
    encrypt(),
    // The recording is older than the two IDs, which AWS added in June 2025.
    [
      'kms:ReEncrypt',
      { SourceKeyId: KeyId, DestinationKeyId: '{{KeyId:2}}', CiphertextBlob },
      {
        CiphertextBlob: aBlob,
        DestinationEncryptionAlgorithm: EncryptionAlgorithm,
        DestinationKeyMaterialId: aMaterialId,
        KeyId: '{{Arn:2}}',
        SourceEncryptionAlgorithm: EncryptionAlgorithm,
        SourceKeyId: '{{Arn}}',
        SourceKeyMaterialId: aMaterialId,
      },
    ],
  ],
  [
    'a plaintext that is too large',
    create(),
    encrypt(
      { Plaintext: Buffer.alloc(4_400).toString('base64') },
      fails(
        'ValidationException',
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
      ),
    ),
  ],
  [
    'an encryption context',
    create(),
    encrypt(
      { EncryptionContext, EncryptionAlgorithm },
      { CiphertextBlob: aBlob, EncryptionAlgorithm, KeyId: '{{Arn}}' },
    ),
    [
      'kms:Decrypt',
      { KeyId, CiphertextBlob, EncryptionAlgorithm, EncryptionContext },
      { EncryptionAlgorithm, KeyId: '{{Arn}}', KeyMaterialId: '{{CurrentKeyMaterialId}}', Plaintext },
    ],
    ['kms:Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm }, noCiphertext],
    [
      'kms:Decrypt',
      { KeyId, CiphertextBlob: Buffer.alloc(100).toString('base64'), EncryptionAlgorithm, EncryptionContext },
      noCiphertext,
    ],
  ],
  [
    'a data key',
    create(),
    // The recording of 2024 does not contain the ID of the key material.
    [
      'kms:GenerateDataKey',
      dataKey,
      {
        CiphertextBlob: aBlob,
        KeyId: '{{Arn}}',
        KeyMaterialId: '{{CurrentKeyMaterialId}}',
        Plaintext: expect.stringMatching(/^[\w+/]{43}=$/),
      },
    ],
    [
      'kms:GenerateDataKeyWithoutPlaintext',
      dataKey,
      { CiphertextBlob: aBlob, KeyId: '{{Arn}}', KeyMaterialId: '{{CurrentKeyMaterialId}}' },
    ],
  ],
  ...['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'].map((operation): Story => {
    return [
      `${operation} with a context`,
      create(),
      [`kms:${operation}`, { ...dataKey, EncryptionContext }],
      ['kms:Decrypt', { CiphertextBlob, KeyId }, noCiphertext],
    ]
  }),
  [
    'all keys',
    create(),
    [
      'kms:ListKeys',
      {},
      { Keys: expect.arrayContaining([{ KeyId: expect.any(String), KeyArn: expect.any(String) }]), Truncated: false },
    ],
  ],
  [
    'a key whose deletion is cancelled',
    create(),
    ['kms:ScheduleKeyDeletion', { KeyId }],
    describeKey(KeyId, metadata('', { Enabled: false, KeyState: 'PendingDeletion', DeletionDate: expect.any(Number) })),
    ['kms:ScheduleKeyDeletion', { KeyId }, fails('KMSInvalidStateException', expect.any(String))],
    ['kms:CancelKeyDeletion', { KeyId }],
    describeKey(KeyId, metadata('', { Enabled: false, KeyState: 'Disabled' })),
  ],
  [
    'a key that is disabled for a while',
    create(),
    describeKey(KeyId, metadata('')),
    ['kms:DisableKey', { KeyId }],
    describeKey(KeyId, metadata('', { Enabled: false, KeyState: 'Disabled' })),
    ['kms:EnableKey', { KeyId }],
    describeKey(KeyId, metadata('')),
  ],
  [
    'a key that cannot be used',
    create(),
    ['kms:GenerateDataKey', dataKey],
    ['kms:DisableKey', { KeyId }],
    ['kms:GenerateDataKey', dataKey, fails('DisabledException', expect.any(String))],
    ['kms:ScheduleKeyDeletion', { KeyId }],
    ['kms:GenerateDataKey', dataKey, fails('KMSInvalidStateException', expect.any(String))],
  ],
  [
    'a text that is encrypted and decrypted',
    create(),
    encrypt({ EncryptionAlgorithm }),
    ['kms:Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm }, expect.objectContaining({ Plaintext })],
  ],
  [
    'all names of a key',
    create(),
    aliased('alias/a'),
    ...['{{Arn}}', KeyId, `${account}:alias/a`, 'alias/a'].map((name): Step => {
      return encrypt({ KeyId: name }, expect.objectContaining({ CiphertextBlob: aBlob }))
    }),
  ],
  [
    'the description of a key',
    create('old_description'),
    describeKey(KeyId, metadata('old_description')),
    ['kms:UpdateKeyDescription', { KeyId, Description: 'new_description' }],
    describeKey(KeyId, metadata('new_description')),
  ],
  [
    'the aliases of a key',
    create(),
    create(),
    aliased('alias/a'),
    aliasesOf(KeyId, ['alias/a', KeyId]),
    aliasesOf('{{KeyId:2}}'),
    ['kms:UpdateAlias', { AliasName: 'alias/a', TargetKeyId: '{{KeyId:2}}' }],
    aliasesOf('{{KeyId:2}}', ['alias/a', '{{KeyId:2}}']),
    ['kms:DeleteAlias', { AliasName: 'alias/a' }],
    aliasesOf('{{KeyId:2}}'),
  ],
  [
    'a parameter with a key that is disabled',
    create(),
    aliased('alias/a'),
    ['kms:DisableKey', { KeyId }],
    [
      'ssm:PutParameter',
      { Name: '/app/a', Value: 'x', Type: 'SecureString', KeyId: 'alias/a' },
      fails('InvalidKeyId', expect.stringContaining('is disabled')),
    ],
  ],
]
