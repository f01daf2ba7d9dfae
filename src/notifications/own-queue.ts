import type { SNSClient } from '@aws-sdk/client-sns'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { ListenOptions } from '../ports.ts'
import { call, type SqsModule } from './queue-listener.ts'
import { noteServerTime } from './server-time.ts'

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
  // One name for all attempts: SQS makes a queue of the same name, attributes and tags once.
  readonly #name: string
  readonly #bornAt: number
  #url: string | undefined
  #subscriptionArn: string | undefined
  #isOpen = false

  constructor(clients: OwnQueueClients, topic: Topic, options: ListenOptions) {
    this.#clients = clients
    this.#topic = topic
    this.#options = options
    this.#name = `${topic.prefix}${randomSuffix(options.random)}`
    this.#bornAt = options.clock.now()
  }

  /** Empty until it is open. */
  get url(): string {
    return this.#url ?? ''
  }

  /**
   * Makes the queue, lets the topic send to it, and subscribes it, unless that is done. After a failure it goes on with
   * the queue that it made: a role that may neither subscribe nor delete leaves one queue, not one for each attempt.
   *
   * @returns Whether the queue was opened by this call.
   */
  async open(): Promise<boolean> {
    if (this.#isOpen) return false
    this.#url ??= await this.#create()
    await this.#subscribe(this.#url)
    this.#isOpen = true
    this.#tend()
    return true
  }

  /** Ends the subscription and deletes the queue, also when the config is closing. */
  async remove(): Promise<void> {
    this.#tending.abort()
    const [url, subscriptionArn] = [this.#url, this.#subscriptionArn]
    this.#url = undefined
    this.#subscriptionArn = undefined
    await Promise.allSettled([this.#unsubscribe(subscriptionArn), this.#delete(url)])
  }

  async #create(): Promise<string> {
    const { sqs } = this.#clients
    const attributes = { MessageRetentionPeriod: retentionSeconds, ReceiveMessageWaitTimeSeconds: '20' }
    const queue = { QueueName: this.#name, Attributes: attributes, tags: this.#tags(this.#bornAt) }
    const created = await this.#sqs('CreateQueue', (options, client) => {
      return client.send(new sqs.CreateQueueCommand(queue), options)
    })
    return created.QueueUrl ?? ''
  }

  async #subscribe(QueueUrl: string): Promise<void> {
    const { sqs, sns } = this.#clients
    const { arn } = this.#topic
    const { arn: queueArn } = await this.#describe(QueueUrl)
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

  // Until the queue is removed: says now and then that it is alive, and deletes those that have not for a day.
  #tend(): void {
    this.#repeat(() => this.#beat(), { firstMs: heartbeatMs, everyMs: heartbeatMs })
    this.#repeat(() => this.#sweep(), { firstMs: this.#options.random() * sweepSpreadMs, everyMs: deadAfterMs })
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
    if (Tags[topicTag] !== this.#topic.arn) return false
    const { serverNow, createdAt } = await this.#describe(QueueUrl)
    // The clock of this machine may be a day ahead, and that of the other one a day behind.
    if (serverNow === undefined) return false
    const beatAt = Date.parse(Tags[heartbeatTag] ?? '')
    const aliveAt = beatAt > serverNow ? createdAt : Math.max(beatAt, createdAt)
    return serverNow - aliveAt > deadAfterMs
  }

  async #bury(url: string): Promise<void> {
    const { sns } = this.#clients
    const { arn } = await this.#describe(url)
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
    const QueueUrl = this.url
    const { serverNow = this.#options.clock.now() } = await this.#describe(QueueUrl)
    await this.#sqs('TagQueue', (options, client) => {
      return client.send(new sqs.TagQueueCommand({ QueueUrl, Tags: this.#tags(serverNow) }), options)
    })
  }

  async #describe(QueueUrl: string): Promise<QueueDescription> {
    const { sqs } = this.#clients
    const command = new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn', 'CreatedTimestamp'] })
    const serverTime = noteServerTime(command)
    const { Attributes = {} } = await this.#sqs('GetQueueAttributes', (options, client) => {
      return client.send(command, options)
    })
    const createdAt = Number(Attributes.CreatedTimestamp ?? 0) * 1_000
    return { arn: Attributes.QueueArn ?? '', createdAt, serverNow: serverTime.at }
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

  #tags(beatAt: number): Record<string, string> {
    return { [topicTag]: this.#topic.arn, [heartbeatTag]: new Date(beatAt).toISOString() }
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

interface QueueDescription {
  readonly arn: string
  readonly createdAt: number
  readonly serverNow: number | undefined
}

function randomSuffix(random: () => number): string {
  return Array.from({ length: 10 }, () => Math.floor(random() * 36).toString(36)).join('')
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
