import type { SQSClient } from '@aws-sdk/client-sqs'
import { AwsCallError } from '../aws/call-error.ts'
import type { ReadFailure } from '../errors.ts'
import type { Clock, Inbox, ListenOptions } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { race, withDeadline } from '../time/deadline.ts'
import { steadyClock } from '../time/steady-clock.ts'
import { deliverEvent } from './change-event.ts'

export type SqsModule = typeof import('@aws-sdk/client-sqs')

/** A queue, and the client that reads it. */
export interface QueueAccess {
  readonly sqs: SqsModule
  readonly client: SQSClient
  readonly queueUrl: string
}

const waitSeconds = 20
// Long enough to take a message, and short enough that a message whose answer was lost soon comes again.
const visibilitySeconds = 10
const callTimeoutMs = 10_000
const backoff = exponential({ baseMs: 1_000, maxMs: 60_000, certainShare: 0.5 })
const earlyMs = 1_000
const emptyBackoff = exponential({ baseMs: 1_000, maxMs: waitSeconds * 1_000, certainShare: 0.5 })

/** Receives and acknowledges messages until the signal aborts. @throws AwsCallError when a call fails. */
export async function listenToQueue(
  access: QueueAccess,
  inbox: Inbox,
  { signal, clock, random }: ListenOptions,
): Promise<never> {
  const { sqs, client, queueUrl } = access
  const time = steadyClock()
  let early = 0
  // The first call does not wait, so that a failure is known at once.
  for (let wait = 0; ; wait = waitSeconds) {
    const receive = new sqs.ReceiveMessageCommand({
      QueueUrl: queueUrl,
      WaitTimeSeconds: wait,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: visibilitySeconds,
    })
    const limit = { clock, signal, timeoutMs: waitSeconds * 1_000 + callTimeoutMs }
    const startedAt = time(clock.now())
    const { Messages = [] } = await call('sqs:ReceiveMessage', limit, (abortSignal) =>
      client.send(receive, { abortSignal }),
    )
    inbox.healthy()
    // From now on the inbox is responsible for the hints: the messages are acknowledged even if the next reading fails.
    for (const { Body = '' } of Messages) deliverEvent(Body, inbox)
    const handles = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
    const isEarly = handles.length === 0 && wait > 0 && time(clock.now()) - startedAt < earlyMs
    early = isEarly ? early + 1 : 0
    // SQS waits for messages before it answers; a proxy or an emulator may not.
    if (isEarly) await clock.sleep(emptyBackoff.delay(early, random), signal)
    if (handles.length === 0) continue
    const acknowledge = new sqs.DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: handles })
    const soon = { clock, signal, timeoutMs: callTimeoutMs }
    await call('sqs:DeleteMessage', soon, (abortSignal) => client.send(acknowledge, { abortSignal }))
  }
}

/** Repeats a run until the signal aborts. Reports each failure to the inbox, and waits before the next run. */
export async function persist(
  run: () => Promise<never>,
  inbox: Inbox,
  { signal, clock, random }: ListenOptions,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const startedAt = clock.now()
    const failure = await run().catch(toFailure)
    if (signal.aborted) return
    failures = clock.now() - startedAt > healthyMs ? 1 : failures + 1
    inbox.failed(failure)
    await clock.sleep(backoff.delay(failures, random), signal).catch(() => undefined)
  }
}

const healthyMs = 60_000

/** Makes a call with a time limit. @throws AwsCallError, or the signal's reason. */
export async function call<Output>(
  action: string,
  { clock, signal, timeoutMs }: { readonly clock: Clock; readonly signal: AbortSignal; readonly timeoutMs: number },
  send: (signal: AbortSignal) => Promise<Output>,
): Promise<Output> {
  try {
    return await withDeadline(clock, timeoutMs, signal, (limit) => race(send(limit), limit))
  } catch (error) {
    if (signal.aborted) throw signal.reason
    throw await describe(error, action)
  }
}

/** Whether a call failed because the queue does not exist. */
export function isQueueGone(error: unknown): boolean {
  return error instanceof AwsCallError && /QueueDoesNotExist|NonExistentQueue/.test(error.errorName)
}

async function toFailure(error: unknown): Promise<ReadFailure> {
  return (await describe(error, 'sqs:ReceiveMessage')).failure
}

async function describe(error: unknown, action: string): Promise<AwsCallError> {
  if (error instanceof AwsCallError) return error
  const { toCallError } = await import('../aws/aws-messages.ts')
  return toCallError(error, action, 1)
}
