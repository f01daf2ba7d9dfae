import { randomUUID } from 'node:crypto'
import { AwsError, noFifo } from './aws-error.ts'
import { aQueueArn, type Check, checkGiven, optional } from './check-given.ts'
import { type Input, inputs, optionalText, textMap, texts } from './input.ts'
import { pageOf } from './paging.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'
import { signingCertificate } from './signing-key.ts'
import { tagList, tagsOf } from './tags.ts'
import { Delivery, type Topic, type TopicDelivery } from './topic-delivery.ts'
import { invalidParameter, needed, neededArn, notFound } from './topic-errors.ts'
import { checkBatch, type Outgoing, outgoingOf } from './topic-messages.ts'
import { checkTopicAttribute, defaultDeliveryPolicy, defaultPolicy } from './topic-settings.ts'
import { type NewSubscription, SubscriptionCalls } from './topic-subscriptions.ts'

/** Topics of SNS, for tests that look into them. No fault, denial or count applies. */
export interface Topics {
  /** Makes a topic, or finds the one of that name. @throws TypeError For a name that AWS would refuse. */
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

const topicName = /^[\w-]{1,256}$/
const aTopicName: Check = [
  (value) => typeof value === 'string' && topicName.test(value),
  '1 to 256 letters, digits, - and _: the local AWS has standard topics only',
]
const defaultMaxBytes = 262_144

export class TopicService implements Topics {
  readonly certificate: string = signingCertificate
  readonly operations: Operations
  readonly #world: ServiceContext
  readonly #delivery: Delivery
  readonly #subscriptions: SubscriptionCalls
  readonly #topics = new Map<string, Topic>()

