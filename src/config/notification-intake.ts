import type { ReadFailure } from '../errors.ts'
import type { Hint, Inbox, PolicyNotice } from '../ports.ts'
import { spellOut } from '../refresh/hints.ts'
import { toFailure, toHint, toNotice } from './inbox-arguments.ts'
import type { NotificationStatus, SourceStatus } from './status.ts'

/** Where the hints of all sources come together. */
export interface IntakeParts {
  /** Whether the plan has a use for what a hint names. */
  covers(hint: Hint): boolean
  /** Whether what a hint tells of is here already. */
  holds(hint: Hint): boolean
  take(hint: Hint): void
  /** Something that matters was so many milliseconds on its way. */
  lagged(lagMs: number): void
  now(): number
  /** Takes what is told of a parameter that the plan has a use for. */
  notice(notice: PolicyNotice): void
  opened(): void
  /** Something has arrived, whatever it says. */
  told(): void
  /** Whether every source can listen. */
  heard(isHealthy: boolean): void
  /** A source that could listen cannot any more. */
  failed(name: string, failure: ReadFailure): void
}

// Events are delivered again within minutes, if at all.
const rememberedEvents = 1_000

/** Sorts out what is a duplicate, unrelated or known. */
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

  /** An inbox for one source. */
  open(name: string): Inbox {
    const source: Source = { name, isHealthy: false, failure: undefined }
    this.#sources.push(source)
    const heal = () => {
      source.isHealthy = true
      source.failure = undefined
      this.#report()
    }
    const ignore = () => {
      this.#parts.told()
      this.#counts.ignored++
    }
    return {
      hint: (given) => {
        const hint = toHint(given)
        if (hint === undefined) ignore()
        else this.#sort(spellOut(hint))
      },
      notice: (given) => {
        const notice = toNotice(given)
        if (notice === undefined) ignore()
        else this.#pass(notice)
      },
      ignored: ignore,
      healthy: heal,
      opened: () => {
        heal()
        this.#parts.opened()
      },
      failed: (given) => {
        const failure = toFailure(given)
        const { cause: _, ...shown } = failure
        const isNews = source.failure?.code !== failure.code
        source.isHealthy = false
        source.failure = shown
        this.#report()
        if (isNews) this.#parts.failed(name, failure)
      },
    }
  }

  #sort(hint: Hint): void {
    this.#parts.told()
    this.#counts.received++
    if (this.#isDuplicate(hint)) this.#counts.duplicates++
    else if (!this.#parts.covers(hint)) this.#counts.unrelated++
    else if (this.#parts.holds(hint)) this.#counts.upToDate++
    else this.#take(hint)
  }

  #pass(notice: PolicyNotice): void {
    this.#parts.told()
    this.#counts.received++
    // One event may tell of a policy and, as a hint, of what it has done.
    const subject = spellOut({ kind: 'parameter', name: notice.parameter, operation: 'delete' })
    if (this.#isDuplicate({ eventId: notice.eventId && `${notice.eventId} policy` })) this.#counts.duplicates++
    else if (!this.#parts.covers(subject)) this.#counts.unrelated++
    else this.#parts.notice({ ...notice, parameter: subject.name })
  }

  #take(hint: Hint): void {
    const { occurredAt } = hint
    if (occurredAt !== undefined) this.#note(Math.max(0, this.#parts.now() - occurredAt))
    this.#parts.take(hint)
  }

  #note(lagMs: number): void {
    this.#lagMs = lagMs
    this.#parts.lagged(lagMs)
  }

  #isDuplicate({ eventId }: { readonly eventId?: string | undefined }): boolean {
    if (eventId === undefined) return false
    if (this.#seen.has(eventId)) return true
    this.#seen.add(eventId)
    const [oldest] = this.#seen
    if (this.#seen.size > rememberedEvents && oldest !== undefined) this.#seen.delete(oldest)
    return false
  }

  #report(): void {
    this.#parts.heard(this.#sources.every(({ isHealthy }) => isHealthy))
  }
}

interface Source {
  readonly name: string
  isHealthy: boolean
  failure: SourceStatus['failure'] | undefined
}
