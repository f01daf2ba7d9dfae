import { randomBytes, randomUUID } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import { passes } from './filter-policy.ts'
import { type Input, optionalText, textMap } from './input.ts'
import { pageOf } from './paging.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'
import type { Delivery, Subscription, Topic } from './topic-delivery.ts'
import { invalidParameter, needed, neededArn, notFound } from './topic-errors.ts'
import type { Outgoing } from './topic-messages.ts'
import { checkSubscription } from './topic-settings.ts'
import type { TopicService } from './topics.ts'

export type NewSubscription = Pick<Subscription, 'protocol' | 'endpoint' | 'attributes'>

const defaults: Readonly<Record<string, string>> = {
  RawMessageDelivery: 'false',
  FilterPolicyScope: 'MessageAttributes',
}
const onlyOnAws = ['email', 'email-json', 'sms', 'application', 'lambda', 'firehose']

/** The operations on subscriptions. */
export class SubscriptionCalls {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #topics: TopicService
  readonly #delivery: Delivery
  /** The ended subscriptions by the tokens that restore them. */
  readonly #ended = new Map<string, Subscription>()

  constructor(context: ServiceContext, topics: TopicService, delivery: Delivery) {
    this.#context = context
    this.#topics = topics
    this.#delivery = delivery
    this.operations = {
      Subscribe: (input) => this.#subscribeCall(input),
      ConfirmSubscription: (input) => this.#confirmCall(input),
      Unsubscribe: (input) => this.#unsubscribe(input),
      ListSubscriptions: (input, call) => this.#listAll(input, call),
      ListSubscriptionsByTopic: (input, call) => this.#listOfTopic(input, call),
      GetSubscriptionAttributes: (input) => this.#getAttributes(input),
      SetSubscriptionAttributes: (input) => this.#setAttribute(input),
    }
  }

  subscribe(topic: Topic, given: NewSubscription): Subscription {
    const known = [...topic.subscriptions.values()].find(({ protocol, endpoint }) => {
      return protocol === given.protocol && endpoint === given.endpoint
    })
    const filter = checkSubscription(given.attributes, [...given.attributes.keys()], 'Attributes Reason: ')
    const attributes = new Map([...given.attributes].map(([name, value]) => [name, normalised(name, value)]))
    if (known !== undefined) {
      const isSame = [...attributes].every(([name, value]) => (known.attributes.get(name) ?? defaults[name]) === value)
      if (isSame) return known
      throw invalidParameter('Attributes Reason: Subscription already exists with different attributes')
    }
    const subscription: Subscription = {
      ...given,
      attributes,
      arn: `${topic.arn}:${randomUUID()}`,
      topicArn: topic.arn,
      token: newToken(),
      filter,
      isConfirmed: given.protocol === 'sqs',
    }
    topic.subscriptions.set(subscription.arn, subscription)
    if (!subscription.isConfirmed) this.#delivery.sendConfirmation(topic, subscription)
    return subscription
  }

  /** Confirms or restores the subscription of a token. */
  confirm(token: string): Subscription | undefined {
    this.#restore(token)
    const subscription = this.#all().find((candidate) => candidate.token === token)
    if (subscription !== undefined) subscription.isConfirmed = true
    return subscription
  }

  remove(arn: string): void {
    for (const topic of this.#topics.all.values()) {
      const subscription = topic.subscriptions.get(arn)
      if (subscription === undefined) continue
      topic.subscriptions.delete(arn)
      topic.deletedSubscriptions++
      if (subscription.protocol === 'sqs' || !subscription.isConfirmed) continue
      const ended = { ...subscription, token: newToken() }
      this.#ended.set(ended.token, ended)
      this.#delivery.sendEnd(topic, ended)
    }
  }

  #restore(token: string): void {
    const ended = this.#ended.get(token)
    const topic = this.#topics.all.get(ended?.topicArn ?? '')
    if (ended === undefined || topic === undefined || !this.#ended.delete(token)) return
    topic.subscriptions.set(ended.arn, ended)
    topic.deletedSubscriptions--
  }

  /** Whether a subscriber receives a message. */
  isWanted({ isConfirmed, filter, protocol }: Subscription, message: Outgoing): boolean {
    if (!isConfirmed || filter === undefined) return isConfirmed
    return passes(filter.pattern, filter.scope, message.textFor(protocol), message.attributes)
  }

