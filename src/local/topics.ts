import { randomUUID } from 'node:crypto'
import { AwsError, noFifo } from './aws-error.ts'
import { type Check, checkArguments, isQueueArn, optional } from './check-arguments.ts'
import { type Input, inputs, optionalText, tagList, tagsOf, textMap, texts } from './input.ts'
import { pageOf } from './paging.ts'
import type { QueueService } from './queues.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'
import { signingCertificate } from './signing-key.ts'
import { Delivery, type Topic } from './topic-delivery.ts'
import { invalidParameter, needed, neededArn, notFound } from './topic-errors.ts'
import { checkBatch, type Outgoing, outgoingOf } from './topic-messages.ts'
import { checkTopicAttribute, defaultDeliveryPolicy, defaultPolicy } from './topic-settings.ts'
import { type NewSubscription, SubscriptionCalls } from './topic-subscriptions.ts'

/**
 * SNS. Faults, denials and counts do not apply to these methods.
 *
 * @experimental
 */
export interface Topics {
  /** Creates a topic, or finds the existing topic of the name. @throws TypeError For a name that AWS would refuse. */
  create(name: string): { readonly arn: string }
  /** Sends a message to all subscribers. */
  publish(arn: string, message: string, subject?: string): void
  /** Subscribes a queue: its messages are in an envelope, or raw with `isRaw`. */
  subscribeQueue(arn: string, queueArn: string, options?: { readonly isRaw?: boolean }): { readonly arn: string }
  /** Lists the endpoints of the confirmed subscriptions. */
  subscribers(arn: string): readonly string[]
  /** The certificate of the key that signs messages, as PEM. */
  readonly certificate: string
}

const topicName = /^[\w-]{1,256}$/
const isTopicName: Check = [
  (value) => typeof value === 'string' && topicName.test(value),
  '1 to 256 letters, digits, - and _: the local AWS supports only standard topics',
]
const defaultMaxBytes = 262_144

export class TopicService implements Topics {
  readonly certificate: string = signingCertificate
  readonly operations: Operations
  /** All topics by ARN. */
  readonly all: Map<string, Topic> = new Map()
  readonly #context: ServiceContext
  readonly #delivery: Delivery
  readonly #subscriptions: SubscriptionCalls

