import type { SharedCacheContext } from '../config/shared-cache.ts'
import { type CountedHint, covers } from './covered-events.ts'
import type { Place } from './head.ts'
import { areEvents } from './need.ts'
import type { Request } from './store.ts'

/** What the holder of the lease has read. */
export interface Progress {
  /** The running reading, or the last one. */
  readonly last: Place | undefined
  /** Whether the first reading of a new holder is still to come. */
  readonly isAboutToRead: boolean
}

/** What other instances ask the holder of the lease for. */
export class Requests {
  /** The number of the last request for names. */
  last = 0
  readonly #send: SharedCacheContext['send']
  /** The events that the next reading includes. */
  readonly #waiting: CountedHint[] = []

  constructor(send: SharedCacheContext['send']) {
    this.#send = send
  }

  /** A reading has begun, or another instance has the lease. */
  clear(): void {
    this.#waiting.length = 0
  }

  /** Reads what another instance waits for, unless that is being read or was read since. */
  receive({ number, hints, isNow, after, since }: Request, { last, isAboutToRead }: Progress): void {
    if (!isNow && areEvents(hints)) {
      this.#readEvents(hints, last)
      return
    }
    const isRead = last !== undefined && last.verifiedAt >= since && (isNow ? last.full > number : last.number > after)
    if (isRead || (isAboutToRead && !isNow && hints.length === 0)) return
    if (hints.length === 0) this.#send({ type: isNow ? 'refreshRequested' : 'subscribed' })
    else {
      this.last = Math.max(this.last, number)
      this.#send({ type: 'hintReceived', hints: hints.map(({ hint }) => hint) })
    }
  }

  #readEvents(hints: readonly CountedHint[], last: Place | undefined): void {
    const isWaiting = ({ hint, attempts }: CountedHint) =>
      this.#waiting.some((other) => other.hint.eventId === hint.eventId && other.attempts >= attempts)
    const missing = hints.filter((wanted) => !isWaiting(wanted) && !(last && covers(last.events, [wanted])))
    if (missing.length === 0) return
    this.#waiting.push(...missing)
    this.#send({ type: 'hintReceived', hints: missing.map(({ hint }) => hint) })
  }
}
