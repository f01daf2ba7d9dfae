import { namesIn, partsOf, policyType, type Resource, referenceIn, type Stack, wordsOf } from './stack.ts'
import type { OneOrMany, PolicyDocument, Statement } from './statements.ts'

/** HCL: a list of lines, without indentation of its own. */
type Lines = readonly string[]

/** A module of Terraform, for the AWS provider. */
export function terraform(stack: Stack): string {
  const used = new Set(namesIn([stack.resources, stack.outputs]))
  const sources = Object.entries(dataSources).filter(([name]) => used.has(name))
  const blocks = [
    ...sources.map(([, { type }]) => [`data "${type}" "current" {}`]),
    ...Object.entries(stack.resources).flatMap(([name, resource]) => blocksOf(name, resource, stack)),
    ...Object.entries(stack.outputs).map(([name, { description, value }]) =>
      block(`output "${snake(name)}"`, [
        ['description', JSON.stringify(description)],
        ['value', text(value, stack)],
      ]),
    ),
  ]
  const intro = [`# ${stack.description}.`]
  return [intro, ...blocks].map((lines) => lines.join('\n')).join('\n\n')
}

const dataSources: Readonly<Record<string, { readonly type: string; readonly attribute: string }>> = {
  'AWS::Partition': { type: 'aws_partition', attribute: 'partition' },
  // `id` is the name of the region in every version of the provider.
  'AWS::Region': { type: 'aws_region', attribute: 'id' },
  'AWS::AccountId': { type: 'aws_caller_identity', attribute: 'account_id' },
}

interface TerraformType {
  readonly type: string
  /** The attributes, by those of CloudFormation; `''` for the resource itself. */
  readonly attributes: Readonly<Record<string, string>>
  /** The arguments, by the properties of CloudFormation. Documents and blocks are written separately. */
  readonly arguments: Readonly<Record<string, string>>
}

const types: Readonly<Record<string, TerraformType>> = {
  [policyType]: { type: 'aws_iam_policy', attributes: { '': 'arn' }, arguments: {} },
  'AWS::Events::Rule': {
    type: 'aws_cloudwatch_event_rule',
    attributes: { '': 'name', Arn: 'arn' },
    arguments: { Name: 'name' },
  },
  'AWS::Events::Connection': {
    type: 'aws_cloudwatch_event_connection',
    attributes: { '': 'name', Arn: 'arn' },
    arguments: { Name: 'name', AuthorizationType: 'authorization_type' },
  },
  'AWS::Events::ApiDestination': {
    type: 'aws_cloudwatch_event_api_destination',
    // Terraform has no ARN without the id at the end.
    attributes: { '': 'name', Arn: 'arn', ArnForPolicy: 'arn' },
    arguments: {
      Name: 'name',
      ConnectionArn: 'connection_arn',
      HttpMethod: 'http_method',
      InvocationEndpoint: 'invocation_endpoint',
    },
  },
  'AWS::IAM::Role': { type: 'aws_iam_role', attributes: { '': 'name', Arn: 'arn' }, arguments: {} },
  'AWS::SNS::Topic': {
    type: 'aws_sns_topic',
    attributes: { '': 'arn', TopicName: 'name' },
    arguments: { TopicName: 'name', SignatureVersion: 'signature_version' },
  },
  'AWS::SNS::TopicPolicy': { type: 'aws_sns_topic_policy', attributes: {}, arguments: { Topics: 'arn' } },
  'AWS::SNS::Subscription': {
    type: 'aws_sns_topic_subscription',
    attributes: {},
    arguments: {
      TopicArn: 'topic_arn',
      Protocol: 'protocol',
      Endpoint: 'endpoint',
      RawMessageDelivery: 'raw_message_delivery',
    },
  },
  'AWS::SQS::Queue': {
    type: 'aws_sqs_queue',
    attributes: { '': 'url', Arn: 'arn', QueueName: 'name' },
    arguments: {
      QueueName: 'name',
      MessageRetentionPeriod: 'message_retention_seconds',
      SqsManagedSseEnabled: 'sqs_managed_sse_enabled',
    },
  },
  'AWS::SQS::QueuePolicy': { type: 'aws_sqs_queue_policy', attributes: {}, arguments: { Queues: 'queue_url' } },
  'AWS::SecretsManager::Secret': { type: 'aws_secretsmanager_secret', attributes: { '': 'arn' }, arguments: {} },
  'AWS::Lambda::Permission': {
    type: 'aws_lambda_permission',
    attributes: {},
    arguments: {
      FunctionName: 'function_name',
      Action: 'action',
      Principal: 'principal',
      SourceArn: 'source_arn',
    },
  },
}