  #subscribeCall(input: Input): object {
    const topic = this.#topics.of('Subscribe', input)
    const [protocol, endpoint] = [needed(input, 'Protocol'), needed(input, 'Endpoint')]
    checkEndpoint(protocol, endpoint)
    const attributes = new Map(Object.entries(textMap(input, 'Attributes')))
    const { isConfirmed, arn } = this.subscribe(topic, { protocol, endpoint, attributes })
    const isShown = isConfirmed || optionalText(input, 'ReturnSubscriptionArn') === 'true'
    return { SubscriptionArn: isShown ? arn : 'pending confirmation' }
  }

  #confirmCall(input: Input): object {
    const token = needed(input, 'Token')
    const arn = neededArn(input, 'TopicArn')
    this.#check('ConfirmSubscription', arn)
    if (!/^[\da-f]{200,}$/.test(token)) throw new AwsError('InvalidParameter', 'Invalid token')
    const subscription = this.#ended.get(token) ?? this.#all().find((candidate) => candidate.token === token)
    if (subscription?.topicArn !== arn) throw invalidParameter('Token')
    return { SubscriptionArn: this.confirm(token)?.arn }
  }

  // On AWS, the end of a missing subscription succeeds.
  #unsubscribe(input: Input): object {
    const arn = neededArn(input, 'SubscriptionArn')
    if (arn.split(':').length < 7) throw invalidParameter('SubscriptionId')
    this.#check('Unsubscribe', arn)
    this.remove(arn)
    return {}
  }

  #listAll(input: Input, call: CallContext): object {
    this.#context.policy.check('sns:ListSubscriptions', [this.#context.arn('sns', '*')])
    return listed(this.#all(), input, call)
  }

  #listOfTopic(input: Input, call: CallContext): object {
    const { subscriptions } = this.#topics.of('ListSubscriptionsByTopic', input)
    return listed([...subscriptions.values()], input, call)
  }

  #getAttributes(input: Input): object {
    const subscription = this.#at('GetSubscriptionAttributes', input)
    const { arn, topicArn, protocol, endpoint, attributes, filter, isConfirmed } = subscription
    const shown = {
      SubscriptionArn: arn,
      TopicArn: topicArn,
      Protocol: protocol,
      Endpoint: endpoint,
      Owner: this.#context.caller.accountId,
      PendingConfirmation: String(!isConfirmed),
      ConfirmationWasAuthenticated: String(protocol === 'sqs'),
      SubscriptionPrincipal: this.#context.caller.arn,
      RawMessageDelivery: 'false',
      ...Object.fromEntries([...attributes].filter(([name, value]) => value !== '' && name !== 'FilterPolicyScope')),
      ...(filter !== undefined && { FilterPolicyScope: filter.scope }),
    }
    return { Attributes: shown }
  }

  #setAttribute(input: Input): object {
    const subscription = this.#at('SetSubscriptionAttributes', input)
    const [name, value] = [needed(input, 'AttributeName'), optionalText(input, 'AttributeValue') ?? '']
    subscription.filter = checkSubscription(new Map(subscription.attributes).set(name, value), [name])
    subscription.attributes.set(name, normalised(name, value))
    return {}
  }

  #all(): Subscription[] {
    return [...this.#topics.all.values()].flatMap(({ subscriptions }) => [...subscriptions.values()])
  }

  #at(action: string, input: Input): Subscription {
    const arn = neededArn(input, 'SubscriptionArn')
    this.#check(action, arn)
    const found = this.#all().find((candidate) => candidate.arn === arn)
    if (found === undefined) throw notFound('Subscription')
    return found
  }

  // IAM checks the topic, whose ARN is the beginning of the ARN of a subscription.
  #check(action: string, arn: string): void {
    const topicArn = arn.split(':').slice(0, 6).join(':')
    this.#context.policy.check(`sns:${action}`, [topicArn, topicArn.split(':').at(-1) ?? '', arn])
  }
}

function newToken(): string {
  return randomBytes(100).toString('hex')
}

// AWS ignores the case of true and false.
function normalised(name: string, value: string): string {
  return name === 'RawMessageDelivery' ? value.toLowerCase() : value
}

function checkEndpoint(protocol: string, endpoint: string): void {
  if (onlyOnAws.includes(protocol)) {
    const advice = 'use sqs, http or https, or test this against AWS'
    throw invalidParameter(`Protocol Reason: The local AWS does not deliver to ${protocol}: ${advice}`)
  }
  if (!['sqs', 'http', 'https'].includes(protocol)) {
    throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol}`)
  }
  if (protocol === 'sqs') {
    if (!/^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(endpoint)) throw invalidParameter('SQS endpoint ARN')
    if (endpoint.endsWith('.fifo')) {
      const reason = 'FIFO SQS Queues can not be subscribed to standard SNS topics'
      throw invalidParameter(`Invalid parameter: Endpoint Reason: ${reason}`)
    }
  } else if (!endpoint.startsWith(`${protocol}://`) || !URL.canParse(endpoint)) {
    throw invalidParameter('Endpoint must match the specified protocol')
  }
}

function listed(subscriptions: readonly Subscription[], input: Input, call: CallContext): object {
  const { items, nextToken } = pageOf(subscriptions, input, call, {
    keyOf: ({ arn }) => arn,
    size: 100,
    inAnyOrder: true,
    badToken: 'InvalidParameter',
  })
  const shown = items.map(({ arn, topicArn, protocol, endpoint, isConfirmed }) => ({
    SubscriptionArn: isConfirmed ? arn : 'PendingConfirmation',
    Owner: arn.split(':')[4],
    Protocol: protocol,
    Endpoint: endpoint,
    TopicArn: topicArn,
  }))
  return { Subscriptions: shown, NextToken: nextToken }
}
