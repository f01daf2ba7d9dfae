import { type LocalAws, startLocalAws } from 'liveparam/local'

/** What the process that measures has this one do. */
export interface Orders {
  /** Forgets every fault; calls take so long from now on. */
  setUp(options: {
    readonly latencyMs: number
    readonly quota?: { readonly ratePerSecond: number; readonly burst: number }
  }): void
  put(parameters: readonly Parameters<LocalAws['parameters']['put']>[0][]): void
  counts(): LocalAws['counts']
  resetCounts(): void
}

export interface Order {
  readonly id: number
  readonly method: keyof Orders
  readonly argument: unknown
}

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
  counts: () => aws.counts,
  resetCounts: () => aws.resetCounts(),
}

process.on('message', ({ id, method, argument }: Order) => {
  const result = orders[method](argument as never)
  process.send?.({ id, result })
})
process.on('disconnect', () => process.exit())
process.send?.({ endpoint: aws.endpoint })
