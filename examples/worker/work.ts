import { setTimeout } from 'node:timers/promises'
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { LiveConfig } from 'liveparam'
import type { WorkerConfig } from './config.ts'

/** An invoice to write. */
export interface Job {
  readonly invoice: string
  readonly amount: number
}

/** The written invoice, and the revision of the configuration that it used. */
export interface Invoice {
  readonly invoice: string
  readonly lines: readonly string[]
  readonly revision: number
}

/** Takes jobs from a queue, one at a time, until the signal aborts. */
export async function work(
  { sqs, queueUrl }: { readonly sqs: SQSClient; readonly queueUrl: string },
  config: LiveConfig<WorkerConfig>,
  done: (invoice: Invoice) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const receive = new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 20 })
    const received = await sqs.send(receive, { abortSignal: signal }).catch((error: unknown) => {
      if (signal.aborted) return undefined
      throw error
    })
    for (const { Body = '', ReceiptHandle } of received?.Messages ?? []) {
      // One snapshot for the whole job, even if the configuration changes in the meantime.
      const { value, revision } = config.pin()
      done(await invoice(JSON.parse(Body), value, revision))
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))
    }
  }
}

async function invoice({ invoice, amount }: Job, config: WorkerConfig, revision: number): Promise<Invoice> {
  const net = `net ${amount.toFixed(2)} ${config.currency}`
  // Slow work during which the currency and the tax may change.
  await setTimeout(config.pauseMs)
  const gross = amount * (1 + config.taxPercent / 100)
  return { invoice, lines: [net, `gross ${gross.toFixed(2)} ${config.currency}`], revision }
}
