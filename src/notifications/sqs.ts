import type { SQSClient } from '@aws-sdk/client-sqs'
import { AwsCallError } from '../aws/call-error.ts'
import { type AwsClient, asOurs, loadPackage } from '../aws/client.ts'
import {
  anything,
  aWebUrl,
  type Check,
  checkArguments,
  having,
  isString,
  isWebUrl,
} from '../messages/check-arguments.ts'
import type { Inbox, ListenOptions, NotificationSource } from '../ports.ts'
import { type IdleAgents, idleAgents } from './idle-agents.ts'
import { isQueueGone, listenToQueue, persist } from './queue-listener.ts'

/** The queue to listen to. */
export interface SqsNotificationOptions {
  /** Such as `https://sqs.eu-west-1.amazonaws.com/123456789012/config-changes`. */
  readonly queueUrl: string
  /**
   * An `SQSClient` of any v3 version of the SDK. It keeps its own retries, is not closed, and may keep the process alive
   * while it waits.
   * @default a client of its own, which is closed with the config
   */
  readonly client?: AwsClient
  /**
   * The AWS region. Not together with `client`.
   * @default the region in the URL of the queue, or the region that the AWS SDK finds
   */
  readonly region?: string
  /**
   * The URL of another endpoint, such as a local AWS. Not together with `client`.
   * @default the endpoint that the AWS SDK finds in the environment or the shared config file, or that of the region
   */
  readonly endpoint?: string
}

/**
 * Receives changes from a queue that EventBridge or a topic sends them to. Only one listener receives each message: a
 * fleet needs one queue for each instance, as `snsNotifications` creates them.
 *
 * @throws TypeError when an option is missing or invalid.
 */
export function sqsNotifications(options: SqsNotificationOptions): NotificationSource {
  checkArguments('sqsNotifications()', options, checks)
  if (!isWebUrl(options.queueUrl)) {
    const aQueue = 'the URL of a queue, which begins with https://, not its ARN'
    throw new TypeError(`sqsNotifications(): queueUrl must be ${aQueue}`)
  }
  return Object.freeze({
    name: 'sqs',
    listensTo: options.queueUrl,
    listen: (inbox: Inbox, how: ListenOptions) => listen(options, inbox, how),
  })
}

async function listen(options: SqsNotificationOptions, inbox: Inbox, how: ListenOptions): Promise<void> {
  const { queueUrl, endpoint } = options
  const agents = idleAgents()
  const place = listenerOptions(agents, { region: options.region ?? regionIn(queueUrl), endpoint })
  const given: SQSClient | undefined = options.client && asOurs(options.client)
  let own: SQSClient | undefined
  const run = async () => {
    const sqs = await loadPackage('@aws-sdk/client-sqs', 'listening', () => import('@aws-sdk/client-sqs'))
    const client = given ?? own ?? new sqs.SQSClient(place)
    if (given === undefined) own = client
    return listenToQueue({ sqs, client, queueUrl }, inbox, how).catch(rethrowWithRemedy)
  }
  await persist(run, inbox, how)
  own?.destroy()
  agents.destroy()
}

const checks: Readonly<Record<keyof SqsNotificationOptions, Check>> = {
  queueUrl: anything,
  client: having('send', 'an SQSClient'),
  region: isString,
  endpoint: aWebUrl,
}

function rethrowWithRemedy(error: unknown): never {
  if (!(error instanceof AwsCallError)) throw error
  const { failure, errorName } = error
  const remedy =
    failure.code === 'NO_REGION'
      ? 'set region or client of sqsNotifications(), or AWS_REGION'
      : isQueueGone(error)
        ? 'create the queue, or correct queueUrl of sqsNotifications()'
        : failure.remedy
  throw new AwsCallError({ ...failure, remedy }, errorName)
}

/** The options of a client that waits for messages. */
export function listenerOptions(
  { handler }: IdleAgents,
  { region, endpoint }: { readonly region: string | undefined; readonly endpoint: string | undefined },
): {
  readonly maxAttempts: number
  readonly requestHandler: IdleAgents['handler']
  readonly region?: string
  readonly endpoint?: string
} {
  return {
    maxAttempts: 1,
    requestHandler: handler,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
  }
}

function regionIn(queueUrl: string): string | undefined {
  return /^sqs\.([a-z0-9-]+)\.amazonaws\.com/.exec(new URL(queueUrl).hostname)?.[1]
}
