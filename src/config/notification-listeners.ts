import { AwsCallError } from '../aws/call-error.ts'
import type { ReadFailure } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import type { Clock, Hint, ListenOptions, NotificationSource, PolicyNotice, Random, StoredPolicy } from '../ports.ts'
import type { RefreshLoop } from '../refresh/loop.ts'
import { sharedController } from '../time/abort-listeners.ts'
import { settleWithin } from '../time/deadline.ts'
import { NotificationIntake } from './notification-intake.ts'
import type { NotificationStatus } from './status.ts'
import { watchPolicies } from './watch-policies.ts'

// Ours give up calls after 10 s each; one of the user's may never end.
const stopTimeoutMs = 30_000

/** Where changes are heard of, and which of them matter. */
export interface Hearing {
  readonly sources: readonly NotificationSource[]
  /** Reads the policies of parameters, if they are wanted. */
  readonly readPolicies: ((signal: AbortSignal) => Promise<readonly StoredPolicy[]>) | undefined
  /** Whether the plan has a use for what a hint names. */
  covers(hint: Hint): boolean
  /** Whether what a hint tells of is here already. */
  holds(hint: Hint): boolean
  /** A notification that matters was so many milliseconds on its way. */
  lagged(lagMs: number): void
}

/** What listening needs of a config. */
export interface ListeningParts extends Hearing {
  /** Whether the process may stand still whenever nobody is invoked. */
  readonly isInvoked: boolean
  readonly clock: Clock
  readonly random: Random
  readonly loop: RefreshLoop<unknown>
  /** Settles with the start: which keys policies are about is known from then on. */
  readonly ready: Promise<void>
  /** Takes what is told of a parameter that is in use. */
  notice(notice: PolicyNotice): void
  warn(message: string): void
  readonly during: ListenOptions['whileActive']
}

/** Hears of changes, from the start of a config to its end. */
export class NotificationListeners {
  readonly #parts: ListeningParts
  readonly #postOffice: NotificationIntake
  readonly #end = sharedController()
  #listeners: Promise<unknown> = Promise.resolve()

  constructor(parts: ListeningParts) {
    const { clock, loop, covers, holds, lagged, notice } = parts
    this.#parts = parts
    this.#postOffice = new NotificationIntake({
      covers,
      holds,
      lagged,
      notice,
      now: () => clock.now(),
      take: (hint) => loop.send({ type: 'hintReceived', hints: [hint] }),
      opened: () => loop.send({ type: 'subscribed' }),
      told: () => loop.send({ type: 'messageReceived' }),
      heard: (isHealthy) => this.#hear(isHealthy),
      failed: (name, failure) => this.#warnOfDeafness(name, failure),
    })
  }

  get status(): NotificationStatus {
    return this.#postOffice.status
  }

  start(): void {
    const { sources, isInvoked, warn } = this.#parts
    const { heard, unheard } = whomToHear(sources, isInvoked)
    const policies = this.#watchPolicies()
    for (const { name } of unheard) {
      warn(`${name} is not listened to in Lambda: use lambdaNotifications() of liveparam/lambda`)
    }
    this.#listeners = Promise.allSettled([policies, ...heard.map((source) => this.#listen(source))])
  }

  /** Resolves when nobody listens any more. */
  async stop(reason: unknown): Promise<void> {
    this.#end.abort(reason)
    await settleWithin(this.#listeners, stopTimeoutMs, this.#parts.clock)
  }

  async #listen(source: NotificationSource): Promise<void> {
    const { clock, random, loop, during } = this.#parts
    const inbox = this.#postOffice.open(source.name)
    const settled = () => loop.hintsHandled()
    try {
      await source.listen(inbox, { clock, random, signal: this.#end.signal, idle: settled, whileActive: during })
    } catch (error) {
      const detail = `the notification source threw ${describeThrown(error)}`
      inbox.failed({ code: 'UNREACHABLE', isTransient: false, detail, remedy: 'have it go on trying' })
    }
  }

  async #watchPolicies(): Promise<void> {
    const { readPolicies, clock, random, isInvoked, ready, warn } = this.#parts
    if (readPolicies === undefined) return
    if (isInvoked) return warn('policies are not read in Lambda: notifications tell of them')
    await ready
    await watchPolicies({
      read: readPolicies,
      notice: (notice) => this.#postOffice.notice(notice),
      failed: (error) => warn(`policies: ${describeFailure(error)}`),
      clock,
      random,
      signal: this.#end.signal,
    })
  }

  #hear(isHealthy: boolean): void {
    const { loop } = this.#parts
    if (loop.state.health.isHealthy !== isHealthy) loop.send({ type: 'healthChanged', isHealthy })
  }

  #warnOfDeafness(name: string, { detail, remedy }: ReadFailure): void {
    this.#parts.warn(`${name} cannot listen for changes for now: ${detail}: ${remedy}`)
  }
}

// Where the process may be frozen at any time, nobody waits for messages.
function whomToHear(
  sources: readonly NotificationSource[],
  isInvoked: boolean,
): Readonly<Record<'heard' | 'unheard', readonly NotificationSource[]>> {
  const isHeard = ({ isPassive }: NotificationSource) => !isInvoked || isPassive === true
  return { heard: sources.filter(isHeard), unheard: sources.filter((source) => !isHeard(source)) }
}

function describeFailure(error: unknown): string {
  if (!(error instanceof AwsCallError)) return `reading them threw ${describeThrown(error)}`
  const { detail, remedy } = error.failure
  return `${detail}: ${remedy}`
}