  constructor(context: ServiceContext, queues: QueueService) {
    this.#context = context
    this.#delivery = new Delivery(context, queues)
    this.#subscriptions = new SubscriptionCalls(context, this, this.#delivery)
    this.operations = {
      CreateTopic: (input) => this.#createCall(input),
      DeleteTopic: (input) => this.#deleteTopic(input),
      ListTopics: (input, call) => this.#list(input, call),
      GetTopicAttributes: (input) => this.#getAttributes(input),
      SetTopicAttributes: (input) => this.#setAttribute(input),
      Publish: (input, call) => this.#publishCall(input, call),
      PublishBatch: (input, call) => this.#publishBatch(input, call),
      TagResource: (input) => this.#tag(input),
      UntagResource: (input) => this.#untag(input),
      ListTagsForResource: (input) => ({ Tags: tagList(this.#tagged('ListTagsForResource', input).tags) }),
      ...this.#subscriptions.operations,
    }
  }

  create(name: string): Topic {
    checkArguments('topics.create()', { name }, { name: isTopicName })
    const arn = this.#context.arn('sns', name)
    const known = this.all.get(arn)
    if (known !== undefined) return known
    const topic = { arn, attributes: new Map(), tags: new Map(), subscriptions: new Map(), deletedSubscriptions: 0 }
    this.all.set(arn, topic)
    return topic
  }

  subscribeQueue(arn: string, queueArn: string, options: { readonly isRaw?: boolean } = {}): { readonly arn: string } {
    const isBoolean: Check = [(value) => typeof value === 'boolean', 'true or false']
    checkArguments('topics.subscribeQueue()', options, { isRaw: optional(isBoolean) })
    checkArguments('topics.subscribeQueue()', { queueArn }, { queueArn: isQueueArn })
    const given: NewSubscription = {
      protocol: 'sqs',
      endpoint: queueArn,
      attributes: new Map([['RawMessageDelivery', String(options.isRaw ?? false)]]),
    }
    return this.#subscriptions.subscribe(this.#at(arn), given)
  }

  subscribers(arn: string): string[] {
    return [...this.#at(arn).subscriptions.values()].filter(({ isConfirmed }) => isConfirmed).map((one) => one.endpoint)
  }

  publish(arn: string, message: string, subject?: string): void {
    const outgoing = { attributes: {}, textFor: () => message, subject }
    this.#send(this.#at(arn), outgoing)
  }

  /** Publishes an event, if the topic exists. */
  deliver(arn: string, message: string): void {
    if (this.all.has(arn)) this.publish(arn, message)
  }

  /** Serves the link that confirms a subscription. AWS checks only the region of the topic. */
  confirm(topicArn: string, token: string): object {
    if (!this.#isOfRegion(topicArn)) throw invalidParameter('Topic')
    const subscription = this.#subscriptions.confirm(token)
    if (subscription === undefined) throw invalidParameter('Token')
    return { SubscriptionArn: subscription.arn }
  }

  /** Serves the link that ends a subscription. */
  unsubscribe(subscriptionArn: string): void {
    this.#subscriptions.remove(subscriptionArn)
  }

  #send(topic: Topic, message: Outgoing): string {
    const messageId = randomUUID()
    for (const subscription of topic.subscriptions.values()) {
      const isWanted = this.#subscriptions.isWanted(subscription, message)
      if (isWanted) this.#delivery.deliver(topic, subscription, message, messageId)
    }
    return messageId
  }

  #createCall(input: Input): object {
    const name = optionalText(input, 'Name') ?? ''
    const [{ FifoTopic, ...attributes }, tags] = [textMap(input, 'Attributes'), tagsIn(input)]
    this.#context.policy.check('sns:CreateTopic', [this.#context.arn('sns', name), name])
    if (name.endsWith('.fifo') && FifoTopic === 'true') throw noFifo('topics')
    if (!topicName.test(name) || FifoTopic === 'true') throw invalidParameter('Topic Name')
    if (FifoTopic !== undefined && FifoTopic !== 'false') throw invalidParameter('Attributes Reason: FifoTopic')
    const prefix = 'Attributes Reason: '
    for (const [key, value] of Object.entries(attributes)) checkTopicAttribute(key, value, prefix)
    const known = this.all.get(this.#context.arn('sns', name))
    if (known !== undefined) {
      const isSame = (given: Readonly<Record<string, string>>, kept: ReadonlyMap<string, string>) =>
        Object.entries(given).every(([key, value]) => kept.get(key) === value)
      if (!isSame(attributes, known.attributes)) {
        throw invalidParameter(`${prefix}Topic already exists with different attributes`)
      }
      if (!isSame(tags, known.tags)) throw invalidParameter('Tags Reason: Topic already exists with different tags')
      return { TopicArn: known.arn }
    }
    const topic = this.create(name)
    for (const [key, value] of Object.entries(attributes)) topic.attributes.set(key, value)
    for (const [key, value] of Object.entries(tags)) topic.tags.set(key, value)
    return { TopicArn: topic.arn }
  }

  // On AWS, the deletion of a missing topic succeeds.
  #deleteTopic(input: Input): object {
    const arn = this.#arnIn(input)
    this.#check('DeleteTopic', arn)
    this.all.delete(arn)
    return {}
  }

  #list(input: Input, call: CallContext): object {
    this.#context.policy.check('sns:ListTopics', [this.#context.arn('sns', '*')])
    const { items, nextToken } = pageOf([...this.all.keys()].toSorted(), input, call, {
      keyOf: (arn) => arn,
      size: 100,
      badToken: 'InvalidParameter',
    })
    return { Topics: items.map((TopicArn) => ({ TopicArn })), NextToken: nextToken }
  }

  #getAttributes(input: Input): object {
    const { arn, attributes, subscriptions, deletedSubscriptions } = this.of('GetTopicAttributes', input)
    const confirmed = [...subscriptions.values()].filter(({ isConfirmed }) => isConfirmed).length
    const shown = {
      TopicArn: arn,
      Owner: this.#context.caller.accountId,
      DisplayName: '',
      Policy: defaultPolicy(arn, this.#context.caller.accountId),
      EffectiveDeliveryPolicy: defaultDeliveryPolicy,
      ...Object.fromEntries(attributes),
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsPending: String(subscriptions.size - confirmed),
      SubscriptionsDeleted: String(deletedSubscriptions),
    }
    return { Attributes: shown }
  }

  #setAttribute(input: Input): object {
    const topic = this.of('SetTopicAttributes', input)
    const [name, value] = [needed(input, 'AttributeName'), optionalText(input, 'AttributeValue') ?? '']
    checkTopicAttribute(name, value)
    topic.attributes.set(name, value)
    return {}
  }

  #publishCall(input: Input, call: CallContext): object {
    const [topicArn, targetArn] = [optionalText(input, 'TopicArn'), optionalText(input, 'TargetArn')]
    if (topicArn === undefined && targetArn === undefined) {
      throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter')
    }
    if (topicArn === undefined && targetArn?.includes(':endpoint/')) {
      throw invalidParameter('TargetArn Reason: No endpoint found for the target arn specified')
    }
    const topic = this.of('Publish', { TopicArn: topicArn ?? targetArn })
    return { MessageId: this.#send(topic, outgoingOf(input, maxBytesOf(topic), call)) }
  }

  #publishBatch(input: Input, call: CallContext): object {
    // IAM has no separate action for a batch. A denial can name either operation.
    const topic = this.of('PublishBatch', input)
    this.#check('Publish', topic.arn)
    const entries = inputs(input, 'PublishBatchRequestEntries')
    const maxBytes = maxBytesOf(topic)
    checkBatch(entries, maxBytes)
    // One invalid entry fails the whole batch.
    const messages = entries.map((entry) => outgoingOf(entry, maxBytes, call))
    const sent = messages.map((message, index) => {
      return { Id: optionalText(entries[index] ?? {}, 'Id'), MessageId: this.#send(topic, message) }
    })
    return { Successful: sent, Failed: [] }
  }

  #tag(input: Input): object {
    const { tags } = this.#tagged('TagResource', input)
    for (const [key, value] of Object.entries(tagsIn(input))) tags.set(key, value)
    return {}
  }

