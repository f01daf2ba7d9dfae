import { describeThrown } from '../messages/describe-thrown.ts'
import { platform } from '../platform/node.ts'
import type { NotificationSource, Random } from '../ports.ts'
import { sharedController } from '../time/abort-listeners.ts'
import { settleWithin } from '../time/deadline.ts'
import type { Invocations } from './invocations.ts'
import { type IntakeParts, NotificationIntake } from './notification-intake.ts'
import type { NotificationStatus } from './status.ts'

// The sources of liveparam give up a call after 10 s. A custom source may never stop.
const stopTimeoutMs = 30_000

/** The sources, and the objects that they work with. */
export interface ListenerParts extends IntakeParts {
  readonly sources: readonly NotificationSource[]
  readonly random: Random
  /** Whether the process may be frozen between invocations. */
  readonly isInvoked: boolean
  readonly invocations: Invocations<unknown>
}

/** Listens to the notification sources, from the start of a config to its end. */
export class NotificationListeners {
  readonly #parts: ListenerParts
  readonly #intake: NotificationIntake
  readonly #end = sharedController()
  #listening: Promise<unknown> = Promise.resolve()

  constructor(parts: ListenerParts) {
    this.#parts = parts
    this.#intake = new NotificationIntake(parts)
  }

  get status(): NotificationStatus {
    return this.#intake.status
  }

  start(): void {
    const { sources, isInvoked, publisher } = this.#parts
    // A frozen process cannot wait for messages.
    const isUsable = ({ isPassive }: NotificationSource) => !isInvoked || isPassive === true
    for (const { name } of sources.filter((source) => !isUsable(source))) {
      publisher.warn(
        `${name} cannot listen in Lambda, where the process can be frozen: use lambdaNotifications() from liveparam/lambda`,
      )
    }
    this.#listening = Promise.allSettled(sources.filter(isUsable).map((source) => this.#listen(source)))
  }

  /** Resolves when every source has stopped. */
  async stop(reason: unknown): Promise<void> {
    this.#end.abort(reason)
    await settleWithin(this.#listening, stopTimeoutMs, this.#parts.clock)
  }

  async #listen(source: NotificationSource): Promise<void> {
    const { clock, random, loop, invocations } = this.#parts
    const inbox = this.#intake.open(source.name)
    try {
      await source.listen(inbox, {
        clock,
        random,
        signal: this.#end.signal,
        idle: () => loop.hintsHandled(),
        whileActive: (work) => platform.keepAlive(invocations.whileActive(work)),
      })
    } catch (error) {
      const detail = `the notification source threw ${describeThrown(error)}`
      inbox.failed({ code: 'UNREACHABLE', isTransient: false, detail, remedy: 'let it retry until its signal aborts' })
    }
  }
}
