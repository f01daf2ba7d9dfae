import type { SNSClient } from '@aws-sdk/client-sns'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { ListenOptions } from '../ports.ts'
import { call, type SqsModule } from './queue-listener.ts'
import { noteServerTime } from './server-time.ts'

/** The topic that queues are subscribed to. */
export interface Topic {
  readonly arn: string
  /** The start of the names of its queues. */
  readonly prefix: string
}

/** The clients of SQS and SNS, with the commands that they take. */
export interface OwnQueueClients {
  readonly sqs: SqsModule
  readonly sns: typeof import('@aws-sdk/client-sns')
  readonly sqsClient: SQSClient
  readonly snsClient: SNSClient
}

const callTimeoutMs = 10_000
const removalTimeoutMs = 5_000
const heartbeatMs = 3_600_000
const orphanedAfterMs = 86_400_000
// The instances of a fleet that starts together sweep at different times, and share the sweeping of many queues.
const sweepSpreadMs = 600_000
const queuesPerSweep = 100
// Polling finds older changes.
const retentionSeconds = '3600'
const topicTag = 'liveparam:topic'
const heartbeatTag = 'liveparam:heartbeat'

/** The queue of one instance, subscribed to a topic. */
export class OwnQueue {
  readonly #clients: OwnQueueClients
  readonly #topic: Topic
  readonly #options: ListenOptions
  readonly #upkeep = new AbortController()
  // The same name for all attempts: SQS returns the existing queue for the same name, attributes and tags.
  readonly #name: string
  readonly #createdAt: number
  #url: string | undefined
  #subscriptionArn: string | undefined
  #isOpen = false

  constructor(clients: OwnQueueClients, topic: Topic, options: ListenOptions) {
    this.#clients = clients
    this.#topic = topic
    this.#options = options
    this.#name = `${topic.prefix}${randomSuffix(options.random)}`
    this.#createdAt = options.clock.now()
  }

  /** Empty until it is open. */
  get url(): string {
    return this.#url ?? ''
  }

  /**
   * Creates the queue, allows the topic to send to it, and subscribes it, unless that is done. After a failure, the next
   * call continues with the same queue: a role that may neither subscribe nor delete leaves one queue, not one for each
   * attempt.
   *
   * @returns Whether the queue was opened by this call.
   */
  async open(): Promise<boolean> {
    if (this.#isOpen) return false
    this.#url ??= await this.#create()
    await this.#subscribe(this.#url)
    this.#isOpen = true
    this.#startUpkeep()
    return true
  }

  /** Ends the subscription and deletes the queue, also when the config is closing. */
  async remove(): Promise<void> {
    this.#upkeep.abort()
    const [url, subscriptionArn] = [this.#url, this.#subscriptionArn]
    this.#url = undefined
    this.#subscriptionArn = undefined
    await Promise.allSettled([this.#unsubscribe(subscriptionArn), this.#delete(url)])
  }

  async #create(): Promise<string> {
    const { sqs } = this.#clients
    const attributes = { MessageRetentionPeriod: retentionSeconds, ReceiveMessageWaitTimeSeconds: '20' }
    const queue = { QueueName: this.#name, Attributes: attributes, tags: this.#tags(this.#createdAt) }
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

  // Until the queue is removed: renews its heartbeat, and deletes queues of the topic without one for a day.
  #startUpkeep(): void {
    this.#repeat(() => this.#renewHeartbeat(), { firstMs: heartbeatMs, everyMs: heartbeatMs })
    this.#repeat(() => this.#sweep(), { firstMs: this.#options.random() * sweepSpreadMs, everyMs: orphanedAfterMs })
  }

  // Best effort: a failed run is repeated at the next time.
  #repeat(
    run: () => Promise<void>,
    { firstMs, everyMs }: { readonly firstMs: number; readonly everyMs: number },
  ): void {
    const { signal } = this.#upkeep
    const loop = async () => {
      for (let wait = firstMs; !signal.aborted; wait = everyMs) {
        await this.#options.clock.sleep(wait, signal)
        await run().catch(() => undefined)
      }
    }
    loop().catch(() => undefined)
  }

  async #sweep(): Promise<void> {
    const urls = await this.#listSiblings()
    const start = Math.floor(this.#options.random() * urls.length)
    for (const url of [...urls.slice(start), ...urls.slice(0, start)].slice(0, queuesPerSweep)) {
      await this.#deleteIfOrphaned(url).catch(() => undefined)
    }
  }

  /** The queues whose names start with the prefix: those of the topic, and others. */
  async #listSiblings(): Promise<string[]> {
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

  async #deleteIfOrphaned(url: string): Promise<void> {
    if (await this.#isOrphaned(url)) await this.#deleteOrphan(url)
  }

  async #isOrphaned(QueueUrl: string): Promise<boolean> {
    const { sqs } = this.#clients
    const { Tags = {} } = await this.#sqs('ListQueueTags', (options, client) => {
      return client.send(new sqs.ListQueueTagsCommand({ QueueUrl }), options)
    })
    if (Tags[topicTag] !== this.#topic.arn) return false
    const { serverNow, createdAt } = await this.#describe(QueueUrl)
    // Without the time of the server: the clocks of this machine and of the other one may differ by days.
    if (serverNow === undefined) return false
    const beatAt = Date.parse(Tags[heartbeatTag] ?? '')
    const aliveAt = beatAt > serverNow ? createdAt : Math.max(beatAt, createdAt)
    return serverNow - aliveAt > orphanedAfterMs
  }

  async #deleteOrphan(url: string): Promise<void> {
    const { sns } = this.#clients
    const { arn } = await this.#describe(url)
    let NextToken: string | undefined
    do {
      const page = { TopicArn: this.#topic.arn, ...(NextToken !== undefined && { NextToken }) }
      const listed = await this.#sns('ListSubscriptionsByTopic', (options, client) => {
        return client.send(new sns.ListSubscriptionsByTopicCommand(page), options)
      })
      const own = listed.Subscriptions?.find(({ Endpoint }) => Endpoint === arn)
      if (own !== undefined) await this.#unsubscribe(own.SubscriptionArn)
      NextToken = own === undefined ? listed.NextToken : undefined
    } while (NextToken !== undefined)
    await this.#delete(url)
  }

  async #renewHeartbeat(): Promise<void> {
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
    await this.#callUnaborted('sns:Unsubscribe', (abortSignal) => {
      return snsClient.send(new sns.UnsubscribeCommand({ SubscriptionArn }), { abortSignal })
    })
  }

  async #delete(QueueUrl: string | undefined): Promise<void> {
    const { sqs, sqsClient } = this.#clients
    if (QueueUrl === undefined) return
    await this.#callUnaborted('sqs:DeleteQueue', (abortSignal) => {
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

  // When the queue is removed, the signal of the config has aborted.
  #callUnaborted<Output>(action: string, send: (signal: AbortSignal) => Promise<Output>): Promise<Output> {
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
