import type { EncryptionKeys, NotificationSource } from '../../ports.ts'
import { fullName, isArn, parseArn, referencePrefix } from '../../tools/names.ts'
import type { NeededSecret, Needs } from './needs.ts'

/** A statement of a policy. Its texts hold `${AWS::Region}` and the like, as those of CloudFormation do. */
export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow'
  readonly Principal?: { readonly Service: string }
  readonly Action: OneOrMany
  readonly Resource?: OneOrMany
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany>>>>
}

export type OneOrMany = string | readonly string[]

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

export function documentOf(statements: readonly Statement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements }
}

/** The ARN of a resource in the account and region of the service. */
export function ownArn(service: string, resource: string): string {
  return `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`
}

/** The statements that allow exactly what is needed. `keys` are the KMS keys, by default all keys of the account. */
export function statementsFor(needs: Needs, keys: readonly string[]): readonly Statement[] {
  const references = needs.secrets.filter(({ isReference }) => isReference).flatMap(referencesTo)
  const encrypted = needs.names.filter((name) => !isPublic(name))
  const secrets = needs.secrets.map(secretArn)
  return [
    allow('ReadByPath', 'ssm:GetParametersByPath', needs.paths.map(parameterArn)),
    allow('ReadByName', 'ssm:GetParameters', [...needs.names, ...references].map(parameterArn)),
    // AWS gives the reason for an unreadable secret only if it is requested alone.
    allow('ReadAlone', 'ssm:GetParameter', references.map(parameterArn)),
    allow('ReadPolicies', 'ssm:DescribeParameters', needs.describes ? ['*'] : []),
    allow('ReadSecrets', 'secretsmanager:GetSecretValue', secrets),
    decrypt('DecryptParameters', encrypted.map(parameterArn), {
      service: 'ssm',
      context: 'PARAMETER_ARN',
      keys: keys.length > 0 ? keys : keysOf(encrypted),
    }),
    decrypt('DecryptSecrets', secrets, {
      service: 'secretsmanager',
      context: 'SecretARN',
      keys: keys.length > 0 ? keys : keysOf(needs.secrets.map(({ id }) => id)),
    }),
    ...needs.encryptions.flatMap((keys, index) => encrypting(keys, index === 0 ? '' : String(index + 1))),
    ...needs.listeners.flatMap((listener) => listening(listener)),
  ].filter(({ Resource }) => Resource?.length !== 0)
}

/** The statements that encrypt and decrypt readings, which the AWS Encryption SDK does with data keys. */
function encrypting({ keyIds: [first, ...others], app }: EncryptionKeys, suffix: string): readonly Statement[] {
  const Condition = { StringEquals: { 'kms:EncryptionContext:app': app } }
  const generates = allow(`EncryptReadings${suffix}`, ['kms:GenerateDataKey', 'kms:Decrypt'], first ? [first] : [])
  const also = allow(`EncryptReadingsElsewhere${suffix}`, ['kms:Encrypt', 'kms:Decrypt'], others)
  return [
    { ...generates, Condition },
    { ...also, Condition },
  ]
}

/** The statements for a source of notifications. A source that makes no calls has no statements. */
export function listening({ listensTo = '', createsQueues }: NotificationSource): readonly Statement[] {
  if (createsQueues !== undefined) return owningQueues(listensTo, createsQueues)
  const queue = queueArnOf(listensTo)
  return queue === undefined ? [] : [allow('Listen', ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], [queue])]
}

/** The statements for `snsNotifications`: it creates a queue for each instance, and deletes the queues of dead ones. */
export function owningQueues(topicArn: string, queueNames: string): readonly Statement[] {
  const queueActions = ['CreateQueue', 'DeleteQueue', 'SetQueueAttributes', 'GetQueueAttributes', 'TagQueue']
  const messageActions = ['ListQueueTags', 'ReceiveMessage', 'DeleteMessage']
  const topicActions = ['Subscribe', 'Unsubscribe', 'ListSubscriptionsByTopic']
  return [
    allow(
      'OwnQueues',
      [...queueActions, ...messageActions].map((action) => `sqs:${action}`),
      [ownArn('sqs', queueNames)],
    ),
    // The only action of SQS that cannot be restricted to certain queues.
    allow('FindQueues', 'sqs:ListQueues', ['*']),
    allow(
      'Subscribe',
      topicActions.map((action) => `sns:${action}`),
      [topicArn],
    ),
  ]
}

/** The ARN of a queue by its URL. */
export function queueArnOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined
  const { hostname, pathname } = new URL(url)
  const [account = '', name = ''] = pathname.split('/').slice(-2)
  if (name === '') return undefined
  const [service, region = ''] = hostname.split('.')
  const isAws = service === 'sqs' && hostname.includes('.amazonaws.com')
  return isAws ? `arn:\${AWS::Partition}:sqs:${region}:${account}:${name}` : ownArn('sqs', name)
}

export function allow(Sid: string, Action: OneOrMany, resources: readonly string[]): Statement {
  const distinct = [...new Set(resources)]
  return { Sid, Effect: 'Allow', Action, Resource: shortest(distinct) }
}

interface Decryption {
  readonly service: string
  readonly context: string
  readonly keys: readonly string[]
}

function decrypt(Sid: string, arns: readonly string[], { service, context, keys }: Decryption): Statement {
  return {
    ...allow(Sid, 'kms:Decrypt', arns.length === 0 ? [] : keys),
    Condition: {
      StringLike: {
        // The domain of the partition follows.
        'kms:ViaService': `${service}.\${AWS::Region}.*`,
        [`kms:EncryptionContext:${context}`]: shortest([...new Set(arns)]),
      },
    },
  }
}

/** Every key of the accounts that own the parameters or secrets. The conditions limit what it decrypts. */
function keysOf(namesOrArns: readonly string[]): string[] {
  return namesOrArns.map((name) => {
    const arn = parseArn(name)
    return arn === undefined ? ownArn('kms', 'key/*') : `arn:${arn.partition}:kms:${arn.region}:${arn.account}:key/*`
  })
}

function shortest(texts: readonly string[]): OneOrMany {
  const [only] = texts
  return texts.length === 1 && only !== undefined ? only : texts
}

function isPublic(name: string): boolean {
  return name.startsWith('/aws/service/') || name.includes('::parameter/aws/service/')
}

function parameterArn(name: string): string {
  if (isArn(name)) return name
  // AWS publishes these without an account.
  if (isPublic(name)) return `arn:\${AWS::Partition}:ssm:\${AWS::Region}::parameter${name}`
  return ownArn('ssm', `parameter${fullName(name)}`)
}

// Whether IAM sees the selector of a reference is not documented.
function referencesTo({ id, selector }: NeededSecret): string[] {
  const name = `${referencePrefix}${id}`
  return selector === undefined || id.endsWith('*') ? [name] : [name, `${name}:${selector}`]
}

/** A secret has six random characters at the end of its ARN. */
function secretArn({ id }: NeededSecret): string {
  if (isArn(id)) return id.endsWith('*') || /-[A-Za-z0-9]{6}$/.test(id) ? id : `${id}-??????`
  return ownArn('secretsmanager', `secret:${id}${id.endsWith('*') ? '' : '-??????'}`)
}
