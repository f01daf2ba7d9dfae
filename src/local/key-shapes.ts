import {
  bytesMember,
  choice,
  flagMember,
  list,
  numberMember,
  onlyMember,
  required,
  type Shape,
  textList,
  textMapMember,
  textMember,
} from './shape.ts'

// The service model of AWS: https://github.com/boto/botocore/blob/develop/botocore/data/kms/2014-11-01

const optionalKeyId = textMember({ min: 1, max: 2_048 })
const keyId = required(optionalKeyId)
const alias = required(textMember({ min: 1, max: 256, pattern: /^[a-zA-Z0-9:/_-]+$/ }))
const tags = list({ TagKey: required(textMember({ min: 1, max: 128 })), TagValue: required(textMember({ max: 256 })) })
const page: Shape = { Limit: numberMember({ min: 1, max: 1_000 }), Marker: textMember({ min: 1, max: 1_024 }) }
const ciphertext = required(bytesMember({ max: 6_144 }))
const algorithm = onlyMember('SYMMETRIC_DEFAULT')
const numberOfBytes = numberMember({ min: 1, max: 1_024 })
const context: Shape = { EncryptionContext: textMapMember(), DryRun: flagMember }
const dataKey: Shape = { KeyId: keyId, NumberOfBytes: numberOfBytes, KeySpec: choice('AES_256', 'AES_128'), ...context }

/** The request members of each KMS operation. */
export const keyShapes: Readonly<Record<string, Shape>> = {
  CreateKey: {
    Description: textMember({ max: 8_192 }),
    KeyUsage: onlyMember('ENCRYPT_DECRYPT'),
    KeySpec: algorithm,
    CustomerMasterKeySpec: algorithm,
    Origin: onlyMember('AWS_KMS'),
    MultiRegion: onlyMember(false),
    BypassPolicyLockoutSafetyCheck: onlyMember(false),
    Tags: tags,
  },
  DescribeKey: { KeyId: keyId },
  ListKeys: page,
  UpdateKeyDescription: { KeyId: keyId, Description: required(textMember({ max: 8_192 })) },
  EnableKey: { KeyId: keyId },
  DisableKey: { KeyId: keyId },
  ScheduleKeyDeletion: { KeyId: keyId, PendingWindowInDays: numberMember({ min: 1, max: 365 }) },
  CancelKeyDeletion: { KeyId: keyId },
  CreateAlias: { AliasName: alias, TargetKeyId: keyId },
  UpdateAlias: { AliasName: alias, TargetKeyId: keyId },
  DeleteAlias: { AliasName: alias },
  ListAliases: { KeyId: optionalKeyId, ...page },
  TagResource: { KeyId: keyId, Tags: required(tags) },
  UntagResource: { KeyId: keyId, TagKeys: required(textList({ min: 1, max: 128 })) },
  ListResourceTags: { KeyId: keyId, ...page },
  Encrypt: {
    KeyId: keyId,
    Plaintext: required(bytesMember({ max: 4_096 })),
    EncryptionAlgorithm: algorithm,
    ...context,
  },
  Decrypt: { KeyId: optionalKeyId, CiphertextBlob: ciphertext, EncryptionAlgorithm: algorithm, ...context },
  ReEncrypt: {
    CiphertextBlob: ciphertext,
    SourceKeyId: optionalKeyId,
    SourceEncryptionContext: textMapMember(),
    SourceEncryptionAlgorithm: algorithm,
    DestinationKeyId: keyId,
    DestinationEncryptionContext: textMapMember(),
    DestinationEncryptionAlgorithm: algorithm,
    DryRun: flagMember,
  },
  GenerateDataKey: dataKey,
  GenerateDataKeyWithoutPlaintext: dataKey,
  GenerateRandom: { NumberOfBytes: numberOfBytes },
}
