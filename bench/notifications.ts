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

// From a write to the change event: delivery, the wait for the rest of a burst, and one read. A bare listener on the same
// route measures the delivery alone.
const turns = 31
const quiescenceMs = 250
const name = '/notified/a'
const schema = z.object({ a: z.string() })

interface Route {
  readonly notifications: NotificationSource
  /** Subscribes both listeners, once the config is loaded. */
  open(): Promise<void>
  /** Resolves when the bare listener receives the next change. */
  next(): Promise<unknown>
  close(): Promise<void>
}

await using aws = await startRemoteAws()
await aws.put([{ name, value: 'first' }])
const ssm = aws.client()
const rows = [await measure('queue', await overQueue()), await measure('webhook behind a topic', await overWebhook())]
print(['from a write to the change event', 'median', 'delivery', 'quiescence', 'read', 'overhead'], rows)
ssm.destroy()

async function measure(title: string, { notifications, open, next, close }: Route): Promise<string[]> {
  await using config = await loadConfig({ path: '/notified', schema, notifications, poll: false, ...aws.place })
  await open()
  await aws.setUp({ latencyMs: roundTripMs })
  const [deliveries, reads, changes]: [number[], number[], number[]] = [[], [], []]
  for (let turn = 0; turn <= turns; turn++) {
    const read = await time(() => ssm.send(new GetParametersCommand({ Names: [name], WithDecryption: true })))
    const [delivered, changed] = [next(), changeOf(config)]
    // In the meantime, both listeners acknowledge the last message and wait for the next one.
    await sleep(5 * roundTripMs)
    const [delivery, change] = await Promise.all([
      time(() => delivered),
      time(() => changed),
      aws.put([{ name, value: `${title} ${turn}` }]),
    ])
    if (turn === 0) continue
    deliveries.push(delivery)
    reads.push(read)
    changes.push(change)
  }
  await aws.setUp({ latencyMs: 0 })
  await close()
  const [delivery, read, change] = [median(deliveries), median(reads), median(changes)]
  const expected = delivery + quiescenceMs + read
  return [
    title,
    inMs(change),
    inMs(delivery),
    inMs(quiescenceMs),
    inMs(read),
    `${inMs(change - expected)}, ${asRatio(change / expected)}`,
  ]
}

async function overQueue(): Promise<Route> {
  const QueueUrl = await aws.queue('bare')
  const sqs = new SQSClient(aws.place)
  return {
    notifications: sqsNotifications({ queueUrl: await aws.queue('liveparam'), ...aws.place }),
    open: async () => undefined,
    async next() {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
      // Not awaited: the message has arrived.
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
    for (const resolve of waiting.splice(0)) resolve()
  })
  const webhook = webhookNotifications({
    topicArns: 'arn:aws:sns:us-east-1:123456789012:liveparam',
    endpoint: aws.place.endpoint,
  })
  const own = await listen((incoming, response) => webhook.handler(incoming, response))
  const next = () => new Promise<void>((resolve) => waiting.push(resolve))
  return {
    notifications: webhook,
    next,
    async open() {
      const confirmed = next()
      await aws.topic({ name: 'bare', url: bare.url })
      await aws.topic({ name: 'liveparam', url: own.url })
      await confirmed
      // The first message fetches the certificate and does not count.
      await sleep(10 * roundTripMs)
    },
    async close() {
      await bare.close()
      await own.close()
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
    const listener = config.on('change', (change) => {
      listener[Symbol.dispose]()
      resolve(change)
    })
  })
}
