import { onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig, secret } from '../../src/index.ts'
import type { LocalAws, LocalAwsOptions } from '../../src/local/index.ts'
import type { NotificationSource } from '../../src/source/index.ts'
import { sqsNotifications } from '../../src/sqs/index.ts'
import { at, localAws, put } from './aws.ts'

/** Of whatever AWS tells about stored values. */
export const pattern = { source: ['aws.ssm', 'aws.secretsmanager'] }

const schema = z.object({ a: z.string(), more: z.record(z.string(), z.string()), login: secret('login', z.string()) })

/** A store that tells its event bus of changes. */
export async function changing(options?: LocalAwsOptions): Promise<LocalAws> {
  const aws = await localAws(options)
  put(aws, { '/app/a': 'x', '/app/more/m': '1' })
  aws.secrets.create({ name: 'login', value: 'p1' })
  return aws
}

/** Loads what {@link changing} stores, for as long as the test. Polls would find by chance what is to be told. */
export async function load(aws: LocalAws, notifications: NotificationSource, options: object = {}) {
  const config = await loadConfig({ schema, path: '/app', notifications, poll: false, ...at(aws), ...options })
  onTestFinished(() => config.close())
  return { config }
}

/** A config that listens to a queue that it shares with nobody. */
export async function listening() {
  const aws = await changing()
  const queue = aws.queues.create('changes')
  aws.events.route(pattern, queue.arn)
  const { config } = await load(aws, sqsNotifications({ queueUrl: queue.url, ...at(aws) }))
  return { aws, queue, config }
}

/** A topic that changes are sent to. */
export async function withTopic(options?: LocalAwsOptions) {
  const aws = await changing(options)
  const topic = aws.topics.create('config-changes')
  aws.events.route(pattern, topic.arn)
  return { aws, topic }
}
