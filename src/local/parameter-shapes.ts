import { choice, flagMember, list, numberMember, required, type Shape, textList, textMember } from './shape.ts'

// The service model of AWS: https://github.com/boto/botocore/blob/develop/botocore/data/ssm/2014-11-06/service-2.json.gz

const nameBounds = { min: 1, max: 2_048 }
const name = required(textMember(nameBounds))
const tagText = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u
const tags = list(
  {
    Key: required(textMember({ min: 1, max: 128, pattern: tagText })),
    Value: required(textMember({ max: 256, pattern: tagText })),
  },
  { max: 1_000 },
)
const resource: Shape = {
  ResourceType: required(
    choice(
      'Document',
      'ManagedInstance',
      'MaintenanceWindow',
      'Parameter',
      'PatchBaseline',
      'OpsItem',
      'OpsMetadata',
      'Automation',
      'Association',
      'CloudConnector',
    ),
  ),
  ResourceId: required(textMember()),
}
const labels = required(textList({ min: 1, max: 100 }, { min: 1, max: 10 }))
const filterValues = textList({ min: 1, max: 1_024 }, { min: 1, max: 50 })
const parameterFilters = list({
  Key: required(textMember({ min: 1, max: 132, pattern: /^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$/ })),
  Option: textMember({ min: 1, max: 10 }),
  Values: filterValues,
})
const token = textMember()

/** The request members of each Parameter Store operation. */
export const parameterShapes: Readonly<Record<string, Shape>> = {
  PutParameter: {
    Name: name,
    Description: textMember({ max: 1_024 }),
    Value: required(textMember({ min: 1, isSecret: true })),
    Type: choice('SecureString', 'StringList', 'String'),
    KeyId: textMember({ min: 1, max: 256, pattern: /^([a-zA-Z0-9:/_-]+)$/ }),
    Overwrite: flagMember,
    AllowedPattern: textMember({ max: 1_024 }),
    Tags: tags,
    Tier: choice('Standard', 'Advanced', 'Intelligent-Tiering'),
    Policies: textMember({ min: 1, max: 4_096 }),
    DataType: textMember({ max: 128 }),
  },
  GetParameter: { Name: name, WithDecryption: flagMember },
  GetParameters: { Names: required(textList(nameBounds, { min: 1, max: 10 })), WithDecryption: flagMember },
  GetParametersByPath: {
    Path: name,
    Recursive: flagMember,
    ParameterFilters: parameterFilters,
    WithDecryption: flagMember,
    MaxResults: numberMember({ min: 1, max: 10 }),
    NextToken: token,
  },
  DescribeParameters: {
    Filters: list({ Key: required(choice('Name', 'Type', 'KeyId')), Values: required(filterValues) }),
    ParameterFilters: parameterFilters,
    MaxResults: numberMember({ min: 1, max: 50 }),
    NextToken: token,
    Shared: flagMember,
  },
  GetParameterHistory: {
    Name: name,
    WithDecryption: flagMember,
    MaxResults: numberMember({ min: 1, max: 50 }),
    NextToken: token,
  },
  LabelParameterVersion: { Name: name, ParameterVersion: numberMember(), Labels: labels },
  UnlabelParameterVersion: { Name: name, ParameterVersion: required(numberMember()), Labels: labels },
  DeleteParameter: { Name: name },
  DeleteParameters: { Names: required(textList(nameBounds, { min: 1, max: 10 })) },
  AddTagsToResource: { ...resource, Tags: required(tags) },
  RemoveTagsFromResource: {
    ...resource,
    TagKeys: required(textList({ min: 1, max: 128, pattern: tagText })),
  },
  ListTagsForResource: resource,
}
