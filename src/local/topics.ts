import { createSign, randomUUID } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import { type Input, optionalText, text } from './input.ts'
import { signingCertificate, signingKey } from './signing-key.ts'
import type { Operations, World } from './world.ts'

/** Topics of SNS, for tests that look into them. No fault, denial or count applies. */
export interface Topics {
  /** Makes a topic, or finds the one of that name. */
  create(name: string): { readonly arn: string }
  /** Sends a message to all that are subscribed. */
  publish(arn: string, message: string, subject?: string): void
  /** Has a queue get what is published: in an envelope, or raw as it is. */
  subscribeQueue(arn: string, queueArn: string, options?: { readonly isRaw?: boolean }): { readonly arn: string }
  /** The endpoints that are subscribed and confirmed. */
  subscribers(arn: string): readonly string[]
  /** PEM, of the key that messages are signed with. */
  readonly certificate: string
}

interface Topic {
  readonly arn: string
  readonly attributes: Map<string, string>
  readonly subscriptions: Map<string, Subscription>
}

interface Subscription {
  readonly arn: string
  readonly protocol: string
  readonly endpoint: string
  readonly attributes: Map<string, string>
  readonly token: string
  isConfirmed: boolean
}

/** How messages leave. */
export interface TopicDelivery {
  toQueue(arn: string, body: string): void
  /** Where the local AWS is. */
  endpoint(): string
  /** Aborts when the local AWS closes. */
  readonly signal: AbortSignal
}

export class TopicService implements Topics {
  readonly certificate: string = signingCertificate
  readonly operations: Operations
  readonly #world: World
  readonly #delivery: TopicDelivery
  readonly #topics = new Map<string, Topic>()