type Argument = readonly [name: string, value: string]

function blocksOf(name: string, { type, properties }: Resource, stack: Stack): readonly Lines[] {
  const known = types[type]
  if (known === undefined) throw new Error(`${type} has no form in Terraform`)
  const plain = Object.entries(known.arguments).flatMap(([property, argument]): Argument[] => {
    // Terraform takes one queue or topic where CloudFormation takes several.
    const value = [properties[property]].flat()[0]
    return value === undefined ? [] : [[argument, hcl(value, stack)]]
  })
  const own = snake(name)
  const more = special[type]?.({ own, name, properties, stack }) ?? {}
  const resource = block(`resource "${known.type}" "${own}"`, [...plain, ...(more.arguments ?? [])], more.nested)
  return [...(more.before ?? []), resource, ...(more.after ?? [])]
}

interface Special {
  readonly before?: readonly Lines[]
  readonly arguments?: readonly Argument[]
  readonly nested?: readonly Lines[]
  readonly after?: readonly Lines[]
}

interface SpecialInput {
  readonly own: string
  readonly name: string
  readonly properties: Resource['properties']
  readonly stack: Stack
}

const special: Readonly<Record<string, (input: SpecialInput) => Special>> = {
  [policyType]: withDocument('policy', 'PolicyDocument'),
  'AWS::SQS::QueuePolicy': withDocument('policy', 'PolicyDocument'),
  'AWS::SNS::TopicPolicy': withDocument('policy', 'PolicyDocument'),
  'AWS::SNS::Subscription': ({ properties, stack }) => ({
    arguments: [['redrive_policy', jsonEncoded(properties.RedrivePolicy, stack)]],
  }),
  'AWS::Events::Rule': ({ own, properties, stack }) => ({
    arguments: [['event_pattern', jsonEncoded(properties.EventPattern, stack)]],
    after: recordsOf(properties.Targets).map(({ Id, Arn, RoleArn, DeadLetterConfig }) =>
      block(
        `resource "aws_cloudwatch_event_target" "${own}"`,
        [
          ['rule', `aws_cloudwatch_event_rule.${own}.name`],
          ['target_id', hcl(Id, stack)],
          ['arn', hcl(Arn, stack)],
          ...(RoleArn === undefined ? [] : [['role_arn', hcl(RoleArn, stack)] as const]),
        ],
        [block('dead_letter_config', [['arn', hcl(recordsOf([DeadLetterConfig])[0]?.Arn, stack)]])],
      ),
    ),
  }),
  'AWS::Events::Connection': ({ properties, stack }) => {
    const [parameters = {}] = recordsOf([properties.AuthParameters])
    const [{ ApiKeyName, ApiKeyValue } = {}] = recordsOf([parameters.ApiKeyAuthParameters])
    const [, key = ''] = /\$\{(\w+)\}/.exec(String(ApiKeyValue)) ?? []
    const apiKey = block('api_key', [
      ['key', hcl(ApiKeyName, stack)],
      ['value', `aws_secretsmanager_secret_version.${snake(key)}.secret_string`],
    ])
    return { nested: [block('auth_parameters', [], [apiKey])] }
  },
  'AWS::IAM::Role': (input) => {
    const { own, properties, stack } = input
    const { before = [], ...trust } = withDocument('assume_role_policy', 'AssumeRolePolicyDocument')(input)
    const [{ PolicyDocument } = {}] = recordsOf(properties.Policies)
    return {
      ...trust,
      before: [...before, document(`${own}_policy`, PolicyDocument, stack)],
      after: [
        block(`resource "aws_iam_role_policy" "${own}"`, [
          ['role', `aws_iam_role.${own}.name`],
          ['policy', `data.aws_iam_policy_document.${own}_policy.json`],
        ]),
      ],
    }
  },
  // The state of Terraform holds the key.
  'AWS::SecretsManager::Secret': ({ own }) => ({
    before: [
      block(`resource "random_password" "${own}"`, [
        ['length', '64'],
        ['special', 'false'],
      ]),
    ],
    after: [
      block(`resource "aws_secretsmanager_secret_version" "${own}"`, [
        ['secret_id', `aws_secretsmanager_secret.${own}.id`],
        ['secret_string', `random_password.${own}.result`],
      ]),
    ],
  }),
}

function withDocument(argument: string, property: string): (input: SpecialInput) => Special {
  return ({ own, properties, stack }) => ({
    before: [document(own, properties[property], stack)],
    arguments: [[argument, `data.aws_iam_policy_document.${own}.json`]],
  })
}

