import { expect } from 'vitest'
import { type Call, type KnownAnswer, refused, token } from './known-answer.ts'

const call = (operation: string, input: object): Call => [`secretsmanager:${operation}`, input]
const create = (Name: string, more: object = {}): Call =>
  call('CreateSecret', { Name, SecretString: 'one', ClientRequestToken: token(1), ...more })
const put = (digit: number, more: object = {}): Call =>
  call('PutSecretValue', { SecretId: 'db', SecretString: `v${digit}`, ClientRequestToken: token(digit), ...more })
const move = (VersionStage: string, more: object): Call =>
  call('UpdateSecretVersionStage', { SecretId: 'db', VersionStage, ...more })
const remove = (more: object = {}): Call => call('DeleteSecret', { SecretId: 'db', ...more })
const list = (more: object = {}): Call => call('ListSecrets', more)
const versions = (more: object = {}): Call => call('ListSecretVersionIds', { SecretId: 'db', ...more })

const ARN = expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:db-\w{6}$/)
const CreatedDate = expect.any(Number)
const LastChangedDate = expect.any(Number)
const notFound = "Secrets Manager can't find the specified secret."
const invalidName =
  'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!'
const marked = "You can't perform this operation on the secret because it was marked for deletion."
const noToken = 'You must provide a ClientRequestToken value. We recommend a UUID-type value.'
const inUse = new RegExp(
  `^You can't use ClientRequestToken ${token(1)} because that value is already in use for a version of secret arn:\\S+\\.$`,
)
const version = (digit: number, ...VersionStages: string[]): object => ({
  VersionId: token(digit),
  CreatedDate,
  KmsKeyIds: ['DefaultEncryptionKey'],
  ...(VersionStages.length > 0 && { VersionStages }),
})
const named = (...names: string[]): object => ({ SecretList: names.map((Name) => expect.objectContaining({ Name })) })
const word = (name: string, more: object = {}): Call => call('CreateSecret', { Name: name, ...more })