  constructor(world: World, delivery: TopicDelivery) {
    this.#world = world
    this.#delivery = delivery
    this.operations = {
      CreateTopic: (input) => ({ TopicArn: this.#created(input).arn }),
      DeleteTopic: (input) => this.#deleteTopic(input),
      ListTopics: () => ({ Topics: [...this.#topics.values()].map(({ arn }) => ({ TopicArn: arn })) }),
      Subscribe: (input) => this.#subscribeCall(input),
      ConfirmSubscription: (input) => this.#confirmCall(input),
      Unsubscribe: (input) => this.#unsubscribe(input),
      ListSubscriptionsByTopic: (input) => this.#list(input),
      Publish: (input) => this.#publishCall(input),
      GetTopicAttributes: (input) => ({
        Attributes: Object.fromEntries(this.#of('GetTopicAttributes', input).attributes),
      }),
      SetTopicAttributes: (input) => this.#setTopicAttribute(input),
      GetSubscriptionAttributes: (input) => this.#subscriptionAttributes(input),
      SetSubscriptionAttributes: (input) => this.#setSubscriptionAttribute(input),
    }
  }

  create(name: string): { readonly arn: string } {
    const arn = this.#world.arn('sns', name)
    const known = this.#topics.get(arn)
    if (known !== undefined) return known
    const attributes = new Map([
      ['TopicArn', arn],
      ['SignatureVersion', '1'],
    ])
    const topic: Topic = { arn, attributes, subscriptions: new Map() }
    this.#topics.set(arn, topic)
    return topic
  }

  subscribeQueue(arn: string, queueArn: string, { isRaw = false }: { readonly isRaw?: boolean } = {}): Subscription {
    const attributes = new Map([['RawMessageDelivery', String(isRaw)]])
    return this.#subscribe(this.#at(arn), { protocol: 'sqs', endpoint: queueArn, attributes })
  }

  subscribers(arn: string): string[] {
    return [...this.#at(arn).subscriptions.values()].filter(({ isConfirmed }) => isConfirmed).map((one) => one.endpoint)
  }

  publish(arn: string, message: string, subject?: string): void {
    const topic = this.#topics.get(arn)
    for (const subscription of topic?.subscriptions.values() ?? []) {
      if (topic !== undefined && subscription.isConfirmed) this.#deliver(topic, subscription, message, subject)
    }
  }

  /** A subscriber follows the link of its confirmation message. @returns Whether there was such a token. */
  confirm(token: string): boolean {
    const subscription = this.#subscriptions().find((candidate) => candidate.token === token)
    if (subscription !== undefined) subscription.isConfirmed = true
    return subscription !== undefined
  }

  #created(input: Input): { readonly arn: string } {
    const name = text(input, 'Name')
    this.#world.policy.check('sns:CreateTopic', [this.#world.arn('sns', name), name])
    return this.create(name)
  }

  #deleteTopic(input: Input): object {
    this.#topics.delete(this.#of('DeleteTopic', input).arn)
    return {}
  }

  #subscribeCall(input: Input): object {
    const topic = this.#of('Subscribe', input)
    const attributes = new Map(Object.entries(attributesIn(input)))
    const [protocol, endpoint] = [text(input, 'Protocol'), text(input, 'Endpoint')]
    const subscription = this.#subscribe(topic, { protocol, endpoint, attributes })
    return { SubscriptionArn: subscription.isConfirmed ? subscription.arn : 'pending confirmation' }
  }

  #subscribe(topic: Topic, given: Pick<Subscription, 'protocol' | 'endpoint' | 'attributes'>): Subscription {
    const known = [...topic.subscriptions.values()].find(({ endpoint }) => endpoint === given.endpoint)
    if (known !== undefined) return known
    const arn = `${topic.arn}:${randomUUID()}`
    const subscription: Subscription = { arn, token: randomUUID(), isConfirmed: given.protocol === 'sqs', ...given }
    topic.subscriptions.set(arn, subscription)
    if (!subscription.isConfirmed) this.#askToConfirm(topic, subscription)
    return subscription
  }

  #confirmCall(input: Input): object {
    const token = text(input, 'Token')
    if (!this.confirm(token)) throw new AwsError('InvalidParameter', 'Invalid parameter: Token')
    return { SubscriptionArn: this.#subscriptions().find((candidate) => candidate.token === token)?.arn }
  }

  #unsubscribe(input: Input): object {
    const arn = text(input, 'SubscriptionArn')
    for (const { subscriptions } of this.#topics.values()) subscriptions.delete(arn)
    return {}
  }

  #list(input: Input): object {
    const { arn, subscriptions } = this.#of('ListSubscriptionsByTopic', input)
    const shown = [...subscriptions.values()].map((subscription) => ({
      SubscriptionArn: subscription.isConfirmed ? subscription.arn : 'PendingConfirmation',
      Protocol: subscription.protocol,
      Endpoint: subscription.endpoint,
      TopicArn: arn,
    }))
    return { Subscriptions: shown }
  }

  #publishCall(input: Input): object {
    const topic = this.#of('Publish', input)
    this.publish(topic.arn, text(input, 'Message'), optionalText(input, 'Subject'))
    return { MessageId: randomUUID() }
  }

  #setTopicAttribute(input: Input): object {
    const topic = this.#of('SetTopicAttributes', input)
    topic.attributes.set(text(input, 'AttributeName'), optionalText(input, 'AttributeValue') ?? '')
    return {}
  }