  constructor(world: ServiceContext, out: TopicDelivery) {
    this.#world = world
    this.#delivery = new Delivery(out, () => world.clock.now())
    const at = (action: string, input: Input) => this.#of(action, input)
    this.#subscriptions = new SubscriptionCalls(world, this.#topics, at, this.#delivery)
    this.operations = {
      CreateTopic: (input) => this.#createCall(input),
      DeleteTopic: (input) => this.#deleteTopic(input),
      ListTopics: (input, context) => this.#list(input, context),
      GetTopicAttributes: (input) => this.#getAttributes(input),
      SetTopicAttributes: (input) => this.#setAttribute(input),
      Publish: (input, context) => this.#publishCall(input, context),
      PublishBatch: (input, context) => this.#publishBatch(input, context),
      TagResource: (input) => this.#tag(input),
      UntagResource: (input) => this.#untag(input),
      ListTagsForResource: (input) => ({ Tags: tagList(this.#tagged('ListTagsForResource', input).tags) }),
      ...this.#subscriptions.operations,
    }
  }

  create(name: string): Topic {
    checkGiven('topics.create()', { name }, { name: aTopicName })
    const arn = this.#world.arn('sns', name)
    const known = this.#topics.get(arn)
    if (known !== undefined) return known
    const topic = { arn, attributes: new Map(), tags: new Map(), subscriptions: new Map(), deletedSubscriptions: 0 }
    this.#topics.set(arn, topic)
    return topic
  }

  subscribeQueue(arn: string, queueArn: string, options: { readonly isRaw?: boolean } = {}): { readonly arn: string } {
    const aFlag: Check = [(value) => typeof value === 'boolean', 'true or false']
    checkGiven('topics.subscribeQueue()', options, { isRaw: optional(aFlag) })
    checkGiven('topics.subscribeQueue()', { queueArn }, { queueArn: aQueueArn })
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
    const outgoing = { attributes: {}, textFor: () => message, ...(subject !== undefined && { subject }) }
    this.#send(this.#at(arn), outgoing)
  }

  /** Publishes an event. A topic that is gone gets nothing. */
  deliver(arn: string, message: string): void {
    if (this.#topics.has(arn)) this.publish(arn, message)
  }

  /** A subscriber follows the link of its confirmation message. AWS looks at the region of the topic only. */
  confirm(topicArn: string, token: string): object {
    if (!this.#isOfRegion(topicArn)) throw invalidParameter('Topic')
    const subscription = this.#subscriptions.confirm(token)
    if (subscription === undefined) throw invalidParameter('Token')
    return { SubscriptionArn: subscription.arn }
  }

  /** A subscriber follows the link to unsubscribe. */
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
    this.#world.policy.check('sns:CreateTopic', [this.#world.arn('sns', name), name])
    if (name.endsWith('.fifo') && FifoTopic === 'true') throw noFifo('topics')
    if (!topicName.test(name) || FifoTopic === 'true') throw invalidParameter('Topic Name')
    if (FifoTopic !== undefined && FifoTopic !== 'false') throw invalidParameter('Attributes Reason: FifoTopic')
    const prefix = 'Attributes Reason: '
    for (const [key, value] of Object.entries(attributes)) checkTopicAttribute(key, value, prefix)
    const known = this.#topics.get(this.#world.arn('sns', name))
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

  // AWS deletes a topic that does not exist as well.
  #deleteTopic(input: Input): object {
    const arn = this.#arnIn(input)
    this.#check('DeleteTopic', arn)
    this.#topics.delete(arn)
    return {}
  }

  #list(input: Input, { hasSparsePages }: CallContext): object {
    this.#world.policy.check('sns:ListTopics', [this.#world.arn('sns', '*')])
    const { items, nextToken } = pageOf([...this.#topics.keys()].toSorted(), {
      size: 100,
      token: optionalText(input, 'NextToken'),
      keyOf: (arn) => arn,
      isSparse: hasSparsePages,
      badToken: 'InvalidParameter',
    })
    return { Topics: items.map((TopicArn) => ({ TopicArn })), NextToken: nextToken }
  }

  #getAttributes(input: Input): object {
    const { arn, attributes, subscriptions, deletedSubscriptions } = this.#of('GetTopicAttributes', input)
    const confirmed = [...subscriptions.values()].filter(({ isConfirmed }) => isConfirmed).length
    const shown = {
      TopicArn: arn,
      Owner: this.#world.caller.accountId,
      DisplayName: '',
      Policy: defaultPolicy(arn, this.#world.caller.accountId),
      EffectiveDeliveryPolicy: defaultDeliveryPolicy,
      ...Object.fromEntries(attributes),
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsPending: String(subscriptions.size - confirmed),
      SubscriptionsDeleted: String(deletedSubscriptions),
    }
    return { Attributes: shown }
  }

  #setAttribute(input: Input): object {
    const topic = this.#of('SetTopicAttributes', input)
    const [name, value] = [needed(input, 'AttributeName'), optionalText(input, 'AttributeValue') ?? '']
    checkTopicAttribute(name, value)
    topic.attributes.set(name, value)
    return {}
  }

  #publishCall(input: Input, context: CallContext): object {
    const [topicArn, targetArn] = [optionalText(input, 'TopicArn'), optionalText(input, 'TargetArn')]
    if (topicArn === undefined && targetArn === undefined) {
      throw invalidParameter('TopicArn or TargetArn Reason: no value for required parameter')
    }
    if (topicArn === undefined && targetArn?.includes(':endpoint/')) {
      throw invalidParameter('TargetArn Reason: No endpoint found for the target arn specified')
    }
    const topic = this.#of('Publish', { TopicArn: topicArn ?? targetArn })
    return { MessageId: this.#send(topic, outgoingOf(input, maxBytesOf(topic), context)) }
  }

  #publishBatch(input: Input, context: CallContext): object {
    // IAM has no action of its own for a batch. A denial can name either.
    const topic = this.#of('PublishBatch', input)
    this.#check('Publish', topic.arn)
    const entries = inputs(input, 'PublishBatchRequestEntries')
    const maxBytes = maxBytesOf(topic)
    checkBatch(entries, maxBytes)
    // One entry that is wrong has all refused.
    const messages = entries.map((entry) => outgoingOf(entry, maxBytes, context))
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
    const topic = this.#topics.get(arn)
    if (topic === undefined) throw new AwsError('ResourceNotFound', 'Resource does not exist', 404)
    return topic
  }

  #of(action: string, input: Input): Topic {
    const arn = this.#arnIn(input)
    this.#check(action, arn)
    return this.#at(arn)
  }

  /** The ARN of a topic of this region. */
  #arnIn(input: Input): string {
    const arn = neededArn(input, 'TopicArn')
    if (!this.#isOfRegion(arn)) throw invalidParameter('TopicArn')
    return arn
  }

  #isOfRegion(arn: string): boolean {
    return arn.split(':')[3] === this.#world.arn('sns', '').split(':')[3]
  }

  #check(action: string, arn: string): void {
    this.#world.policy.check(`sns:${action}`, [arn, arn.split(':').at(-1) ?? ''])
  }

  #at(arn: string): Topic {
    const topic = this.#topics.get(arn)
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
