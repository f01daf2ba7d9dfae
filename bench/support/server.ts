import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { type LocalAws, startLocalAws } from 'liveparam/local'

/** Commands from the measuring process. */
export interface Commands {
  /** Clears every fault and sets the latency of calls. */
  setUp(options: {
    readonly latencyMs: number
    readonly quota?: { readonly ratePerSecond: number; readonly burst: number }
  }): void
  put(parameters: readonly Parameters<LocalAws['parameters']['put']>[0][]): void
  /** Creates a queue that receives every change from the event bus. */
  queue(name: string): string
  /** Creates such a topic, which posts to a URL. */
  topic(subscription: { readonly name: string; readonly url: string }): Promise<string>
  counts(): LocalAws['counts']
  resetCounts(): void
}

export interface Command {
  readonly id: number
  readonly method: keyof Commands
  readonly argument: unknown
}

const pattern = { source: ['aws.ssm'] }
const aws = await startLocalAws()
const commands: Commands = {
  setUp({ latencyMs, quota }) {
    aws.faults.clear()
    // First, so that the latency also applies to throttled calls.
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

process.on('message', async ({ id, method, argument }: Command) => {
  const result = await commands[method](argument as never)
  process.send?.({ id, result })
})
process.on('disconnect', () => process.exit())
process.send?.({ endpoint: aws.endpoint })
