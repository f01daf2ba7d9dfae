import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, onTestFinished } from 'vitest'
import type { AwsClient, Clock } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import type { NotificationSource } from '../../src/source/index.ts'
import { snsNotifications } from '../../src/sqs/index.ts'
import { at } from './aws.ts'
import { load } from './changes.ts'

/**
 * A listener whose long polls end without a message after 20 s of the clock, and make no request: a day has 4,320 of
 * them. All other calls are real.
 */
export function quietNotifications(aws: LocalAws, topicArn: string, clock: Clock): NotificationSource {
  const client = new SQSClient(aws.clientOptions)
  onTestFinished(() => client.destroy())
  const sqsClient: AwsClient = {
    config: client.config,
    async send(command: ReceiveMessageCommand, options: { readonly abortSignal: AbortSignal }) {
      const isLongPoll = command instanceof ReceiveMessageCommand && command.input.WaitTimeSeconds !== 0
      if (!isLongPoll) return client.send(command, options)
      await clock.sleep(20_000, options.abortSignal)
      return {}
    },
  }
  return snsNotifications({ topicArn, sqsClient, ...at(aws) })
}

/** A config that listens; its first sweep comes after that share of ten minutes. */
export async function loaded(
  aws: LocalAws,
  notifications: NotificationSource,
  { clock, chance }: { readonly clock: Clock; readonly chance: number },
) {
  const { config } = await load(aws, notifications, { clock, random: () => chance })
  await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
  return config
}

/** The name of a queue whose instance has died. */
export async function leftBehind(
  aws: LocalAws,
  notifications: NotificationSource,
  clock: Clock,
  chance = 0.1,
): Promise<string> {
  const denials = ['sqs:DeleteQueue', 'sns:Unsubscribe'].map((action) => aws.policy.deny({ action, resource: '*' }))
  const config = await loaded(aws, notifications, { clock, chance })
  await config.close()
  for (const denial of denials) denial.remove()
  return aws.queues.names.at(-1) ?? ''
}
