import {
  bytesMember,
  choice,
  flagMember,
  list,
  numberMember,
  onlyMember,
  record,
  required,
  type Shape,
  textList,
  textMember,
} from './shape.ts'

// The service model of AWS: https://github.com/boto/botocore/blob/develop/botocore/data/secretsmanager/2017-10-17

const maxContent = 65_536
const secretId = required(textMember({ min: 1, max: 2_048 }))
const versionId = textMember({ min: 32, max: 64 })
const stage = textMember({ min: 1, max: 256 })
const tags = list({ Key: textMember({ min: 1, max: 128 }), Value: textMember({ max: 256 }) })
const token = textMember({ min: 1, max: 4_096 })
const content: Shape = {
  ClientRequestToken: versionId,
  SecretBinary: bytesMember({ max: maxContent }),
  SecretString: textMember({ min: 1, max: maxContent, isSecret: true }),
}
const described: Shape = { Description: textMember({ max: 2_048 }), KmsKeyId: textMember({ max: 2_048 }) }
const filters = list(
  {
    Key: choice('all', 'name', 'tag-key', 'description', 'tag-value', 'primary-region', 'owning-service'),
    Values: textList({ max: 512, pattern: /^!?[a-zA-Z0-9 :_@/+=.\-!]*$/ }, { min: 1, max: 10 }),
  },
  { max: 10 },
)

/** The request members of each Secrets Manager operation. */
export const secretShapes: Readonly<Record<string, Shape>> = {
  CreateSecret: {
    Name: required(textMember({ min: 1, max: 512 })),
    ...content,
    ...described,
    Tags: tags,
    // Terraform always sends this member.
    ForceOverwriteReplicaSecret: onlyMember(false),
  },
  PutSecretValue: {
    SecretId: secretId,
    ...content,
    VersionStages: textList({ min: 1, max: 256 }, { min: 1, max: 20 }),
  },
  UpdateSecret: { SecretId: secretId, ...content, ...described },
  GetSecretValue: { SecretId: secretId, VersionId: versionId, VersionStage: stage },
  BatchGetSecretValue: {
    SecretIdList: textList({ min: 1, max: 2_048 }, { min: 1, max: 20 }),
    Filters: filters,
    MaxResults: numberMember({ min: 1, max: 20 }),
    NextToken: token,
  },
  DescribeSecret: { SecretId: secretId },
  ListSecrets: {
    IncludePlannedDeletion: flagMember,
    MaxResults: numberMember({ min: 1, max: 100 }),
    NextToken: token,
    Filters: filters,
    SortOrder: choice('asc', 'desc'),
    SortBy: choice('created-date', 'last-accessed-date', 'last-changed-date', 'name'),
  },
  ListSecretVersionIds: {
    SecretId: secretId,
    MaxResults: numberMember({ min: 1, max: 100 }),
    NextToken: token,
    IncludeDeprecated: flagMember,
  },
  UpdateSecretVersionStage: {
    SecretId: secretId,
    VersionStage: required(stage),
    RemoveFromVersionId: versionId,
    MoveToVersionId: versionId,
  },
  DeleteSecret: {
    SecretId: secretId,
    RecoveryWindowInDays: numberMember(),
    ForceDeleteWithoutRecovery: flagMember,
  },
  RestoreSecret: { SecretId: secretId },
  GetResourcePolicy: { SecretId: secretId },
  RotateSecret: {
    SecretId: secretId,
    ClientRequestToken: versionId,
    RotationLambdaARN: textMember({ max: 2_048 }),
    RotationRules: record({
      AutomaticallyAfterDays: numberMember({ min: 1, max: 1_000 }),
      Duration: textMember({ min: 2, max: 3, pattern: /^[0-9]+h$/ }),
      ScheduleExpression: textMember({ min: 1, max: 256, pattern: /^[0-9A-Za-z()#?*\-/, ]+$/ }),
    }),
    RotateImmediately: flagMember,
  },
  GetRandomPassword: {
    PasswordLength: numberMember({ min: 1, max: 4_096 }),
    ExcludeCharacters: textMember({ max: 4_096 }),
    ExcludeNumbers: flagMember,
    ExcludePunctuation: flagMember,
    ExcludeUppercase: flagMember,
    ExcludeLowercase: flagMember,
    IncludeSpace: flagMember,
    RequireEachIncludedType: flagMember,
  },
  TagResource: { SecretId: secretId, Tags: required(tags) },
  UntagResource: { SecretId: secretId, TagKeys: required(textList({ min: 1, max: 128 })) },
}
