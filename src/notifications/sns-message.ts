import { isText, type Json } from '../aws/json.ts'

/** A message of SNS that has all the parts that its kind has. Nothing is known of who sent it. */
export interface SnsMessage {
  readonly Type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'
  readonly MessageId: string
  readonly TopicArn: string
  readonly Message: string
  readonly Timestamp: string
  readonly Signature: string
  readonly SignatureVersion: '1' | '2'
  readonly SigningCertURL: string
  readonly Subject?: string
  readonly Token?: string
  readonly SubscribeURL?: string
}

/** A copy of the parts that count, so that nothing else of the body is kept. `undefined` when it is no message of SNS. */
export function readSnsMessage(body: Json): SnsMessage | undefined {
  const required = ['MessageId', 'TopicArn', 'Message', 'Timestamp', 'Signature', 'SigningCertURL']
  const isConfirmation = body.Type === 'SubscriptionConfirmation' || body.Type === 'UnsubscribeConfirmation'
  if (!isConfirmation && body.Type !== 'Notification') return undefined
  if (body.SignatureVersion !== '1' && body.SignatureVersion !== '2') return undefined
  const names = isConfirmation ? [...required, 'Token', 'SubscribeURL'] : required
  const hasAll = names.every((name) => isText(body[name])) && (body.Subject == null || typeof body.Subject === 'string')
  const isWhole = hasAll && [...names, 'Subject'].every((name) => isOneLine(body, name))
  return isWhole ? copyOf(body, [...names, 'Type', 'SignatureVersion', 'Subject']) : undefined
}

function copyOf(body: Json, names: readonly string[]): SnsMessage {
  const parts = names.flatMap((name) => (body[name] == null ? [] : [[name, body[name]] as const]))
  return Object.fromEntries(parts) as unknown as SnsMessage
}

// What is signed are lines: a part that holds some could pose as two under the same signature, an id and a subject, say.
function isOneLine(body: Json, name: string): boolean {
  return name === 'Message' || !String(body[name]).includes('\n')
}

/**
 * What the signature of a message is made of.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export function signedText(message: SnsMessage): string {
  const names = message.Type === 'Notification' ? inNotification : inConfirmation
  const parts = names.flatMap((name) => (message[name] == null ? [] : [`${name}\n${message[name]}\n`]))
  return parts.join('')
}

const inNotification = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const
const inConfirmation = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const