  #untag(input: Input): object {
    const { tags } = this.#tagged('UntagResource', input)
    for (const key of texts(input, 'TagKeys')) tags.delete(key)
    return {}
  }

  #tagged(action: string, input: Input): Topic {
    const arn = neededArn(input, 'ResourceArn')
    this.#check(action, arn)
    const topic = this.all.get(arn)
    if (topic === undefined) throw new AwsError('ResourceNotFound', 'Resource does not exist', 404)
    return topic
  }

  /** Finds the topic of a call, if the call is allowed. */
  of(action: string, input: Input): Topic {
    const arn = this.#arnIn(input)
    this.#check(action, arn)
    return this.#at(arn)
  }

  /** Reads the ARN of a topic of this region. */
  #arnIn(input: Input): string {
    const arn = neededArn(input, 'TopicArn')
    if (!this.#isOfRegion(arn)) throw invalidParameter('TopicArn')
    return arn
  }

  #isOfRegion(arn: string): boolean {
    return arn.split(':')[3] === this.#context.arn('sns', '').split(':')[3]
  }

  #check(action: string, arn: string): void {
    this.#context.policy.check(`sns:${action}`, [arn, arn.split(':').at(-1) ?? ''])
  }

  #at(arn: string): Topic {
    const topic = this.all.get(arn)
    if (topic === undefined) throw notFound('Topic')
    return topic
  }
}

function maxBytesOf({ attributes }: Topic): number {
  return Number(attributes.get('MaximumMessageSize') ?? defaultMaxBytes)
}

function tagsIn(input: Input): Record<string, string> {
  const keys = inputs(input, 'Tags').map((tag) => optionalText(tag, 'Key'))
  if (new Set(keys).size < keys.length) throw invalidParameter('Duplicated keys are not allowed.')
  return tagsOf(input) ?? {}
}
