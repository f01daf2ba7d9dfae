import type { SNSClient } from '@aws-sdk/client-sns'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { ListenOptions } from '../ports.ts'
import { call, type SqsModule } from './queue-listener.ts'

/** The topic that queues are subscribed to. */
export interface Topic {
  readonly arn: string
  /** What the names of its queues begin with. */
  readonly prefix: string
}

/** Whoever may call SQS and SNS. */
export interface OwnQueueClients {
  readonly sqs: SqsModule
  readonly sns: typeof import('@aws-sdk/client-sns')
  readonly sqsClient: SQSClient
  readonly snsClient: SNSClient
}

const callTimeoutMs = 10_000
const removalTimeoutMs = 5_000
const heartbeatMs = 3_600_000
const deadAfterMs = 86_400_000
// A fleet that is started together does not sweep together; and the queues of a large one are swept by all of it.
const sweepSpreadMs = 600_000
const sweptAtOnce = 100
// What is older than this is found by polling anyway.
const retentionSeconds = '3600'
const topicTag = 'liveparam:topic'
const heartbeatTag = 'liveparam:heartbeat'

/** A queue of one instance behind a topic. */
export class OwnQueue {
  readonly #clients: OwnQueueClients
  readonly #topic: Topic
  readonly #options: ListenOptions
  readonly #tending = new AbortController()
  #url: string | undefined
  #subscriptionArn: string | undefined

  constructor(clients: OwnQueueClients, topic: Topic, options: ListenOptions) {
    this.#clients = clients
    this.#topic = topic
    this.#options = options
  }

  /** Empty until it is open. */
  get url(): string {
    return this.#url ?? ''
  }

