import { expect } from 'vitest'
import { type Call, type KnownAnswer, refused, token } from './known-answer.ts'

const prefix = '/aws/reference/secretsmanager/'
const create: Call = ['secretsmanager:CreateSecret', { Name: 'db', SecretString: 'one', ClientRequestToken: token(1) }]
const change: Call = [
  'secretsmanager:PutSecretValue',
  { SecretId: 'db', SecretString: 'two', ClientRequestToken: token(2) },
]
const get = (id: string, WithDecryption?: boolean): Call => [
  'ssm:GetParameter',
  { Name: `${prefix}${id}`, ...(WithDecryption !== undefined && { WithDecryption }) },
]
const secretArn = expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:db-\w{6}$/)
const source = 'floci'
const undecrypted = refused(
  'ValidationException',
  'WithDecryption flag must be True for retrieving a Secret Manager secret.',
)
const malformed = refused(
  'ValidationException',
  'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
)
const notFound = (shown: string) =>
  refused(
    'ParameterNotFound',
    `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret aws/reference/secretsmanager/${shown} not found.`,
  )

export const referenceAnswers: readonly KnownAnswer[] = [
  {
    about: 'the current version',
    source,
    before: [create, change],
    call: get('db', true),
    answer: {
      Parameter: {
        ARN: secretArn,
        LastModifiedDate: expect.any(Number),
        Name: `${prefix}db`,
        SourceResult: expect.stringMatching(
          new RegExp(
            `^{"ARN":"arn:aws:secretsmanager:[^"]+","name":"db","versionId":"${token(2)}","secretString":"two",` +
              '"versionStages":\\["AWSCURRENT"\\],"createdDate":"[A-Z][a-z]{2} \\d{1,2}, \\d{4}, \\d{1,2}:\\d{2}:\\d{2}\\s[AP]M"}$',
          ),
        ),
        Type: 'SecureString',
        Value: 'two',
        Version: 0,
      },
    },
  },
  ...['AWSPREVIOUS', token(1)].map((selector): KnownAnswer => {
    return {
      about: `the version ${selector}`,
      source,
      before: [create, change],
      call: get(`db:${selector}`, true),
      answer: {
        Parameter: expect.objectContaining({ Name: `${prefix}db`, Selector: `:${selector}`, Value: 'one' }),
      },
    }
  }),
  { about: 'without decryption', source, before: [create], call: get('db', false), ...undecrypted },
  { about: 'without the flag', source, before: [create], call: get('db'), ...undecrypted },
  { about: 'a missing secret without decryption', source, call: get('none', false), ...undecrypted },
  { about: 'a missing secret', source, call: get('none', true), ...notFound('nonenull') },
  { about: 'a missing stage', source, before: [create], call: get('db:NONE', true), ...notFound('db:NONE') },
  {
    about: 'a secret without a value',
    source: 'localstack',
    before: [['secretsmanager:CreateSecret', { Name: 'empty' }]],
    call: get('empty', true),
    ...notFound('emptynull'),
  },
  ...['db:AWSCURRENT:extra', 'db:', 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db'].map(
    (id): KnownAnswer => {
      return {
        about: `malformed, before decryption: ${id}`,
        source,
        before: [create],
        call: get(id, false),
        ...malformed,
      }
    },
  ),
  {
    about: 'a secret that is scheduled for deletion',
    source,
    before: [create, ['secretsmanager:DeleteSecret', { SecretId: 'db', RecoveryWindowInDays: 7 }]],
    call: get('db', true),
    ...refused('ValidationException', 'Invalid Request to Secrets Manager'),
  },
  {
    about: 'a binary secret has no value',
    source,
    before: [['secretsmanager:CreateSecret', { Name: 'db', SecretBinary: 'YWJj', ClientRequestToken: token(1) }]],
    call: get('db', true),
    answer: {
      Parameter: {
        ARN: secretArn,
        LastModifiedDate: expect.any(Number),
        Name: `${prefix}db`,
        SourceResult: expect.not.stringContaining('secretString'),
        Type: 'SecureString',
        Version: 0,
      },
    },
  },
  {
    about: 'GetParameters lists an unreadable reference as invalid',
    source,
    before: [create, change, ['ssm:PutParameter', { Name: '/app/a', Value: 'plain', Type: 'String' }]],
    call: [
      'ssm:GetParameters',
      {
        Names: [
          `${prefix}db`,
          `${prefix}db:AWSPREVIOUS`,
          `${prefix}none`,
          `${prefix}db:NONE`,
          `${prefix}db:a:b`,
          '/app/a',
        ],
        WithDecryption: true,
      },
    ],
    answer: {
      Parameters: ['plain', 'two', 'one'].map((Value) => expect.objectContaining({ Value })),
      InvalidParameters: [`${prefix}none`, `${prefix}db:NONE`, `${prefix}db:a:b`],
    },
  },
  {
    about: 'GetParameters without decryption answers the other names',
    source,
    before: [create, ['ssm:PutParameter', { Name: '/app/a', Value: 'plain', Type: 'String' }]],
    call: ['ssm:GetParameters', { Names: [`${prefix}db`, '/app/a'] }],
    answer: { Parameters: [expect.objectContaining({ Value: 'plain' })], InvalidParameters: [`${prefix}db`] },
  },
  {
    about: 'the name of a secret is not the name of a parameter',
    source: 'localstack',
    before: [create],
    call: ['ssm:GetParameter', { Name: 'db', WithDecryption: true }],
    ...refused('ParameterNotFound'),
  },
]
