import { setTimeout } from 'node:timers/promises'
import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { SSMClient } from '@aws-sdk/client-ssm'
import { type ConfigEvents, type InferConfig, type LiveConfig, loadConfig } from 'liveparam'
import type { LocalAws } from 'liveparam/local'
import { snsNotifications } from 'liveparam/sqs'
import { shop } from './definition.ts'
import { rotateDatabaseSecret } from './store.ts'

type Shop = InferConfig<typeof shop>
type Live = LiveConfig<Shop>
type Events = ConfigEvents<Shop>

const limitMs = 10_000

/** Shows a config that stays up to date: a topic sends changes to its own queue. */
export async function goLive(aws: LocalAws): Promise<void> {
  const topic = aws.topics.create('config-changes')
  aws.events.route({ source: ['aws.ssm', 'aws.secretsmanager'] }, topic.arn)
  const client = new SSMClient(aws.clientOptions)
  const [sqsClient, snsClient] = [new SQSClient(aws.clientOptions), new SNSClient(aws.clientOptions)]
  const notifications = snsNotifications({ topicArn: topic.arn, sqsClient, snsClient })
  const config = await loadConfig({ ...shop, client, notifications, logger: false })
  await untilListening(config)
  await config.refresh()
  console.log(
    "\n2. The same config, live: EventBridge sends changes to a topic, and the topic to this instance's queue\n",
  )
  aws.resetCounts()

  await changeOne(aws, config)
  await rotate(aws, config)
  await reject(aws, config)
  await breakAws(aws, config)

  await config.close()
  for (const each of [client, sqsClient, snsClient]) each.destroy()
  const { calls, decryptions } = aws.counts
  const reads = Object.entries(calls).filter(([action]) => action.startsWith('ssm:'))
  say(
    'close',
    `queues left: ${aws.queues.names.length}; config.current stays readable: port ${config.current.http.port}`,
  )
  console.log(
    `\nAll of this took ${reads.map(([action, count]) => `${count} × ${action}`).join(', ')}; ${decryptions === 1 ? '1 decryption' : `${decryptions} decryptions`}`,
  )
}

async function changeOne(aws: LocalAws, config: Live): Promise<void> {
  const startedAt = performance.now()
  const { changed } = await next(config, 'change', () =>
    aws.parameters.put({ name: '/shop/dev/log/level', value: 'warn' }),
  )
  const [change] = changed
  say(
    'change',
    `${change?.key}: version ${change?.from?.version} → ${change?.to?.version}, now '${config.current.log.level}'`,
  )
  say(
    '',
    `${Math.round(performance.now() - startedAt)} ms after the write, including 250 ms of waiting for further changes`,
  )
}

async function rotate(aws: LocalAws, config: Live): Promise<void> {
  const before = config.current
  const { changed } = await next(config, 'change', () => rotateDatabaseSecret(aws))
  const { credentials } = config.current.db
  const areBoth =
    credentials.username !== before.db.credentials.username && credentials.password !== before.db.credentials.password
  say(
    'rotate',
    `${changed.map(({ key }) => key).join(', ')}: user and password ${areBoth ? 'changed together' : 'do not match'}`,
  )
  say(
    '',
    `config.current.limits is ${config.current.limits === before.limits ? 'still the same object' : 'a new object'}`,
  )
}

async function reject(aws: LocalAws, config: Live): Promise<void> {
  const write = (value: string) => aws.parameters.put({ name: '/shop/dev/http/port', value })
  const { error } = await next(config, 'rejected', () => write('eighty'))
  say('rejected', error.message.replaceAll('\n', '\n            ').replace(/ +$/gm, ''))
  say('', `the port is still ${config.current.http.port}, the state is ${describeState(config)}`)
  await next(config, 'recovered', () => write('8081'))
  say('fixed', `the port is ${config.current.http.port}, the state is ${describeState(config)}`)
}

async function breakAws(aws: LocalAws, config: Live): Promise<void> {
  const outage = aws.faults.add({ kind: 'html-503', action: 'ssm:*' })
  const { reason } = await next(config, 'stale', () =>
    aws.parameters.put({ name: '/shop/dev/log/level', value: 'error' }),
  )
  say(
    'outage',
    `stale (${reason}); the log level is still '${config.current.log.level}', health ${config.health().status}`,
  )
  say('', 'every call to Parameter Store is answered with HTTP 503; new values are read when it works again')
  const startedAt = performance.now()
  await next(config, 'recovered', () => outage.remove())
  const elapsed = Math.round(performance.now() - startedAt)
  say(
    'recovered',
    `after ${elapsed} ms; the log level is '${config.current.log.level}', health ${config.health().status}`,
  )
}

// Listens before it acts, so that it misses no event.
async function next<Name extends keyof Events>(config: Live, event: Name, act: () => void): Promise<Events[Name]> {
  const abort = AbortSignal.timeout(limitMs)
  return new Promise((resolve, reject) => {
    const listener = config.on(event, (payload) => {
      listener[Symbol.dispose]()
      resolve(payload)
    })
    abort.addEventListener('abort', () => reject(new Error(`no ${event} event within ${limitMs} ms`)))
    act()
  })
}

async function untilListening(config: Live): Promise<void> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 20) {
    if (config.status().notifications.sources.every(({ isHealthy }) => isHealthy)) return
    await setTimeout(20)
  }
  throw new Error(`the queue is not ready after ${limitMs} ms`)
}

function describeState(config: Live): string {
  const { state, reason } = config.status()
  return reason === undefined ? state : `${state} (${reason})`
}

function say(label: string, text: string): void {
  console.log(`${label.padEnd(9)} ${text}`)
}