  #subscriptionAttributes(input: Input): object {
    const { arn, endpoint, attributes } = this.#subscription(input)
    return { Attributes: { SubscriptionArn: arn, Endpoint: endpoint, ...Object.fromEntries(attributes) } }
  }

  #setSubscriptionAttribute(input: Input): object {
    const { attributes } = this.#subscription(input)
    attributes.set(text(input, 'AttributeName'), optionalText(input, 'AttributeValue') ?? '')
    return {}
  }

  #deliver(topic: Topic, subscription: Subscription, message: string, subject: string | undefined): void {
    const isRaw = subscription.attributes.get('RawMessageDelivery') === 'true'
    const envelope = this.#sign(topic, {
      Type: 'Notification',
      Message: message,
      ...(subject !== undefined && { Subject: subject }),
    })
    const unsubscribe = `${this.#delivery.endpoint()}/?Action=Unsubscribe&SubscriptionArn=${subscription.arn}`
    const body = isRaw ? message : JSON.stringify({ ...envelope, UnsubscribeURL: unsubscribe })
    if (subscription.protocol === 'sqs') this.#delivery.toQueue(subscription.endpoint, body)
    else this.#post(topic, subscription, envelope, body, isRaw)
  }

  #askToConfirm(topic: Topic, subscription: Subscription): void {
    const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: topic.arn, Token: subscription.token })
    const message = this.#sign(topic, {
      Type: 'SubscriptionConfirmation',
      Message: `You have chosen to subscribe to the topic ${topic.arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
      Token: subscription.token,
      SubscribeURL: `${this.#delivery.endpoint()}/?${query}`,
    })
    this.#post(topic, subscription, message, JSON.stringify(message), false)
  }

  #post(topic: Topic, { endpoint, arn }: Subscription, message: SignedMessage, body: string, isRaw: boolean): void {
    const isConfirmation = message.Type === 'SubscriptionConfirmation'
    const headers = {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': String(message.Type),
      'x-amz-sns-message-id': String(message.MessageId),
      'x-amz-sns-topic-arn': topic.arn,
      ...(!isConfirmation && { 'x-amz-sns-subscription-arn': arn }),
      ...(isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
    }
    // Best effort: an endpoint that does not answer is not asked again.
    fetch(endpoint, { method: 'POST', body, headers, signal: this.#delivery.signal }).catch(() => undefined)
  }

  // https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
  #sign(topic: Topic, content: Readonly<Record<string, string>>): SignedMessage {
    const SignatureVersion = topic.attributes.get('SignatureVersion') ?? '1'
    const Timestamp = new Date(this.#world.clock.now()).toISOString()
    const message: Record<string, string> = { ...content, MessageId: randomUUID(), TopicArn: topic.arn, Timestamp }
    const names = Object.keys(message).sort()
    const signed = names.map((name) => `${name}\n${message[name]}\n`).join('')
    const algorithm = SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1'
    const Signature = createSign(algorithm).update(signed).sign(signingKey, 'base64')
    const region = topic.arn.split(':')[3]
    const SigningCertURL = `https://sns.${region}.amazonaws.com/SimpleNotificationService-local.pem`
    return { ...message, SignatureVersion, Signature, SigningCertURL }
  }

  #subscriptions(): Subscription[] {
    return [...this.#topics.values()].flatMap(({ subscriptions }) => [...subscriptions.values()])
  }

  #subscription(input: Input): Subscription {
    const arn = text(input, 'SubscriptionArn')
    const found = this.#subscriptions().find((candidate) => candidate.arn === arn)
    if (found === undefined) throw new AwsError('NotFound', 'Subscription does not exist', 404)
    return found
  }

  #of(action: string, input: Input): Topic {
    const arn = text(input, 'TopicArn')
    this.#world.policy.check(`sns:${action}`, [arn, arn.split(':').at(-1) ?? ''])
    return this.#at(arn)
  }

  #at(arn: string): Topic {
    const topic = this.#topics.get(arn)
    if (topic === undefined) throw new AwsError('NotFound', 'Topic does not exist', 404)
    return topic
  }
}

type SignedMessage = Readonly<Record<string, string>>

// The query protocol numbers the entries of a map: Attributes.entry.1.key
function attributesIn(input: Input): Record<string, string> {
  const attributes: Record<string, string> = {}
  for (let index = 1; input[`Attributes.entry.${index}.key`] !== undefined; index++) {
    attributes[String(input[`Attributes.entry.${index}.key`])] = String(input[`Attributes.entry.${index}.value`])
  }
  return attributes
}
