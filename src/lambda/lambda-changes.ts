import { deliverChange } from '../notifications/change-event.ts'
import type { Hint, Inbox, ListenOptions, NotificationSource, PolicyNotice } from '../ports.ts'
import { type LambdaRecord, readLambdaEvent } from './lambda-event.ts'

/** The answer to a batch of SQS: the messages that SQS should deliver again. */
export interface SqsBatchResponse {
  /** The message ids. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/** A Lambda handler for events of EventBridge, SQS and SNS. */
export type ChangeHandler = (event: unknown) => Promise<SqsBatchResponse>

/** A notification source that receives the events of a Lambda function. */
export interface LambdaNotifications extends NotificationSource {
  /** Passes an event to the configs. Resolves when they have handled it, or cannot handle it for now. */
  readonly handler: ChangeHandler
}

/**
 * Makes a Lambda handler that passes changes to `take`: each hint and each announcement of a parameter policy. Other
 * events are ignored. If `take` throws or rejects, the answer lists the messages that SQS should deliver again (enable
 * `ReportBatchItemFailures`). For EventBridge and SNS, the invocation fails.
 */
export function changeHandler(take: (change: Hint | PolicyNotice) => unknown): ChangeHandler {
  return async (event) => {
    const records = readLambdaEvent(event)
    const failed = await Promise.all(records.map((record) => attempt(record, take)))
    const failures = failed.filter((failure) => failure !== undefined)
    const other = failures.find(({ messageId }) => messageId === undefined)
    if (other !== undefined) throw other.error
    return { batchItemFailures: failures.map(({ messageId = '' }) => ({ itemIdentifier: messageId })) }
  }
}

/**
 * Makes a notification source from the events of a Lambda function. During the invocation, the config in the same
 * execution environment reads the parameters in the event. Other environments do not receive the event, so they rely on
 * polling.
 */
export function lambdaNotifications(): LambdaNotifications {
  const listeners = new Set<Listener>()
  return Object.freeze({
    name: 'lambda',
    isPassive: true,
    async handler(event: unknown) {
      const records = readLambdaEvent(event)
      const follow = ({ inbox, options }: Listener) =>
        options.whileActive(() => {
          for (const { change } of records) deliverChange(change, inbox)
          return options.idle()
        })
      await Promise.all([...listeners].map(follow))
      // The config remembers a hint until it is handled, so SQS need not deliver it again.
      return { batchItemFailures: [] }
    },
    async listen(inbox: Inbox, options: ListenOptions) {
      const listener = { inbox, options }
      // Never healthy, so that polls stay frequent: this environment misses the events of the others.
      listeners.add(listener)
      const { signal } = options
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      listeners.delete(listener)
    },
  })
}

interface Listener {
  readonly inbox: Inbox
  readonly options: ListenOptions
}

async function attempt(
  { messageId, change }: LambdaRecord,
  take: (change: Hint | PolicyNotice) => unknown,
): Promise<{ readonly messageId: string | undefined; readonly error: unknown } | undefined> {
  try {
    if (change?.notice !== undefined) await take(change.notice)
    if (change?.hint !== undefined) await take(change.hint)
    return undefined
  } catch (error) {
    return { messageId, error }
  }
}
