import { describeThrown, moduleFailure } from '../messages/describe-thrown.ts'
import type { Inbox, ListenOptions, NotificationSource } from '../ports.ts'
import { sharedController } from '../time/abort.ts'
import { settleWithin } from '../time/deadline.ts'
import type { ConfigParts } from './config-handle.ts'
import type { NotificationIntake } from './notification-intake.ts'
import type { NotificationStatus, SourceStatus } from './status.ts'

// The sources of liveparam give up a call after 10 s. A custom source may never stop.
const stopTimeoutMs = 30_000

/** Listens to the notification sources, from the start of a config to its end. */
export class NotificationListeners {
  readonly #parts: ConfigParts<unknown>
  readonly #whileActive: ListenOptions['whileActive']
  readonly #end = sharedController()
  #sources: readonly NotificationSource[] = []
  #listening: Promise<unknown> | undefined
  #intake: NotificationIntake | undefined
  #loading: Promise<void> | undefined
  #failure: SourceStatus['failure'] | undefined
  #waiting: ((intake: NotificationIntake) => void)[] = []

  constructor(parts: ConfigParts<unknown>, whileActive: ListenOptions['whileActive']) {
    this.#parts = parts
    this.#whileActive = whileActive
  }

  get status(): NotificationStatus {
    if (this.#intake !== undefined) return this.#intake.status
    const failure = this.#failure
    const sources = this.#sources.map(({ name }) => ({ name, isHealthy: false, ...(failure && { failure }) }))
    return { sources, received: 0, duplicates: 0, unrelated: 0, upToDate: 0, ignored: 0 }
  }

  start(): void {
    const { notifications, isInvoked, publisher } = this.#parts
    // A frozen process cannot wait for messages.
    const isUsable = ({ isPassive }: NotificationSource) => !isInvoked || isPassive === true
    for (const { name } of notifications.filter((source) => !isUsable(source))) {
      publisher.warn(
        `${name} cannot listen in Lambda, where the process can be frozen: use lambdaNotifications() from liveparam/lambda`,
      )
    }
    this.#sources = notifications.filter(isUsable)
    if (this.#sources.length > 0) this.#loading = this.#load()
    this.#listening = Promise.allSettled(this.#sources.map((source, index) => this.#listen(source, index)))
  }

  /** Resolves when every source has stopped. */
  async stop(reason: unknown): Promise<void> {
    this.#end.abort(reason)
    await settleWithin(Promise.resolve(this.#listening), stopTimeoutMs, this.#parts.clock)
  }

  async #listen(source: NotificationSource, index: number): Promise<void> {
    const { clock, random, loop } = this.#parts
    const inbox = this.#inbox(index)
    try {
      await source.listen(inbox, {
        clock,
        random,
        signal: this.#end.signal,
        idle: async () => {
          await this.#loading
          await loop.hintsHandled()
        },
        whileActive: this.#whileActive,
      })
    } catch (error) {
      const detail = `the notification source threw ${describeThrown(error)}`
      inbox.failed({ code: 'UNREACHABLE', isTransient: false, detail, remedy: 'let it retry until its signal aborts' })
    }
  }

  /** The inbox of the source at this index. */
  #inbox(index: number): Inbox {
    const to = (method: keyof Inbox) => (given?: unknown) => this.#deliver((intake) => intake[method](given, index))
    return {
      hint: to('hint'),
      notice: to('notice'),
      ignored: to('ignored'),
      healthy: to('healthy'),
      opened: to('opened'),
      failed: to('failed'),
    }
  }

  /** Messages wait until the intake is loaded. If it cannot be loaded, the next message tries again. */
  #deliver(message: (intake: NotificationIntake) => void): void {
    if (this.#intake !== undefined) {
      message(this.#intake)
      return
    }
    this.#waiting.push(message)
    this.#loading ??= this.#load()
  }

  async #load(): Promise<void> {
    try {
      const { NotificationIntake } = await import('./notification-intake.ts')
      const names = this.#sources.map(({ name }) => name)
      this.#intake = new NotificationIntake(this.#parts, names)
      for (const message of this.#waiting) message(this.#intake)
    } catch (error) {
      this.#failure = moduleFailure(error)
      const { detail, remedy } = this.#failure
      this.#parts.publisher.warn(`notifications cannot be received: ${detail}: ${remedy}`)
      // Polls find what the messages reported.
      this.#loading = undefined
    }
    this.#waiting = []
  }
}
