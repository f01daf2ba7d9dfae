import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { GetParametersCommand } from '@aws-sdk/client-ssm'
import { type LiveConfig, loadConfig } from 'liveparam'
import type { NotificationSource } from 'liveparam/source'
import { sqsNotifications } from 'liveparam/sqs'
import { webhookNotifications } from 'liveparam/webhook'
import * as z from 'zod'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, inMs, median, time } from './support/measure.ts'
import { print } from './support/table.ts'

// From a write to whoever listens to the config: the way here, the wait for more of the kind, and one reading. Beside it
// listens somebody who does nothing but listen, on the same way.
const turns = 31
const quiescenceMs = 250
const name = '/told/a'
const schema = z.object({ a: z.string() })

interface Route {
  readonly notifications: NotificationSource
  /** Has both be told, once the config is there. */
  open(): Promise<void>
  /** Resolves when somebody else has been told of the next change. */
  next(): Promise<unknown>
  close(): Promise<void>
}

await using aws = await startRemoteAws()
await aws.put([{ name, value: 'first' }])
const ssm = aws.client()
const rows = [await measure('queue', await overQueue()), await measure('webhook behind a topic', await overWebhook())]
print(['from a write to the change event', 'median', 'the way', 'quiescence', 'a reading', 'beyond them'], rows)
ssm.destroy()

async function measure(title: string, { notifications, open, next, close }: Route): Promise<string[]> {
  await using config = await loadConfig({ path: '/told', schema, notifications, poll: false, ...aws.place })
  await open()
  await aws.setUp({ latencyMs: roundTripMs })
  const [ways, readings, changes]: [number[], number[], number[]] = [[], [], []]
  for (let turn = 0; turn <= turns; turn++) {
    const reading = await time(() => ssm.send(new GetParametersCommand({ Names: [name], WithDecryption: true })))
    const [told, changed] = [next(), changeOf(config)]
    // Whoever has acknowledged the last message asks for the next one meanwhile.
    await sleep(5 * roundTripMs)
    const [way, change] = await Promise.all([
      time(() => told),
      time(() => changed),
      aws.put([{ name, value: `${title} ${turn}` }]),
    ])
    if (turn === 0) continue
    ways.push(way)
    readings.push(reading)
    changes.push(change)
  }
  await aws.setUp({ latencyMs: 0 })
  await close()
  const [way, reading, change] = [median(ways), median(readings), median(changes)]
  const expected = way + quiescenceMs + reading
  return [
    title,
    inMs(change),
    inMs(way),
    inMs(quiescenceMs),
    inMs(reading),
    `${inMs(change - expected)}, ${asRatio(change / expected)}`,
  ]
}

async function overQueue(): Promise<Route> {
  const QueueUrl = await aws.queue('bare')
  const sqs = new SQSClient(aws.place)
  return {
    notifications: sqsNotifications({ queueUrl: await aws.queue('ours'), ...aws.place }),
    open: async () => undefined,
    async next() {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
      // Not waited for: it has been told by now.
      for (const { ReceiptHandle } of Messages) void sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    },
    close: async () => sqs.destroy(),
  }
}

async function overWebhook(): Promise<Route> {
  const waiting: (() => void)[] = []
  const bare = await listen(async (incoming, response) => {
    const { Type, SubscribeURL } = JSON.parse(await text(incoming))
    response.end()
    if (Type === 'SubscriptionConfirmation') await fetch(SubscribeURL)
    for (const wake of waiting.splice(0)) wake()
  })
  const webhook = webhookNotifications({
    topicArns: 'arn:aws:sns:us-east-1:123456789012:ours',
    endpoint: aws.place.endpoint,
  })
  const ours = await listen((incoming, response) => webhook.handler(incoming, response))
  const next = () => new Promise<void>((resolve) => waiting.push(resolve))
  return {
    notifications: webhook,
    next,
    async open() {
      const confirmed = next()
      await aws.topic({ name: 'bare', url: bare.url })
      await aws.topic({ name: 'ours', url: ours.url })
      await confirmed
      // The first message has the certificate asked for, and is not counted.
      await sleep(10 * roundTripMs)
    },
    async close() {
      await bare.close()
      await ours.close()
    },
  }
}

async function listen(listener: RequestListener): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function changeOf(config: LiveConfig<unknown>): Promise<unknown> {
  return new Promise((resolve) => {
    const listening = config.on('change', (change) => {
      listening[Symbol.dispose]()
      resolve(change)
    })
  })
}
