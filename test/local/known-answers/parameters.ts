import { expect } from 'vitest'
import { type Call, type KnownAnswer, refused } from './known-answer.ts'

const account = '123456789012'
const arn = (name: string): string => `arn:aws:ssm:us-east-1:${account}:parameter${name}`
const put = (Name: string, more: object = {}): Call => [
  'ssm:PutParameter',
  { Name, Value: 'x', Type: 'String', ...more },
]
const get = (Name: string, more: object = {}): Call => ['ssm:GetParameter', { Name, ...more }]
const describe = (...ParameterFilters: object[]): Call => ['ssm:DescribeParameters', { ParameterFilters }]
const named = (...names: string[]): object => ({
  Parameters: names.map((Name) => expect.objectContaining({ Name })),
})
const syntax =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ' +
  'divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_'
const subPaths =
  'Invalid parameter name: it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix ' +
  'of letters, numbers and the following 3 symbols .-_'
const reserved = 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).'
const broken = (rest: string): string => `1 validation error detected: ${rest}`
const typed = (DataType: string, Value: string, more: object = {}): Call => put('/app/a', { DataType, Value, ...more })

export const parameterAnswers: readonly KnownAnswer[] = [
  {
    about: 'PutParameter answers with the version and the tier',
    source: 'localstack',
    call: put('/app/a', { Description: 'test' }),
    answer: { Version: 1, Tier: 'Standard' },
  },
  {
    about: 'GetParameter answers with exactly these members',
    source: 'localstack',
    before: [put('/app/a')],
    call: get('/app/a'),
    answer: {
      Parameter: {
        ARN: arn('/app/a'),
        DataType: 'text',
        LastModifiedDate: expect.any(Number),
        Name: '/app/a',
        Type: 'String',
        Value: 'x',
        Version: 1,
      },
    },
  },
  {
    about: 'GetParameter by ARN answers with the plain name',
    source: 'localstack',
    before: [put('param')],
    call: get(arn('/param')),
    answer: { Parameter: expect.objectContaining({ Name: 'param', ARN: arn('/param') }) },
  },
  {
    about: 'a root-level parameter is found with a slash, and answered in the spelling of the request',
    source: 'localstack',
    before: [put('param')],
    call: get('/param'),
    answer: { Parameter: expect.objectContaining({ Name: '/param' }) },
  },
  {
    about: 'a root-level parameter that has a slash is found without it',
    source: 'moto',
    before: [put('/param')],
    call: get('param'),
    answer: { Parameter: expect.objectContaining({ Name: 'param', ARN: arn('/param') }) },
  },
  {
    about: 'a root-level parameter is deleted under either spelling',
    source: 'moto',
    before: [put('/param'), ['ssm:DeleteParameter', { Name: 'param' }]],
    call: ['ssm:GetParameters', { Names: ['param', '/param'] }],
    answer: { Parameters: [], InvalidParameters: ['param', '/param'] },
  },
  {
    about: 'a missing parameter has no text',
    source: 'report',
    call: get('/app/none'),
    ...refused('ParameterNotFound'),
  },
  {
    about: 'a missing version is named',
    source: 'motoTexts',
    before: [put('test-2')],
    call: get('test-2:2'),
    ...refused(
      'ParameterVersionNotFound',
      'Systems Manager could not find version 2 of test-2. Verify the version and try again.',
    ),
  },
  {
    about: 'a name has one selector at most',
    source: 'floci',
    before: [put('/app/a')],
    call: get('/app/a:1:2'),
    ...refused(
      'ValidationException',
      'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>',
    ),
  },
  {
    about: 'a name with an empty sub-path cannot be read',
    source: 'localstack',
    call: get('/a//b//c'),
    ...refused('ValidationException', subPaths),
  },
  {
    about: 'a hierarchy without a slash at its start cannot be read',
    source: 'localstack',
    call: get('a/b/c'),
    ...refused('ValidationException', subPaths),
  },
  {
    about: 'an existing parameter is refused without Overwrite',
    source: 'motoTexts',
    before: [put('/app/a')],
    call: put('/app/a'),
    ...refused(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    ),
  },
  ...['ssm_test', 'SSM_TEST', 'aws_test', 'AWS_TEST'].map((name): KnownAnswer => {
    return {
      about: `${name} is reserved`,
      source: 'motoTexts',
      call: put(name),
      ...refused('ValidationException', reserved),
    }
  }),
  ...['/ssm_test/path/to/var', '/SSM/PATH/TO/VAR', '/a b', '/a//b', 'a/b'].map((name): KnownAnswer => {
    return {
      about: `${name} is not a valid name`,
      source: 'motoTexts',
      call: put(name),
      ...refused('ValidationException', syntax),
    }
  }),
  ...['/aws_test/path/to/var', '/AWS/PATH/TO/VAR'].map((name): KnownAnswer => {
    const message = `No access to reserved parameter name: ${name}.`
    return {
      about: `${name} is not accessible`,
      source: 'motoTexts',
      call: put(name),
      ...refused('AccessDeniedException', message),
    }
  }),
  {
    about: 'an ARN cannot be written',
    source: 'guide',
    call: put(arn('/app/a')),
    ...refused('ValidationException', syntax),
  },
  {
    about: 'a hierarchy has 15 levels at most',
    source: 'model',
    call: put('/a'.repeat(16)),
    ...refused(
      'HierarchyLevelLimitExceededException',
      'A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names.',
    ),
  },
  {
    about: 'a value is not empty',
    source: 'motoTexts',
    call: put('/app/a', { Value: '' }),
    ...refused(
      'ValidationException',
      broken("Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1"),
    ),
  },
  {
    about: 'a value of the standard tier has 4,096 bytes at most',
    source: 'report',
    call: put('/app/a', { Value: 'x'.repeat(4_097) }),
    ...refused(
      'ValidationException',
      expect.stringMatching(
        /^Standard tier parameters support a maximum parameter value of 4096 characters\. To create/,
      ),
    ),
  },
  {
    about: 'a type is one of three',
    source: 'motoTexts',
    call: put('/app/a', { Type: 'SecretString' }),
    ...refused(
      'ValidationException',
      broken(
        "Value 'SecretString' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]",
      ),
    ),
  },
  {
    about: 'a new parameter needs a type',
    source: 'motoTexts',
    call: ['ssm:PutParameter', { Name: '/app/a', Value: 'x' }],
    ...refused('ValidationException', 'A parameter type is required when you create a parameter.'),
  },
  {
    about: 'a type does not change inside a hierarchy',
    source: 'guide',
    before: [put('/app/a')],
    call: put('/app/a', { Type: 'SecureString', Overwrite: true }),
    ...refused(
      'HierarchyTypeMismatchException',
      'Parameter Store does not support changing a parameter type in a hierarchy.',
    ),
  },
  {
    about: 'a key that does not exist',
    source: 'model',
    call: put('/app/a', { Type: 'SecureString', KeyId: 'alias/none' }),
    ...refused('InvalidKeyId', 'Invalid keyId alias/none'),
  },
  {
    about: 'tags are refused with Overwrite',
    source: 'motoTexts',
    before: [put('/app/a')],
    call: put('/app/a', { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }),
    ...refused(
      'ValidationException',
      "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove " +
        'overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.',
    ),
  },
  {
    about: 'a new version without a description keeps the previous one',
    source: 'motoTexts',
    before: [put('/app/a', { Description: 'first' }), put('/app/a', { Overwrite: true })],
    call: describe(),
    answer: { Parameters: [expect.objectContaining({ Description: 'first', Version: 2 })] },
  },
  {
    about: 'an unknown data type is refused',
    source: 'motoTexts',
    call: typed('not_text', 'x'),
    ...refused(
      'ValidationException',
      'The following data type is not supported: not_text (Data type names are all lowercase.)',
    ),
  },
  {
    about: 'a data type does not change the value in the answer',
    source: 'guide',
    before: [typed('integer', '443')],
    call: get('/app/a'),
    answer: { Parameter: expect.objectContaining({ DataType: 'integer', Value: '443' }) },
  },
  {
    about: 'a data type may change',
    source: 'guide',
    before: [typed('integer', '443')],
    call: typed('float', '1.5', { Overwrite: true }),
    answer: { Version: 2, Tier: 'Standard' },
  },
  {
    about: 'a data type does not change to an image',
    source: 'guide',
    before: [typed('text', 'x')],
    call: typed('aws:ec2:image', 'ami-12345678', { Overwrite: true }),
    ...refused('ValidationException', "The data type of a parameter can't be changed from text to aws:ec2:image."),
  },
  {
    about: 'PutParameter succeeds for a missing image',
    source: 'guide',
    before: [typed('aws:ec2:image', 'none')],
    call: get('/app/a'),
    ...refused('ParameterNotFound'),
  },
  {
    about: 'Intelligent-Tiering leaves an advanced parameter advanced',
    source: 'guide',
    before: [put('/app/a', { Tier: 'Advanced' })],
    call: put('/app/a', { Tier: 'Intelligent-Tiering', Overwrite: true }),
    answer: { Version: 2, Tier: 'Advanced' },
  },
  {
    about: 'Intelligent-Tiering makes a long value advanced',
    source: 'guide',
    call: put('/app/a', { Tier: 'Intelligent-Tiering', Value: 'x'.repeat(4_097) }),
    answer: { Version: 1, Tier: 'Advanced' },
  },
  {
    about: 'an advanced parameter does not become a standard one',
    source: 'report',
    before: [put('/app/a', { Tier: 'Advanced' })],
    call: put('/app/a', { Tier: 'Standard', Overwrite: true }),
    ...refused(
      'ValidationException',
      expect.stringMatching(/^This parameter uses the advanced-parameter tier\. You can't/),
    ),
  },
  {
    about: 'two expirations exclude each other',
    source: 'model',
    call: put('/app/a', {
      Tier: 'Advanced',
      Policies: JSON.stringify(
        ['2030-01-01T00:00:00Z', '2031-01-01T00:00:00Z'].map((Timestamp) => {
          return { Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } }
        }),
      ),
    }),
    ...refused('IncompatiblePolicyException', 'A parameter can have only one Expiration policy.'),
  },
  {
    about: 'a policy has the attributes of its type',
    source: 'model',
    call: put('/app/a', {
      Tier: 'Advanced',
      Policies: '[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"soon","Unit":"Days"}}]',
    }),
    ...refused(
      'InvalidPolicyAttributeException',
      'The policy NoChangeNotification is invalid: see the attribute After.',
    ),
  },
  {
    about: 'GetParameters takes ten names at most',
    source: 'motoTexts',
    call: ['ssm:GetParameters', { Names: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'] }],
    ...refused(
      'ValidationException',
      broken(
        "Value '[a, b, c, d, e, f, g, h, i, j, k]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10",
      ),
    ),
  },
  {
    about: 'GetParameters takes ARNs',
    source: 'localstack',
    before: [put('/app/a')],
    call: ['ssm:GetParameters', { Names: [arn('/app/a')] }],
    answer: {
      Parameters: [expect.objectContaining({ Name: '/app/a', ARN: arn('/app/a') })],
      InvalidParameters: [],
    },
  },
  {
    about: 'GetParametersByPath gives ten a page at most',
    source: 'motoTexts',
    call: ['ssm:GetParametersByPath', { Path: '/', MaxResults: 11 }],
    ...refused(
      'ValidationException',
      broken(
        "Value '11' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 10",
      ),
    ),
  },
  {
    about: 'GetParametersByPath takes no filter by tier',
    source: 'motoTexts',
    call: ['ssm:GetParametersByPath', { Path: '/', ParameterFilters: [{ Key: 'Tier', Values: ['Standard'] }] }],
    ...refused(
      'InvalidFilterKey',
      'The following filter key is not valid: Tier. Valid filter keys include: [Type, KeyId, Label].',
    ),
  },
  {
    about: 'GetParametersByPath finds a label',
    source: 'localstack',
    before: [put('/app/a'), ['ssm:LabelParameterVersion', { Name: '/app/a', ParameterVersion: 1, Labels: ['latest'] }]],
    call: ['ssm:GetParametersByPath', { Path: '/app', ParameterFilters: [{ Key: 'Label', Values: ['latest'] }] }],
    answer: named('/app/a'),
  },
  {
    about: 'GetParametersByPath does not list references',
    source: 'guide',
    call: ['ssm:GetParametersByPath', { Path: '/aws/reference/secretsmanager' }],
    ...refused('ValidationException', expect.stringContaining('It can\'t be prefixed with "aws" or "ssm"')),
  },
  {
    about: 'DescribeParameters takes one form of filter',
    source: 'motoTexts',
    call: [
      'ssm:DescribeParameters',
      { Filters: [{ Key: 'Name', Values: ['a'] }], ParameterFilters: [{ Key: 'Name', Values: ['a'] }] },
    ],
    ...refused('ValidationException', 'You can use either Filters or ParameterFilters in a single request.'),
  },
  {
    about: 'DescribeParameters has no filter by label',
    source: 'guide',
    call: describe({ Key: 'Label', Values: ['a'] }),
    ...refused(
      'InvalidFilterKey',
      'The following filter key is not valid: Label. Valid filter keys include: [Path, Name, Type, KeyId, Tier, DataType].',
    ),
  },
  {
    about: 'a filter key follows a pattern',
    source: 'model',
    call: describe({ Key: 'key', Values: ['a'] }),
    ...refused(
      'ValidationException',
      broken(
        "Value 'key' at 'parameterFilters.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$",
      ),
    ),
  },
  {
    about: 'every broken constraint is counted',
    source: 'motoTexts',
    call: describe({ Key: 'Name', Option: 'over 10 chars' }, { Key: 'key' }),
    ...refused(
      'ValidationException',
      expect.stringMatching(/^2 validation errors detected: Value 'over 10 chars' at /),
    ),
  },
  {
    about: 'a filter has values',
    source: 'motoTexts',
    call: describe({ Key: 'Name' }),
    ...refused('InvalidFilterValue', 'The following filter values are missing : null for filter key Name.'),
  },
  {
    about: 'a duplicate filter is refused',
    source: 'motoTexts',
    call: describe({ Key: 'Name', Values: ['a'] }, { Key: 'Name', Values: ['b'] }),
    ...refused(
      'InvalidFilterKey',
      'The following filter is duplicated in the request: Name. A request can contain only one occurrence of a specific filter.',
    ),
  },
  {
    about: 'a filter by path has two options',
    source: 'motoTexts',
    call: describe({ Key: 'Path', Option: 'Equals', Values: ['/app'] }),
    ...refused(
      'InvalidFilterOption',
      'The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].',
    ),
  },
  {
    about: 'a filter by path is not for parameters of AWS',
    source: 'motoTexts',
    call: describe({ Key: 'Path', Values: ['/aws'] }),
    ...refused(
      'ValidationException',
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, please specify within a global namespace.',
    ),
  },
  {
    about: 'a filter by tier has three values',
    source: 'motoTexts',
    call: describe({ Key: 'Tier', Values: ['test'] }),
    ...refused(
      'InvalidFilterOption',
      'The following filter value is not valid: test. Valid values include: [Standard, Advanced, Intelligent-Tiering].',
    ),
  },
  {
    about: 'a filter by type has three values',
    source: 'motoTexts',
    call: describe({ Key: 'Type', Values: ['test'] }),
    ...refused(
      'InvalidFilterOption',
      'The following filter value is not valid: test. Valid values include: [String, StringList, SecureString].',
    ),
  },
  {
    about: 'a filter by name has three options',
    source: 'motoTexts',
    call: describe({ Key: 'Name', Option: 'option', Values: ['test'] }),
    ...refused(
      'InvalidFilterOption',
      'The following filter option is not valid: option. Valid options include: [BeginsWith, Equals].',
    ),
  },
  {
    about: 'a filter by name can compare a part of the name',
    source: 'guide',
    before: [put('/app/db/host'), put('/app/port')],
    call: describe({ Key: 'Name', Option: 'Contains', Values: ['db/'] }),
    answer: named('/app/db/host'),
  },
  {
    about: 'a filter by tag compares the value',
    source: 'guide',
    before: [put('/app/a', { Tags: [{ Key: 'team', Value: 'shop' }] }), put('/app/b')],
    call: describe({ Key: 'tag:team', Values: ['shop'] }),
    answer: named('/app/a'),
  },
  {
    about: 'a filter by data type finds a parameter',
    source: 'model',
    before: [typed('integer', '1'), put('/app/b')],
    call: describe({ Key: 'DataType', Values: ['integer'] }),
    answer: named('/app/a'),
  },
  {
    about: 'the old form of a filter by name compares the beginning',
    source: 'motoTexts',
    before: [put('/app/a'), put('/other/a')],
    call: ['ssm:DescribeParameters', { Filters: [{ Key: 'Name', Values: ['/app'] }] }],
    answer: named('/app/a'),
  },
  {
    about: 'a version has ten labels at most',
    source: 'motoTexts',
    before: [
      put('test'),
      ['ssm:LabelParameterVersion', { Name: 'test', Labels: ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8'] }],
    ],
    call: ['ssm:LabelParameterVersion', { Name: 'test', Labels: ['b1', 'b2', 'b3'] }],
    ...refused(
      'ParameterVersionLabelLimitExceeded',
      'An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: ' +
        'A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
    ),
  },
  {
    about: 'a label has 100 characters at most',
    source: 'motoTexts',
    before: [put('test')],
    call: ['ssm:LabelParameterVersion', { Name: 'test', Labels: ['a'.repeat(101)] }],
    ...refused(
      'ValidationException',
      broken(
        `Value '[${'a'.repeat(101)}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]`,
      ),
    ),
  },
  {
    about: 'labels are invalid without failing the call',
    source: 'motoTexts',
    before: [put('test')],
    call: ['ssm:LabelParameterVersion', { Name: 'test', Labels: ['abc/123', 'aws', '1st', 'ok'] }],
    answer: { InvalidLabels: ['abc/123', 'aws', '1st'], ParameterVersion: 1 },
  },
  {
    about: 'GetParameterHistory gives 50 a page at most',
    source: 'motoTexts',
    call: ['ssm:GetParameterHistory', { Name: '/app/a', MaxResults: 51 }],
    ...refused(
      'ValidationException',
      broken(
        "Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50",
      ),
    ),
  },
  {
    about: 'tags are the same under both spellings of a root-level name',
    source: 'moto',
    before: [
      put('param'),
      ['ssm:AddTagsToResource', { ResourceType: 'Parameter', ResourceId: 'param', Tags: [{ Key: 'a', Value: '1' }] }],
      ['ssm:AddTagsToResource', { ResourceType: 'Parameter', ResourceId: '/param', Tags: [{ Key: 'b', Value: '2' }] }],
      ['ssm:RemoveTagsFromResource', { ResourceType: 'Parameter', ResourceId: '/param', TagKeys: ['a', 'none'] }],
    ],
    call: ['ssm:ListTagsForResource', { ResourceType: 'Parameter', ResourceId: 'param' }],
    answer: { TagList: [{ Key: 'b', Value: '2' }] },
  },
  {
    about: 'tags of a missing parameter',
    source: 'model',
    call: ['ssm:ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/none' }],
    ...refused('InvalidResourceId'),
  },
  {
    about: 'a required member must not be null',
    source: 'model',
    call: ['ssm:GetParameter', {}],
    ...refused(
      'ValidationException',
      broken("Value null at 'name' failed to satisfy constraint: Member must not be null"),
    ),
  },
]
