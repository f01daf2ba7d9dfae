import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { type LocalAws, startLocalAws } from 'liveparam/local'

/** What the process that measures has this one do. */
export interface Orders {
  /** Forgets every fault; calls take so long from now on. */
  setUp(options: {
    readonly latencyMs: number
    readonly quota?: { readonly ratePerSecond: number; readonly burst: number }
  }): void
  put(parameters: readonly Parameters<LocalAws['parameters']['put']>[0][]): void
  /** A queue that the event bus sends every change to. */
  queue(name: string): string
  /** A topic that does the same, and posts to a URL. */
  topic(subscription: { readonly name: string; readonly url: string }): Promise<string>
  counts(): LocalAws['counts']
  resetCounts(): void
}

export interface Order {
  readonly id: number
  readonly method: keyof Orders
  readonly argument: unknown
}

const pattern = { source: ['aws.ssm'] }
const aws = await startLocalAws()
const orders: Orders = {
  setUp({ latencyMs, quota }) {
    aws.faults.clear()
    // First, so that an answer that refuses a call takes as long as any other.
    if (latencyMs > 0) aws.faults.add({ kind: 'latency', ms: latencyMs })
    if (quota !== undefined) aws.faults.add({ kind: 'throttle', ...quota })
  },
  put(parameters) {
    for (const parameter of parameters) aws.parameters.put(parameter)
  },
  queue(name) {
    const { arn, url } = aws.queues.create(name)
    aws.events.route(pattern, arn)
    return url
  },
  async topic({ name, url }) {
    const { arn } = aws.topics.create(name)
    aws.events.route(pattern, arn)
    const sns = new SNSClient(aws.clientOptions)
    await sns.send(new SubscribeCommand({ TopicArn: arn, Protocol: 'http', Endpoint: url }))
    sns.destroy()
    return arn
  },
  counts: () => aws.counts,
  resetCounts: () => aws.resetCounts(),
}

process.on('message', async ({ id, method, argument }: Order) => {
  const result = await orders[method](argument as never)
  process.send?.({ id, result })
})
process.on('disconnect', () => process.exit())
process.send?.({ endpoint: aws.endpoint })
