import { deliverChange } from '../notifications/change-event.ts'
import type { Hint, Inbox, ListenOptions, NotificationSource, PolicyNotice } from '../ports.ts'
import { type LambdaRecord, readLambdaEvent } from './lambda-event.ts'

/** What SQS is told of a batch: the messages that are to come again. */
export interface SqsBatchResponse {
  /** The ids of those messages. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[]
}

/** A handler for events of EventBridge, SQS and SNS. */
export type ChangeHandler = (event: unknown) => Promise<SqsBatchResponse>

/** A notification source that is told by the invocations of a function. */
export interface LambdaNotifications extends NotificationSource {
  /** Resolves when what the event tells has been followed, or cannot be for now. */
  readonly handler: ChangeHandler
}

/**
 * A handler of a Lambda function that passes changes on. `take` gets each hint and each notice of a policy; what is not
 * understood is left out. When it throws or rejects, SQS is told which messages are to come again (switch on
 * `ReportBatchItemFailures`), and for EventBridge and SNS the invocation fails.
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
 * Learns of changes by the events that a Lambda function is invoked with: its handler has the config of the same
 * environment look at what an event names. Each environment of a function is told of the events that it gets itself.
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
      // A hint that was taken is not to come again, whatever becomes of the reading.
      return { batchItemFailures: [] }
    },
    async listen(inbox: Inbox, options: ListenOptions) {
      const listener = { inbox, options }
      // Never healthy: what other environments are told of, this one has to find by looking.
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
