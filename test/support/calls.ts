import type { LocalAws, RecordedCall } from '../../src/local/index.ts'
import type { Call } from './iam.ts'

const account = 'us-east-1:123456789012'
const reference = '/aws/reference/secretsmanager/'

/** What was asked of a local AWS, as IAM sees it; and what Parameter Store asks for whoever asked it. */
export function callsOf(aws: LocalAws): readonly Call[] {
  return aws.requests.flatMap(toCalls)
}

function toCalls({ action, input }: RecordedCall): readonly Call[] {
  const { Path, Names, Name, SecretId, QueueName, QueueUrl, TopicArn, SubscriptionArn } = input
  if (action === 'ssm:GetParametersByPath') return readsOf(action, [`${Path}/any`], input, `${Path}`)
  if (Array.isArray(Names)) return readsOf(action, Names.map(String), input)
  if (Name !== undefined) return readsOf(action, [String(Name)], input)
  if (SecretId !== undefined) return secretReads(String(SecretId))
  if (action === 'sqs:ListQueues') return [{ action, resource: '*' }]
  if (action.startsWith('sqs:')) {
    const queue = String(QueueName ?? QueueUrl)
      .split('/')
      .at(-1)
    return [{ action: action.replace(/Batch$/, ''), resource: `arn:aws:sqs:${account}:${queue}` }]
  }
  const [arn = ''] = /^(?:[^:]*:){5}[^:]*/.exec(String(TopicArn ?? SubscriptionArn)) ?? []
  return [{ action, resource: arn }]
}

function readsOf(action: string, names: readonly string[], input: RecordedCall['input'], asked?: string): Call[] {
  return names.flatMap((name): Call[] => {
    const parameter = `arn:aws:ssm:${account}:parameter${name}`
    const read: Call = {
      action,
      resource: asked === undefined ? parameter : `arn:aws:ssm:${account}:parameter${asked}`,
    }
    if (name.startsWith(reference)) return [read, ...secretReads(name.slice(reference.length))]
    return input.WithDecryption === true ? [read, decryption('ssm', 'PARAMETER_ARN', parameter)] : [read]
  })
}

function secretReads(id: string): Call[] {
  const resource = id.startsWith('arn:') ? id : `arn:aws:secretsmanager:${account}:secret:${id}-a1b2c3`
  return [{ action: 'secretsmanager:GetSecretValue', resource }, decryption('secretsmanager', 'SecretARN', resource)]
}

// As if everything were encrypted with a key that takes a permission.
function decryption(service: string, context: string, arn: string): Call {
  return {
    action: 'kms:Decrypt',
    resource: `arn:aws:kms:${account}:key/1234abcd`,
    context: { [`kms:EncryptionContext:${context}`]: arn, 'kms:ViaService': `${service}.us-east-1.amazonaws.com` },
  }
}
