import type { SNSClient } from '@aws-sdk/client-sns'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { type AwsClient, asOurs } from '../aws/client.ts'
import { loadFirst } from '../aws/load-first.ts'
import { aWebUrl, type Check, checkArguments, having, isString } from '../messages/check-arguments.ts'
import type { Inbox, ListenOptions, NotificationSource } from '../ports.ts'
import { idleAgents } from './idle-agents.ts'
import { OwnQueue, type Topic } from './own-queue.ts'
import { isQueueGone, listenToQueue, persist } from './queue-listener.ts'
import { listenerOptions } from './sqs.ts'
import { parseTopicArn } from './topic-arn.ts'

/** The topic to listen to. */
export interface SnsNotificationOptions {
  /** Such as `arn:aws:sns:eu-west-1:123456789012:config-changes`. */
  readonly topicArn: string
  /**
   * The start of the names of the queues; the topic's name and a random part follow.
   * @default 'liveparam'
   */
  readonly queuePrefix?: string
  /**
   * An `SQSClient` of any v3 version of the SDK. It keeps its own retries, and is not closed.
   * @default a client of its own, which is closed with the config
   */
  readonly sqsClient?: AwsClient
  /** An `SNSClient` for the topic, as `sqsClient` is for the queue. */
  readonly snsClient?: AwsClient
  /**
   * The AWS region. Not together with clients.
   * @default the region of the topic
   */
  readonly region?: string
  /**
   * The URL of another endpoint, such as a local AWS. Not together with clients.
   * @default the endpoints that the AWS SDK finds in the environment or the shared config file, or those of the region
   */
  readonly endpoint?: string
}

/**
 * Receives changes from a topic through a queue of its own, so that each instance of a fleet receives each change. The
 * queue is created when the config is loaded, and deleted when the config is closed. A day after an instance crashed,
 * another instance deletes its queue.
 *
 * @throws TypeError when an option is missing or invalid.
 */
export function snsNotifications(options: SnsNotificationOptions): NotificationSource {
  checkArguments('snsNotifications()', options, checks)
  const arn = parseTopicArn(String(options.topicArn))
  if (arn === undefined) throw new TypeError('snsNotifications(): topicArn must be the ARN of a topic')
  const { queuePrefix = 'liveparam' } = options
  if (!/^[\w-]{1,32}$/.test(queuePrefix)) {
    throw new TypeError('snsNotifications(): queuePrefix takes up to 32 letters, digits, dashes and underscores')
  }
  // Ten random characters follow; the name of a queue has at most 80.
  const prefix = `${queuePrefix}-${arn.resource.replace(/[^\w-]/g, '-').slice(0, 36)}-`
  const topic = { arn: options.topicArn, prefix, region: options.region ?? arn.region }
  return Object.freeze({
    name: 'sns',
    listensTo: options.topicArn,
    createsQueues: `${prefix}*`,
    listen: (inbox: Inbox, how: ListenOptions) => listen(options, topic, inbox, how),
  })
}

const sqsPackage = ['@aws-sdk/client-sqs', () => import('@aws-sdk/client-sqs')] as const
const snsPackage = ['@aws-sdk/client-sns', () => import('@aws-sdk/client-sns')] as const

const checks: Readonly<Record<keyof SnsNotificationOptions, Check>> = {
  topicArn: isString,
  queuePrefix: isString,
  sqsClient: having('send', 'an SQSClient'),
  snsClient: having('send', 'an SNSClient'),
  region: isString,
  endpoint: aWebUrl,
}

async function listen(
  options: SnsNotificationOptions,
  topic: Topic & { readonly region: string },
  inbox: Inbox,
  how: ListenOptions,
): Promise<void> {
  const sqsClient: SQSClient | undefined = options.sqsClient && asOurs(options.sqsClient)
  const snsClient: SNSClient | undefined = options.snsClient && asOurs(options.snsClient)
  const own: { sqs?: SQSClient; sns?: SNSClient } = {}
  const agents = idleAgents()
  const place = listenerOptions(agents, { region: topic.region, endpoint: options.endpoint })
  let queue: OwnQueue | undefined
  const run = async (): Promise<never> => {
    const sqs = await loadFirst('listening', sqsPackage, snsPackage)
    const sns = await loadFirst('listening', snsPackage, sqsPackage)
    const clients = {
      sqs,
      sns,
      sqsClient: sqsClient ?? own.sqs ?? new sqs.SQSClient(place),
      snsClient: snsClient ?? own.sns ?? new sns.SNSClient(place),
    }
    if (sqsClient === undefined) own.sqs = clients.sqsClient
    if (snsClient === undefined) own.sns = clients.snsClient
    queue ??= new OwnQueue(clients, topic, how)
    try {
      if (await queue.open()) inbox.opened()
      return await listenToQueue({ sqs, client: clients.sqsClient, queueUrl: queue.url }, inbox, how)
    } catch (error) {
      // After any other failure, the queue keeps collecting messages.
      if (isQueueGone(error)) {
        await queue.remove()
        queue = undefined
      }
      throw error
    }
  }
  await persist(run, inbox, how)
  await queue?.remove()
  for (const client of Object.values(own)) client.destroy()
  agents.destroy()
}
