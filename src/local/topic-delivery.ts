import { createSign, randomUUID } from 'node:crypto'
import { type OutgoingHttpHeaders, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import type { MessageAttributes } from './message-attributes.ts'
import type { QueueService } from './queues.ts'
import type { ServiceContext } from './service-context.ts'
import { signingKey } from './signing-key.ts'
import type { Outgoing } from './topic-messages.ts'
import { deadLetterArnOf, type Filter } from './topic-settings.ts'

export interface Topic {
  readonly arn: string
  readonly attributes: Map<string, string>
  readonly tags: Map<string, string>
  readonly subscriptions: Map<string, Subscription>
  deletedSubscriptions: number
}

export interface Subscription {
  readonly arn: string
  readonly topicArn: string
  readonly protocol: string
  readonly endpoint: string
  readonly attributes: Map<string, string>
  readonly token: string
  filter: Filter | undefined
  isConfirmed: boolean
}

export interface QueueMessage {
  readonly attributes?: MessageAttributes
  readonly groupId?: string | undefined
  readonly traceHeader?: string | undefined
}

type PostedType = 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'

// AWS does not deliver a raw message with more attributes to a queue.
const maxRawAttributes = 10

/** Sends messages to subscribers, signed as on AWS. */
export class Delivery {
  readonly #context: ServiceContext
  readonly #queues: QueueService

  constructor(context: ServiceContext, queues: QueueService) {
    this.#context = context
    this.#queues = queues
  }

  deliver(topic: Topic, subscription: Subscription, message: Outgoing, messageId: string): void {
    const { protocol, endpoint } = subscription
    const text = message.textFor(protocol)
    const isRaw = subscription.attributes.get('RawMessageDelivery') === 'true'
    const body = isRaw ? text : this.#envelope(topic, subscription, message, text, messageId)
    const attributes = isRaw ? message.attributes : {}
    if (protocol !== 'sqs') this.#post(subscription, 'Notification', messageId, body, isRaw, attributes)
    else if (!this.#toQueue(endpoint, body, { ...message, attributes })) {
      this.#toDeadLetters(subscription, body, attributes)
    }
  }

  sendConfirmation(topic: Topic, subscription: Subscription): void {
    const Message = `You have chosen to subscribe to the topic ${topic.arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
    this.#postLink(topic, subscription, 'SubscriptionConfirmation', Message)
  }

  /** Notifies the subscriber of the end of its subscription. @param subscription With the token that restores it. */
  sendEnd(topic: Topic, subscription: Subscription): void {
    const Message = `You have chosen to deactivate subscription ${subscription.arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`
    this.#postLink(topic, subscription, 'UnsubscribeConfirmation', Message)
  }

  #postLink(topic: Topic, subscription: Subscription, Type: PostedType, Message: string): void {
    const { token: Token } = subscription
    const messageId = randomUUID()
    const message = this.#sign(topic, {
      Type,
      MessageId: messageId,
      Token,
      TopicArn: topic.arn,
      Message,
      // AWS does not encode the colons.
      SubscribeURL: `${this.#context.endpoint()}/?Action=ConfirmSubscription&TopicArn=${topic.arn}&Token=${Token}`,
    })
    this.#post(subscription, Type, messageId, JSON.stringify(message), false, {})
  }

  #envelope(topic: Topic, { arn }: Subscription, message: Outgoing, text: string, messageId: string): string {
    const signed = this.#sign(topic, {
      Type: 'Notification',
      MessageId: messageId,
      TopicArn: topic.arn,
      ...(message.subject !== undefined && { Subject: message.subject }),
      Message: text,
    })
    const attributes = Object.entries(message.attributes).map(([name, attribute]) => {
      const Value = 'StringValue' in attribute ? attribute.StringValue : attribute.BinaryValue
      return [name, { Type: attribute.DataType, Value }] as const
    })
    return JSON.stringify({
      ...signed,
      UnsubscribeURL: `${this.#context.endpoint()}/?Action=Unsubscribe&SubscriptionArn=${arn}`,
      ...(attributes.length > 0 && { MessageAttributes: Object.fromEntries(attributes) }),
    })
  }

  #post(
    subscription: Subscription,
    type: PostedType,
    messageId: string,
    body: string,
    isRaw: boolean,
    attributes: MessageAttributes,
  ): void {
    const { endpoint, arn, topicArn } = subscription
    const headers = {
      'accept-encoding': 'gzip,deflate',
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': type,
      'x-amz-sns-message-id': messageId,
      'x-amz-sns-topic-arn': topicArn,
      ...(type !== 'SubscriptionConfirmation' && { 'x-amz-sns-subscription-arn': arn }),
      ...(isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
    }
    // The local AWS does not retry.
    void isAccepted(endpoint, body, headers, this.#context.signal).then((isDelivered) => {
      const isLost = !isDelivered && type === 'Notification' && !this.#context.signal.aborted
      if (isLost) this.#toDeadLetters(subscription, body, attributes)
    })
  }

  #toQueue(arn: string, body: string, { attributes = {}, groupId, traceHeader }: QueueMessage): boolean {
    if (Object.keys(attributes).length > maxRawAttributes) return false
    return this.#queues.deliver(arn, body, { attributes, groupId, traceHeader })
  }

  #toDeadLetters({ attributes: settings }: Subscription, body: string, attributes: MessageAttributes): void {
    const arn = deadLetterArnOf(settings.get('RedrivePolicy'))
    if (arn !== undefined) this.#queues.deliver(arn, body, { attributes })
  }

  // https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
  #sign(topic: Topic, content: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const SignatureVersion = topic.attributes.get('SignatureVersion') ?? '1'
    const Timestamp = new Date(this.#context.clock.now()).toISOString()
    const message: Record<string, string> = { ...content, Timestamp }
    const names = Object.keys(message).sort()
    const signed = names.map((name) => `${name}\n${message[name]}\n`).join('')
    const algorithm = SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1'
    const Signature = createSign(algorithm).update(signed).sign(signingKey, 'base64')
    const region = topic.arn.split(':')[3]
    const SigningCertURL = `https://sns.${region}.amazonaws.com/SimpleNotificationService-local.pem`
    return { ...message, SignatureVersion, Signature, SigningCertURL }
  }
}

/** Posts a body with these headers and only those that HTTP needs, as AWS does. @returns Whether the endpoint took it. */
function isAccepted(url: string, body: string, headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<boolean> {
  const post = url.startsWith('https:') ? overHttps : overHttp
  const length = { 'content-length': Buffer.byteLength(body) }
  return new Promise<boolean>((resolve, reject) => {
    const sent = post(url, { method: 'POST', headers: { ...headers, ...length }, signal }, (response) => {
      response.resume()
      resolve(Math.floor((response.statusCode ?? 0) / 100) === 2)
    })
    sent.once('error', reject)
    sent.end(body)
  }).catch(() => false)
}