export const secretAnswers: readonly KnownAnswer[] = [
  {
    about: 'CreateSecret answers with the first version',
    source: 'localstack',
    call: create('db'),
    answer: { ARN, Name: 'db', VersionId: token(1) },
  },
  {
    about: 'DescribeSecret answers with exactly these members for a new secret',
    source: 'localstack',
    before: [create('db', { Description: 'Testing secret creation.' })],
    call: call('DescribeSecret', { SecretId: 'db' }),
    answer: {
      ARN,
      Name: 'db',
      Description: 'Testing secret creation.',
      CreatedDate,
      LastChangedDate,
      VersionIdsToStages: { [token(1)]: ['AWSCURRENT'] },
    },
  },
  {
    about: 'DescribeSecret shows the day of the last access',
    source: 'localstack',
    before: [create('db'), call('GetSecretValue', { SecretId: 'db' })],
    call: call('DescribeSecret', { SecretId: 'db' }),
    answer: expect.objectContaining({ LastAccessedDate: Math.floor(Date.now() / 86_400_000) * 86_400 }),
  },
  {
    about: 'a secret without a value has no version',
    source: 'localstack',
    call: call('CreateSecret', { Name: 'db' }),
    answer: { ARN, Name: 'db' },
  },
  {
    about: 'a secret without a value is described without versions',
    source: 'localstack',
    before: [call('CreateSecret', { Name: 'db', Description: '' })],
    call: call('DescribeSecret', { SecretId: 'db' }),
    answer: { ARN, Name: 'db', CreatedDate, LastChangedDate },
  },
  {
    about: 'a secret without a value cannot be read',
    source: 'localstack',
    before: [call('CreateSecret', { Name: 'db' })],
    call: call('GetSecretValue', { SecretId: 'db' }),
    ...refused(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    ),
  },
  {
    about: 'the first version is the current one',
    source: 'localstack',
    before: [call('CreateSecret', { Name: 'db' })],
    call: put(2),
    answer: { ARN, Name: 'db', VersionId: token(2), VersionStages: ['AWSCURRENT'] },
  },
  {
    about: 'the same name is refused',
    source: 'moto',
    before: [create('db')],
    call: create('db', { ClientRequestToken: token(2) }),
    ...refused('ResourceExistsException', 'The operation failed because the secret db already exists.'),
  },
  {
    about: 'the same name, token and content is answered again',
    source: 'moto',
    before: [create('db')],
    call: create('db'),
    answer: { ARN, Name: 'db', VersionId: token(1) },
  },
  {
    about: 'the same name and token with other content is refused',
    source: 'moto',
    before: [create('db')],
    call: create('db', { SecretString: 'two' }),
    ...refused('ResourceExistsException', expect.stringMatching(inUse)),
  },
  {
    about: 'the same token and content is put again',
    source: 'moto',
    before: [create('db')],
    call: put(1, { SecretString: 'one' }),
    answer: { ARN, Name: 'db', VersionId: token(1), VersionStages: ['AWSCURRENT'] },
  },
  {
    about: 'the same token with other content is not put',
    source: 'moto',
    before: [create('db')],
    call: put(1),
    ...refused('ResourceExistsException', expect.stringMatching(inUse)),
  },
  {
    about: 'the same token with other content does not update',
    source: 'moto',
    before: [create('db')],
    call: call('UpdateSecret', { SecretId: 'db', SecretString: 'two', ClientRequestToken: token(1) }),
    ...refused('ResourceExistsException', expect.stringMatching(inUse)),
  },
  {
    about: 'a name that is scheduled for deletion cannot be created',
    source: 'localstack',
    before: [create('db'), remove()],
    call: create('db', { ClientRequestToken: token(2) }),
    ...refused(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    ),
  },
  {
    about: 'a name that was deleted at once can be created',
    source: 'localstack',
    before: [create('db'), remove({ ForceDeleteWithoutRecovery: true })],
    call: create('db'),
    answer: { ARN, Name: 'db', VersionId: token(1) },
  },
  ...(['CreateSecret', 'PutSecretValue', 'UpdateSecret'] as const).map((operation): KnownAnswer => {
    const id = operation === 'CreateSecret' ? { Name: 'other' } : { SecretId: 'db' }
    return {
      about: `${operation} needs a token, which SDKs add`,
      source: 'localstack',
      before: [create('db')],
      call: call(operation, { ...id, SecretString: 'x' }),
      ...refused('InvalidRequestException', noToken),
    }
  }),
  {
    about: 'RotateSecret needs a token, with another error',
    source: 'localstack',
    before: [create('db')],
    call: call('RotateSecret', { SecretId: 'db' }),
    ...refused('InvalidParameterException', noToken),
  },
  ...['Inv Name', ' Inv Name', ' Inv*Name? ', ' Inv *?!]Name\\-'].flatMap((name): KnownAnswer[] => {
    const same = { source: 'localstack', ...refused('ValidationException', invalidName) } as const
    return [
      { about: `create ${name}`, call: create(name), ...same },
      { about: `read ${name}`, call: call('GetSecretValue', { SecretId: name }), ...same },
      { about: `describe ${name}`, call: call('DescribeSecret', { SecretId: name }), ...same },
      { about: `list versions of ${name}`, call: call('ListSecretVersionIds', { SecretId: name }), ...same },
      {
        about: `tag ${name}`,
        call: call('TagResource', { SecretId: name, Tags: [{ Key: 'a', Value: 'b' }] }),
        ...same,
      },
      {
        about: `delete ${name}`,
        call: call('DeleteSecret', { SecretId: name, ForceDeleteWithoutRecovery: true }),
        ...same,
      },
    ]
  }),
  ...['Valid/_+=.@-Name', 'Valid/_+=.@-Name-a1b2', 'Valid/_+=.@-Name-a1b2c3-', 'rds!db-5ae6'].map(
    (name): KnownAnswer => {
      return {
        about: `${name} is a valid name, and is found by an ARN without the random suffix`,
        source: 'localstack',
        before: [create(name)],
        call: call('GetSecretValue', { SecretId: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}` }),
        answer: expect.objectContaining({ Name: name, SecretString: 'one' }),
      }
    },
  ),
  {
    about: 'an ARN without the random suffix is not found if the name ends like one',
    source: 'localstack',
    before: [create('Invalid/_+=.@-Name-a1b2c3')],
    call: call('GetSecretValue', {
      SecretId: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:Invalid/_+=.@-Name-a1b2c3',
    }),
    ...refused('ResourceNotFoundException', notFound),
  },
  {
    about: 'a missing secret',
    source: 'localstack',
    call: call('GetSecretValue', { SecretId: 'none' }),
    ...refused('ResourceNotFoundException', notFound),
  },
  {
    about: 'the versions of a missing secret',
    source: 'localstack',
    call: call('ListSecretVersionIds', { SecretId: 'none' }),
    ...refused('ResourceNotFoundException', notFound),
  },
  {
    about: 'a missing version',
    source: 'localstack',
    before: [create('db')],
    call: call('GetSecretValue', { SecretId: 'db', VersionId: token(9) }),
    ...refused(
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for VersionId: ${token(9)}`,
    ),
  },
  {
    about: 'a missing stage',
    source: 'localstack',
    before: [create('db')],
    call: call('GetSecretValue', { SecretId: 'db', VersionStage: 'AWSPREVIOUS' }),
    ...refused(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
    ),
  },
  {
    about: 'a version that does not have the requested stage',
    source: 'localstack',
    before: [create('db'), put(2)],
    call: call('GetSecretValue', { SecretId: 'db', VersionId: token(1), VersionStage: 'AWSCURRENT' }),
    ...refused(
      'InvalidRequestException',
      'You provided a VersionStage that is not associated to the provided VersionId.',
    ),
  },
  {
    about: 'a secret without content',
    source: 'motoTexts',
    before: [create('db')],
    call: call('PutSecretValue', { SecretId: 'db', ClientRequestToken: token(2) }),
    ...refused('InvalidRequestException', 'You must provide either SecretString or SecretBinary.'),
  },
  {
    about: 'UpdateSecret answers without a version when only the description is new',
    source: 'localstack',
    before: [create('db')],
    call: call('UpdateSecret', { SecretId: 'db', Description: 'MyDescription', ClientRequestToken: token(2) }),
    answer: { ARN, Name: 'db' },
  },
  {
    about: 'UpdateSecret keeps the description that it does not replace',
    source: 'localstack',
    before: [
      create('db', { Description: 'MyNewDescription' }),
      call('UpdateSecret', { SecretId: 'db', SecretString: 'two', ClientRequestToken: token(2) }),
    ],
    call: call('DescribeSecret', { SecretId: 'db' }),
    answer: {
      ARN,
      Name: 'db',
      Description: 'MyNewDescription',
      CreatedDate,
      LastChangedDate,
      VersionIdsToStages: { [token(1)]: ['AWSPREVIOUS'], [token(2)]: ['AWSCURRENT'] },
    },
  },
  {
    about: 'versions without a stage are not listed',
    source: 'localstack',
    before: [create('db'), put(2), put(3)],
    call: versions(),
    answer: { ARN, Name: 'db', Versions: [version(2, 'AWSPREVIOUS'), version(3, 'AWSCURRENT')] },
  },
  {
    about: 'versions without a stage are listed with IncludeDeprecated',
    source: 'localstack',
    before: [create('db'), put(2), put(3)],
    call: versions({ IncludeDeprecated: true }),
    answer: { ARN, Name: 'db', Versions: [version(1), version(2, 'AWSPREVIOUS'), version(3, 'AWSCURRENT')] },
  },
  {
    about: 'a newer version takes over the stages',
    source: 'localstack',
    before: [
      create('db'),
      put(2, { VersionStages: ['one', 'two', 'three'] }),
      put(3, { VersionStages: ['one', 'two', 'four'] }),
    ],
    call: versions(),
    answer: {
      ARN,
      Name: 'db',
      Versions: [
        version(1, 'AWSCURRENT'),
        version(2, 'three'),
        { ...version(3), VersionStages: expect.arrayContaining(['one', 'two', 'four']) },
      ],
    },
  },
  {
    about: 'a pending version that becomes the current one keeps both stages',
    source: 'localstack',
    before: [
      create('db'),
      put(2, { VersionStages: ['AWSPENDING'] }),
      move('AWSCURRENT', { MoveToVersionId: token(2), RemoveFromVersionId: token(1) }),
    ],
    call: versions(),
    answer: {
      ARN,
      Name: 'db',
      Versions: [
        version(1, 'AWSPREVIOUS'),
        { ...version(2), VersionStages: expect.arrayContaining(['AWSCURRENT', 'AWSPENDING']) },
      ],
    },
  },
  {
    about: 'a version that is no longer current is no longer pending',
    source: 'localstack',
    before: [
      create('db'),
      put(2, { VersionStages: ['AWSPENDING'] }),
      move('AWSCURRENT', { MoveToVersionId: token(2), RemoveFromVersionId: token(1) }),
      put(3),
    ],
    call: versions(),
    answer: { ARN, Name: 'db', Versions: [version(2, 'AWSPREVIOUS'), version(3, 'AWSCURRENT')] },
  },
  {
    about: 'other stages stay on a version that is no longer current',
    source: 'localstack',
    before: [
      create('db'),
      put(2, { VersionStages: ['AWSCURRENT', 'PUT0'] }),
      put(3, { VersionStages: ['AWSPENDING', 'PUT1'] }),
      move('AWSCURRENT', { MoveToVersionId: token(3), RemoveFromVersionId: token(2) }),
    ],
    call: versions(),
    answer: {
      ARN,
      Name: 'db',
      Versions: [
        { ...version(2), VersionStages: expect.arrayContaining(['AWSPREVIOUS', 'PUT0']) },
        { ...version(3), VersionStages: expect.arrayContaining(['AWSCURRENT', 'AWSPENDING', 'PUT1']) },
      ],
    },
  },
  {
    about: 'a stage is removed',
    source: 'localstack',
    before: [
      create('db'),
      put(2, { VersionStages: ['PENDING'] }),
      move('AWSCURRENT', { MoveToVersionId: token(2), RemoveFromVersionId: token(1) }),
      move('PENDING', { RemoveFromVersionId: token(2) }),
    ],
    call: call('GetSecretValue', { SecretId: 'db', VersionId: token(2) }),
    answer: { ARN, Name: 'db', CreatedDate, SecretString: 'v2', VersionId: token(2), VersionStages: ['AWSCURRENT'] },
  },
  {
    about: 'a stage is not moved without RemoveFromVersionId',
    source: 'moto',
    before: [create('db'), put(2, { VersionStages: ['AWSPENDING'] })],
    call: move('AWSCURRENT', { MoveToVersionId: token(2) }),
    ...refused(
      'InvalidParameterException',
      `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${token(1)}, so you must explicitly reference that version in RemoveFromVersionId.`,
    ),
  },
  {
    about: 'AWSCURRENT can be moved, but not removed',
    source: 'report',
    before: [create('db')],
    call: move('AWSCURRENT', { RemoveFromVersionId: token(1) }),
    ...refused(
      'InvalidParameterException',
      "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
    ),
  },
  {
    about: 'a recovery window has 7 to 30 days',
    source: 'motoTexts',
    before: [create('db')],
    call: remove({ RecoveryWindowInDays: 6 }),
    ...refused(
      'InvalidParameterException',
      'The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
    ),
  },
  {
    about: 'a forced deletion has no recovery window',
    source: 'motoTexts',
    before: [create('db')],
    call: remove({ RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: true }),
    ...refused(
      'InvalidParameterException',
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    ),
  },
  {
    about: 'a secret that is scheduled for deletion is described with its date',
    source: 'localstack',
    before: [create('db'), remove()],
    call: call('DescribeSecret', { SecretId: 'db' }),
    answer: {
      ARN,
      Name: 'db',
      CreatedDate,
      LastChangedDate,
      DeletedDate: expect.any(Number),
      VersionIdsToStages: { [token(1)]: ['AWSCURRENT'] },
    },
  },
  {
    about: 'a secret that is scheduled for deletion can be deleted at once',
    source: 'localstack',
    before: [create('db'), remove()],
    call: remove({ ForceDeleteWithoutRecovery: true }),
    answer: { ARN, Name: 'db', DeletionDate: expect.any(Number) },
  },
  {
    about: 'a missing secret is deleted at once without an error',
    source: 'guide',
    call: remove({ ForceDeleteWithoutRecovery: true }),
    answer: { ARN, Name: 'db', DeletionDate: expect.any(Number) },
  },
  {
    about: 'a secret is restored',
    source: 'localstack',
    before: [create('db'), remove(), call('RestoreSecret', { SecretId: 'db' })],
    call: call('GetSecretValue', { SecretId: 'db' }),
    answer: expect.objectContaining({ SecretString: 'one' }),
  },
  ...(['GetSecretValue', 'PutSecretValue', 'UpdateSecret', 'TagResource', 'UntagResource'] as const).map(
    (operation): KnownAnswer => {
      const more = {
        GetSecretValue: {},
        PutSecretValue: { SecretString: 'two', ClientRequestToken: token(2) },
        UpdateSecret: { Description: 'x', ClientRequestToken: token(2) },
        TagResource: { Tags: [{ Key: 'a', Value: 'b' }] },
        UntagResource: { TagKeys: ['a'] },
      }
      return {
        about: `${operation} of a secret that is scheduled for deletion`,
        source: 'localstack',
        before: [create('db'), remove()],
        call: call(operation, { SecretId: 'db', ...more[operation] }),
        ...refused('InvalidRequestException', marked),
      }
    },
  ),
  {
    about: 'a secret without a policy',
    source: 'guide',
    before: [create('db', { ForceOverwriteReplicaSecret: false })],
    call: call('GetResourcePolicy', { SecretId: 'db' }),
    answer: { ARN, Name: 'db' },
  },
  {
    about: 'a rotation without a function',
    source: 'localstack',
    before: [create('db')],
    call: call('RotateSecret', { SecretId: 'db', ClientRequestToken: token(2) }),
    ...refused('InvalidRequestException', 'No Lambda rotation function ARN is associated with this secret.'),
  },
  {
    about: 'a rotation by a missing function',
    source: 'localstack',
    before: [create('db')],
    call: call('RotateSecret', {
      SecretId: 'db',
      ClientRequestToken: token(2),
      RotationLambdaARN: 'arn:aws:lambda:us-east-1:123456789012:function:none',
      RotationRules: { AutomaticallyAfterDays: 1 },
    }),
    ...refused(
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
    ),
  },
  {
    about: 'tags are described',
    source: 'localstack',
    before: [
      call('CreateSecret', { Name: 'db' }),
      call('TagResource', { SecretId: 'db', Tags: [{ Key: 'tag1', Value: 'value1' }] }),
      call('TagResource', { SecretId: 'db', Tags: [{ Key: 'tag2', Value: 'value2' }] }),
      call('UntagResource', { SecretId: 'db', TagKeys: ['tag1'] }),
    ],
    call: call('DescribeSecret', { SecretId: 'db' }),
    answer: { ARN, Name: 'db', CreatedDate, LastChangedDate, Tags: [{ Key: 'tag2', Value: 'value2' }] },
  },
  {
    about: 'DescribeSecret shows an empty list of tags after the last tag is removed',
    source: 'localstack',
    before: [
      call('CreateSecret', { Name: 'db', Tags: [{ Key: 'tag1', Value: 'value1' }] }),
      call('UntagResource', { SecretId: 'db', TagKeys: ['tag1'] }),
    ],
    call: call('DescribeSecret', { SecretId: 'db' }),
    answer: { ARN, Name: 'db', CreatedDate, LastChangedDate, Tags: [] },
  },
  {
    about: 'ListSecrets answers with exactly these members',
    source: 'localstack',
    before: [create('db', { Description: 'testing creation of secrets' })],
    call: list(),
    answer: {
      SecretList: [
        {
          ARN,
          Name: 'db',
          Description: 'testing creation of secrets',
          CreatedDate,
          LastChangedDate,
          SecretVersionsToStages: { [token(1)]: ['AWSCURRENT'] },
        },
      ],
    },
  },
  {
    about: 'secrets are listed from the oldest to the newest',
    source: 'localstack',
    before: [word('b'), word('a'), word('c')],
    call: list(),
    answer: named('b', 'a', 'c'),
  },
  {
    about: 'secrets that are scheduled for deletion are listed with IncludePlannedDeletion',
    source: 'motoTexts',
    before: [create('db'), word('a'), remove()],
    call: list({ IncludePlannedDeletion: true }),
    answer: named('db', 'a'),
  },
  ...(
    [
      [['one two'], ['foo', 'bar']],
      [['o t'], ['foo', 'bar']],
      [['t'], ['foo', 'bar', 'qux']],
    ] as const
  ).map(([Values, names]): KnownAnswer => {
    return {
      about: `descriptions with words that begin with ${Values.join()}`,
      source: 'moto',
      before: [
        word('foo', { Description: 'one two' }),
        word('bar', { Description: 'one and two' }),
        word('baz', { Description: 'one' }),
        word('qux', { Description: 'two' }),
        word('none', { Description: 'unrelated' }),
      ],
      call: list({ Filters: [{ Key: 'description', Values }] }),
      answer: named(...names),
    }
  }),
  {
    about: 'a secret must pass two filters with the same key',
    source: 'moto',
    before: [word('foo', { Description: 'one two' }), word('bar', { Description: 'one' })],
    call: list({
      Filters: [
        { Key: 'description', Values: ['one'] },
        { Key: 'description', Values: ['two'] },
      ],
    }),
    answer: named('foo'),
  },
  ...(
    [
      ['SecretOne', ['SecretOne']],
      ['foo', ['SecretFTag', 'SecretFValue']],
      ['Secret', ['SecretOne', 'SecretTwo', 'SecretFTag', 'SecretFValue']],
      ['sec', ['SecretOne', 'SecretTwo', 'SecretFTag', 'SecretFValue']],
      ['ret', []],
      ['SomeSecret', []],
      ['d', ['SecretTwo']],
      ['d t', ['SecretTwo']],
      ['t', ['SecretTwo', 'Thirdsecret', 'SecretFTag']],
      ['+', []],
    ] as const
  ).map(([value, names]): KnownAnswer => {
    return {
      about: `any attribute with words that begin with ${value}`,
      source: 'moto',
      before: [
        word('SecretOne'),
        word('SecretTwo', { Description: 'DescTwo' }),
        word('Thirdsecret'),
        word('SecretFTag', { Tags: [{ Key: '1', Value: 'foo' }] }),
        word('SecretFValue', { Tags: [{ Key: 'foo', Value: 'v' }] }),
      ],
      call: list({ Filters: [{ Key: 'all', Values: [value] }] }),
      answer: named(...names),
    }
  }),
  ...(
    [
      ['company', ['uat/COMPANY']],
      ['Ythings', ['uat/COMPANYthings']],
      ['things', []],
      ['N', []],
      ['pany', []],
      ['Beta', ['prod/AppBeta', 'prod_AppBeta', 'prod+AppBeta', 'prod=AppBeta', 'prod.AppBeta', 'prod@AppBeta']],
    ] as const
  ).map(([value, names]): KnownAnswer => {
    return {
      about: `words inside names: ${value}`,
      source: 'moto',
      before: [
        word('uat/COMPANY'),
        word('uat/COMPANYthings'),
        ...['prod/AppBeta', 'prod_AppBeta', 'prod+AppBeta', 'prod=AppBeta', 'prod.AppBeta', 'prod@AppBeta'].map(
          (name) => word(name),
        ),
      ],
      call: list({ Filters: [{ Key: 'all', Values: [value] }] }),
      answer: named(...names),
    }
  }),
  {
    about: 'a filter key that does not exist',
    source: 'motoTexts',
    call: list({ Filters: [{ Key: 'invalid', Values: ['foo'] }] }),
    ...refused(
      'ValidationException',
      expect.stringMatching(
        /^1 validation error detected: Value 'invalid' at 'filters\.1\.member\.key' failed to satisfy constraint: Member must satisfy enum value set: \[all, name, tag-key,/,
      ),
    ),
  },
  {
    about: 'a filter without a key',
    source: 'motoTexts',
    call: list({ Filters: [{ Values: ['foo'] }] }),
    ...refused('InvalidParameterException', 'Invalid filter key'),
  },
  {
    about: 'a filter without values',
    source: 'motoTexts',
    call: list({ Filters: [{ Key: 'description' }] }),
    ...refused('InvalidParameterException', 'Invalid filter values for key: description'),
  },
  {
    about: 'BatchGetSecretValue lists the secrets that it cannot read',
    source: 'motoTexts',
    before: [create('db')],
    call: call('BatchGetSecretValue', { SecretIdList: ['db', 'none'] }),
    answer: {
      SecretValues: [expect.objectContaining({ Name: 'db', SecretString: 'one', VersionStages: ['AWSCURRENT'] })],
      Errors: [{ SecretId: 'none', ErrorCode: 'ResourceNotFoundException', Message: notFound }],
    },
  },
  {
    about: 'BatchGetSecretValue reads the secrets that pass filters',
    source: 'guide',
    before: [create('db'), create('other')],
    call: call('BatchGetSecretValue', { Filters: [{ Key: 'name', Values: ['d'] }] }),
    answer: { SecretValues: [expect.objectContaining({ Name: 'db' })], Errors: [] },
  },
  {
    about: 'BatchGetSecretValue takes names or filters',
    source: 'motoTexts',
    call: call('BatchGetSecretValue', { SecretIdList: ['db'], Filters: [{ Key: 'name', Values: ['d'] }] }),
    ...refused('InvalidParameterException', "Either 'SecretIdList' or 'Filters' must be provided, but not both."),
  },
  {
    about: 'BatchGetSecretValue has pages only with filters',
    source: 'motoTexts',
    call: call('BatchGetSecretValue', { SecretIdList: ['db'], MaxResults: 1 }),
    ...refused(
      'InvalidParameterException',
      "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    ),
  },
  {
    about: 'BatchGetSecretValue takes 20 names at most',
    source: 'model',
    call: call('BatchGetSecretValue', { SecretIdList: Array.from({ length: 21 }, () => 'a') }),
    ...refused(
      'ValidationException',
      expect.stringContaining("at 'secretIdList' failed to satisfy constraint: Member"),
    ),
  },
  {
    about: 'a secret of more than 65,536 bytes is refused, and the error omits it',
    source: 'model',
    call: create('db', { SecretString: 'x'.repeat(65_537) }),
    ...refused(
      'ValidationException',
      "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536",
    ),
  },
  {
    about: 'a password must be long enough for each kind of character',
    source: 'motoTexts',
    call: call('GetRandomPassword', { PasswordLength: 3 }),
    ...refused('InvalidParameterException', 'Password length 3 is too short based on the required types.'),
  },
  {
    about: 'a password has 4,096 characters at most',
    source: 'motoTexts',
    call: call('GetRandomPassword', { PasswordLength: 4_097 }),
    ...refused(
      'ValidationException',
      "1 validation error detected: Value '4097' at 'passwordLength' failed to satisfy constraint: Member must have value less than or equal to 4096",
    ),
  },
  {
    about: 'a password contains no excluded characters',
    source: 'guide',
    call: call('GetRandomPassword', {
      PasswordLength: 64,
      ExcludePunctuation: true,
      ExcludeUppercase: true,
      ExcludeNumbers: true,
      ExcludeCharacters: 'aeiou',
    }),
    answer: { RandomPassword: expect.stringMatching(/^[b-df-hj-np-tv-z]{64}$/) },
  },
]
