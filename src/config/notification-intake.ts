import type { Clock, Hint, Inbox, PolicyNotice } from '../ports.ts'
import { spellOut } from '../refresh/hints.ts'
import type { RefreshLoop } from '../refresh/loop.ts'
import type { Reader } from '../refresh/reader.ts'
import type { Refresher } from '../refresh/refresher.ts'
import type { EventPublisher } from './event-publisher.ts'
import { toFailure, toHint, toNotice } from './inbox-arguments.ts'
import type { RefreshTelemetry } from './refresh-telemetry.ts'
import type { NotificationStatus, SourceStatus } from './status.ts'

/** The objects that decide about notifications and act on them. */
export interface IntakeParts {
  readonly clock: Clock
  readonly publisher: Pick<EventPublisher<unknown>, 'warn' | 'reportExpiring'>
  readonly reader: Reader
  readonly refresher: Refresher
  readonly telemetry: RefreshTelemetry
  readonly loop: RefreshLoop<unknown>
}

// AWS delivers an event again within minutes, if at all.
const rememberedEvents = 1_000

/** Takes the notifications of all sources, and drops duplicate, unrelated and outdated ones. */
export class NotificationIntake {
  readonly #parts: IntakeParts
  readonly #sources: Source[] = []
  readonly #seen = new Set<string>()
  #lagMs: number | undefined
  readonly #counts = { received: 0, duplicates: 0, unrelated: 0, upToDate: 0, ignored: 0 }

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  get status(): NotificationStatus {
    const sources = this.#sources.map(({ name, isHealthy, failure }): SourceStatus => {
      return { name, isHealthy, ...(failure !== undefined && { failure }) }
    })
    return { sources, ...this.#counts, ...(this.#lagMs !== undefined && { lagMs: this.#lagMs }) }
  }

  /** Makes the inbox of one source. */
  open(name: string): Inbox {
    const { loop, publisher } = this.#parts
    const source: Source = { name, isHealthy: false, failure: undefined }
    this.#sources.push(source)
    const healthy = () => {
      source.isHealthy = true
      source.failure = undefined
      this.#updateHealth()
    }
    const ignored = () => {
      loop.send({ type: 'messageReceived' })
      this.#counts.ignored++
    }
    return {
      hint: (given) => {
        const hint = toHint(given)
        if (hint === undefined) ignored()
        else this.#takeHint(spellOut(hint))
      },
      notice: (given) => {
        const notice = toNotice(given)
        if (notice === undefined) ignored()
        else this.#takeNotice(notice)
      },
      ignored,
      healthy,
      opened: () => {
        healthy()
        loop.send({ type: 'subscribed' })
      },
      failed: (given) => {
        const { cause: _, ...failure } = toFailure(given)
        const isNew = source.failure?.code !== failure.code
        source.isHealthy = false
        source.failure = failure
        this.#updateHealth()
        const { detail, remedy } = failure
        if (isNew) publisher.warn(`${name} cannot listen for changes: ${detail}: ${remedy}`)
      },
    }
  }

  #takeHint(hint: Hint): void {
    const { clock, loop, reader, refresher, telemetry } = this.#parts
    loop.send({ type: 'messageReceived' })
    this.#counts.received++
    if (this.#isDuplicate(hint.eventId)) this.#counts.duplicates++
    else if (!reader.covers(hint)) this.#counts.unrelated++
    else if (refresher.isUpToDate(hint)) this.#counts.upToDate++
    else {
      if (hint.occurredAt !== undefined) {
        this.#lagMs = Math.max(0, clock.now() - hint.occurredAt)
        telemetry.notified(this.#lagMs)
      }
      loop.send({ type: 'hintReceived', hints: [hint] })
    }
  }

  #takeNotice(notice: PolicyNotice): void {
    const { loop, publisher, reader } = this.#parts
    loop.send({ type: 'messageReceived' })
    this.#counts.received++
    const subject = spellOut({ kind: 'parameter', name: notice.parameter, operation: 'delete' })
    // One event can carry a notice and a hint.
    if (this.#isDuplicate(notice.eventId && `${notice.eventId} policy`)) this.#counts.duplicates++
    else if (!reader.covers(subject)) this.#counts.unrelated++
    else publisher.reportExpiring({ ...notice, parameter: subject.name })
  }

  #isDuplicate(eventId: string | undefined): boolean {
    if (eventId === undefined) return false
    if (this.#seen.has(eventId)) return true
    this.#seen.add(eventId)
    const [oldest] = this.#seen
    if (this.#seen.size > rememberedEvents && oldest !== undefined) this.#seen.delete(oldest)
    return false
  }

  #updateHealth(): void {
    const { loop } = this.#parts
    const isHealthy = this.#sources.every((source) => source.isHealthy)
    if (loop.state.health.isHealthy !== isHealthy) loop.send({ type: 'healthChanged', isHealthy })
  }
}

interface Source {
  readonly name: string
  isHealthy: boolean
  failure: SourceStatus['failure'] | undefined
}