function document(name: string, value: unknown, stack: Stack): Lines {
  const { Statement: statements } = value as PolicyDocument
  return block(
    `data "aws_iam_policy_document" "${name}"`,
    [],
    statements.map((statement) => statementBlock(statement, stack)),
  )
}

function statementBlock({ Sid, Principal, Action, Resource, Condition = {} }: Statement, stack: Stack): Lines {
  const conditions = Object.entries(Condition).flatMap(([test, keys]) =>
    Object.entries(keys).map(([variable, values]) =>
      block('condition', [
        ['test', JSON.stringify(test)],
        ['variable', JSON.stringify(variable)],
        ['values', list(values, stack)],
      ]),
    ),
  )
  const principals =
    Principal === undefined
      ? []
      : [
          block('principals', [
            ['type', '"Service"'],
            ['identifiers', `[${JSON.stringify(Principal.Service)}]`],
          ]),
        ]
  return block(
    'statement',
    [
      ...(Sid === undefined ? [] : [['sid', JSON.stringify(Sid)] as const]),
      ['effect', '"Allow"'],
      ['actions', list(Action, stack)],
      ...(Resource === undefined ? [] : [['resources', list(Resource, stack)] as const]),
    ],
    [...principals, ...conditions],
  )
}

/** A block, with its arguments aligned as `terraform fmt` does. */
function block(head: string, given: readonly Argument[], nested: readonly Lines[] = []): Lines {
  if (given.length === 0 && nested.length === 0) return [`${head} {}`]
  // Only neighbours on one line each are aligned.
  const groups: Argument[][] = []
  for (const argument of given) {
    const last = groups.at(-1)
    const isLong = argument[1].includes('\n')
    if (last === undefined || isLong || last.at(-1)?.[1].includes('\n') === true) groups.push([argument])
    else last.push(argument)
  }
  const lines = groups.flatMap((group) => {
    const width = Math.max(...group.map(([name]) => name.length))
    return group.flatMap(([name, value]) => `${name.padEnd(width)} = ${value}`.split('\n'))
  })
  const inner = nested.flatMap((part, index) => [...(index > 0 || lines.length > 0 ? [''] : []), ...part])
  return [`${head} {`, ...[...lines, ...inner].map((line) => (line === '' ? '' : `  ${line}`)), '}']
}

function list(values: OneOrMany, stack: Stack): string {
  const all = [...new Set([values].flat().map((value) => text(String(value), stack)))]
  return all.length === 1 ? `[${all[0]}]` : `[\n${all.map((value) => `  ${value},`).join('\n')}\n]`
}

function jsonEncoded(value: unknown, stack: Stack): string {
  return `jsonencode(${hcl(value, stack)})`
}

function hcl(value: unknown, stack: Stack): string {
  if (typeof value === 'string') return text(value, stack)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  const isList = Array.isArray(value)
  const lines = Object.entries(value).flatMap(([key, inner]) => {
    const label = isList ? '' : `${/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)} = `
    return `${label}${hcl(inner, stack)}${isList ? ',' : ''}`.split('\n').map((line) => `  ${line}`)
  })
  return `${isList ? '[' : '{'}\n${lines.join('\n')}\n${isList ? ']' : '}'}`
}

/** A text as a string of HCL, or as an expression if it is one reference. */
function text(value: string, stack: Stack): string {
  const parts = partsOf(value)
  const [first] = parts
  if (parts.length === 1 && first !== undefined && 'name' in first) return expression(first.name, stack)
  const inner = parts.map((part) => ('name' in part ? `\${${expression(part.name, stack)}}` : escaped(part.text)))
  return `"${inner.join('')}"`
}

function escaped(plain: string): string {
  return JSON.stringify(plain).slice(1, -1).replaceAll('%{', '%%{')
}

function expression(name: string, { resources }: Stack): string {
  const source = dataSources[name]
  if (source !== undefined) return `data.${source.type}.current.${source.attribute}`
  const [resource, attribute] = referenceIn(name)
  const known = types[resources[resource]?.type ?? '']
  const found = known?.attributes[attribute]
  if (known === undefined || found === undefined) throw new Error(`${name} has no form in Terraform`)
  return `${known.type}.${snake(resource)}.${found}`
}

function snake(name: string): string {
  return wordsOf(name).join('_')
}

function recordsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return [value].flat().flatMap((item) => (typeof item === 'object' && item !== null ? [{ ...item }] : []))
}
