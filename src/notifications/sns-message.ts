import { isText, type Json } from '../aws/json.ts'

/** An SNS message with all parts of its kind. Its sender is not verified. */
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

/** Copies the parts of an SNS message, so that the rest of the body is not kept. `undefined` for any other body. */
export function readSnsMessage(body: Json): SnsMessage | undefined {
  const required = ['MessageId', 'TopicArn', 'Message', 'Timestamp', 'Signature', 'SigningCertURL']
  const isConfirmation = body.Type === 'SubscriptionConfirmation' || body.Type === 'UnsubscribeConfirmation'
  if (!isConfirmation && body.Type !== 'Notification') return undefined
  if (body.SignatureVersion !== '1' && body.SignatureVersion !== '2') return undefined
  const names = isConfirmation ? [...required, 'Token', 'SubscribeURL'] : required
  const hasAll = names.every((name) => isText(body[name])) && (body.Subject == null || typeof body.Subject === 'string')
  const isComplete = hasAll && [...names, 'Subject'].every((name) => isOneLine(body, name))
  return isComplete ? copyOf(body, [...names, 'Type', 'SignatureVersion', 'Subject']) : undefined
}

function copyOf(body: Json, names: readonly string[]): SnsMessage {
  const parts = names.flatMap((name) => (body[name] == null ? [] : [[name, body[name]] as const]))
  return Object.fromEntries(parts) as unknown as SnsMessage
}

// SNS signs lines: a part with a line break could pass as two parts under the same signature.
function isOneLine(body: Json, name: string): boolean {
  return name === 'Message' || !String(body[name]).includes('\n')
}

/**
 * The text that SNS signs.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export function signedText(message: SnsMessage): string {
  const names = message.Type === 'Notification' ? inNotification : inConfirmation
  const parts = names.flatMap((name) => (message[name] == null ? [] : [`${name}\n${message[name]}\n`]))
  return parts.join('')
}

const inNotification = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const
const inConfirmation = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'] as const