  /** Makes the queue, lets the topic send to it, and subscribes it. */
  async open(): Promise<void> {
    const { sqs, sns } = this.#clients
    const { arn, prefix } = this.#topic
    const name = `${prefix}${this.#suffix()}`
    const created = await this.#sqs('CreateQueue', (options, client) => {
      const attributes = { MessageRetentionPeriod: retentionSeconds, ReceiveMessageWaitTimeSeconds: '20' }
      return client.send(
        new sqs.CreateQueueCommand({ QueueName: name, Attributes: attributes, tags: this.#tags() }),
        options,
      )
    })
    const QueueUrl = created.QueueUrl ?? ''
    this.#url = QueueUrl
    const queueArn = await this.#arnOf(QueueUrl)
    const Attributes = { Policy: JSON.stringify(policyFor(queueArn, arn)) }
    await this.#sqs('SetQueueAttributes', (options, client) => {
      return client.send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes }), options)
    })
    const subscribed = await this.#sns('Subscribe', (options, client) => {
      const subscription = { TopicArn: arn, Protocol: 'sqs', Endpoint: queueArn, ReturnSubscriptionArn: true }
      return client.send(
        new sns.SubscribeCommand({ ...subscription, Attributes: { RawMessageDelivery: 'true' } }),
        options,
      )
    })
    this.#subscriptionArn = subscribed.SubscriptionArn
  }

  /** Until the queue is removed: says now and then that it is alive, and deletes those that have not for a day. */
  tend(): void {
    this.#repeat(() => this.#beat(), { firstMs: heartbeatMs, everyMs: heartbeatMs })
    this.#repeat(() => this.#sweep(), { firstMs: this.#options.random() * sweepSpreadMs, everyMs: deadAfterMs })
  }

  /** Ends the subscription and deletes the queue, also when the config is closing. */
  async remove(): Promise<void> {
    this.#tending.abort()
    const [url, subscriptionArn] = [this.#url, this.#subscriptionArn]
    this.#url = undefined
    this.#subscriptionArn = undefined
    await Promise.allSettled([this.#unsubscribe(subscriptionArn), this.#delete(url)])
  }

  // Best effort: what fails is done another time.
  #repeat(
    run: () => Promise<void>,
    { firstMs, everyMs }: { readonly firstMs: number; readonly everyMs: number },
  ): void {
    const { signal } = this.#tending
    const go = async () => {
      for (let wait = firstMs; !signal.aborted; wait = everyMs) {
        await this.#options.clock.sleep(wait, signal)
        await run().catch(() => undefined)
      }
    }
    go().catch(() => undefined)
  }

  async #sweep(): Promise<void> {
    const urls = await this.#alike()
    const start = Math.floor(this.#options.random() * urls.length)
    for (const url of [...urls.slice(start), ...urls.slice(0, start)].slice(0, sweptAtOnce)) {
      await this.#sweepAway(url).catch(() => undefined)
    }
  }

  /** The queues of the same topic, other ones that are named alike included. */
  async #alike(): Promise<string[]> {
    const { sqs } = this.#clients
    const urls: string[] = []
    let NextToken: string | undefined
    do {
      const page = {
        QueueNamePrefix: this.#topic.prefix,
        MaxResults: 1_000,
        ...(NextToken !== undefined && { NextToken }),
      }
      const listed = await this.#sqs('ListQueues', (options, client) => {
        return client.send(new sqs.ListQueuesCommand(page), options)
      })
      urls.push(...(listed.QueueUrls ?? []).filter((url) => url !== this.#url))
      NextToken = listed.NextToken
    } while (NextToken !== undefined)
    return urls
  }

  async #sweepAway(url: string): Promise<void> {
    if (await this.#isDead(url)) await this.#bury(url)
  }

  async #isDead(QueueUrl: string): Promise<boolean> {
    const { sqs } = this.#clients
    const { Tags = {} } = await this.#sqs('ListQueueTags', (options, client) => {
      return client.send(new sqs.ListQueueTagsCommand({ QueueUrl }), options)
    })
    const beatAt = Date.parse(Tags[heartbeatTag] ?? '')
    return Tags[topicTag] === this.#topic.arn && this.#options.clock.now() - beatAt > deadAfterMs
  }

  async #bury(url: string): Promise<void> {
    const { sns } = this.#clients
    const arn = await this.#arnOf(url)
    let NextToken: string | undefined
    do {
      const page = { TopicArn: this.#topic.arn, ...(NextToken !== undefined && { NextToken }) }
      const listed = await this.#sns('ListSubscriptionsByTopic', (options, client) => {
        return client.send(new sns.ListSubscriptionsByTopicCommand(page), options)
      })
      const ours = listed.Subscriptions?.find(({ Endpoint }) => Endpoint === arn)
      if (ours !== undefined) await this.#unsubscribe(ours.SubscriptionArn)
      NextToken = ours === undefined ? listed.NextToken : undefined
    } while (NextToken !== undefined)
    await this.#delete(url)
  }

  async #beat(): Promise<void> {
    const { sqs } = this.#clients
    const QueueUrl = this.#url
    await this.#sqs('TagQueue', (options, client) => {
      return client.send(new sqs.TagQueueCommand({ QueueUrl, Tags: this.#tags() }), options)
    })
  }

  async #arnOf(QueueUrl: string): Promise<string> {
    const { sqs } = this.#clients
    const { Attributes } = await this.#sqs('GetQueueAttributes', (options, client) => {
      return client.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }), options)
    })
    return Attributes?.QueueArn ?? ''
  }

  async #unsubscribe(SubscriptionArn: string | undefined): Promise<void> {
    const { sns, snsClient } = this.#clients
    if (SubscriptionArn === undefined) return
    await this.#last('sns:Unsubscribe', (abortSignal) => {
      return snsClient.send(new sns.UnsubscribeCommand({ SubscriptionArn }), { abortSignal })
    })
  }

  async #delete(QueueUrl: string | undefined): Promise<void> {
    const { sqs, sqsClient } = this.#clients
    if (QueueUrl === undefined) return
    await this.#last('sqs:DeleteQueue', (abortSignal) => {
      return sqsClient.send(new sqs.DeleteQueueCommand({ QueueUrl }), { abortSignal })
    })
  }

  #tags(): Record<string, string> {
    const now = new Date(this.#options.clock.now()).toISOString()
    return { [topicTag]: this.#topic.arn, [heartbeatTag]: now }
  }

  #suffix(): string {
    const { random } = this.#options
    return Array.from({ length: 10 }, () => Math.floor(random() * 36).toString(36)).join('')
  }

  #sqs<Output>(action: string, send: Send<SQSClient, Output>): Promise<Output> {
    const { clock, signal } = this.#options
    const limit = { clock, signal, timeoutMs: callTimeoutMs }
    return call(`sqs:${action}`, limit, (abortSignal) => send({ abortSignal }, this.#clients.sqsClient))
  }

  #sns<Output>(action: string, send: Send<SNSClient, Output>): Promise<Output> {
    const { clock, signal } = this.#options
    const limit = { clock, signal, timeoutMs: callTimeoutMs }
    return call(`sns:${action}`, limit, (abortSignal) => send({ abortSignal }, this.#clients.snsClient))
  }

  // The config's signal has aborted by then.
  #last<Output>(action: string, send: (signal: AbortSignal) => Promise<Output>): Promise<Output> {
    const { clock } = this.#options
    return call(action, { clock, signal: new AbortController().signal, timeoutMs: removalTimeoutMs }, send)
  }
}

type Send<Client, Output> = (options: { readonly abortSignal: AbortSignal }, client: Client) => Promise<Output>

// https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
function policyFor(queueArn: string, topicArn: string): object {
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queueArn,
    Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
  }
  return { Version: '2012-10-17', Statement: [statement] }
}
