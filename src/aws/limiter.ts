import type { Clock, Random } from '../ports.ts'
import type { Backoff } from '../time/backoff.ts'
import { notNeeded } from '../time/deadline.ts'
import { steadyClock } from '../time/steady-clock.ts'
import { makeTokenBucket } from '../time/token-bucket.ts'
import { makeLearnedRate } from './learned-rate.ts'

/** Lets calls out as fast as AWS takes them: as many at once as the limit allows, at the pace that was learned. */
export interface Limiter {
  /** How many calls may be under way now. */
  readonly limit: number
  readonly active: number
  /** Calls a second; `undefined` while nothing was throttled. */
  readonly rate: number | undefined
  /** A place in the line. A call that is tried again keeps its place: it goes before those that came after it. */
  ticket(): Ticket
  /** Resolves when it is this place's turn; rejects with the signal's reason. */
  acquire(place: Ticket, options: { readonly clock: Clock; readonly signal: AbortSignal }): Promise<Permit>
  /** Takes one from the budget of tries that follow a failure. @returns How long to wait for it, in milliseconds. */
  spendRetry(clock: Clock): number
}

export type Ticket = number

/** The right to make one call. To be given back, once, with how the call went. */
export interface Permit {
  succeeded(): void
  failed(): void
  throttled(options: { readonly random: Random; readonly retryAfterMs?: number }): void
}

/** What a limiter starts from. */
export interface LimiterOptions {
  /** How many calls may be under way at most; it starts there. */
  readonly max: number
  /** How long everybody waits, by the number of throttled rounds in a row. */
  readonly backoff: Backoff
}

/** Half as many at once after throttling, one more for each success; and no faster than calls were seen to be taken. */
export function makeLimiter(options: LimiterOptions): Limiter {
  return new PacingLimiter(options)
}

interface Waiting {
  readonly place: Ticket
  readonly clock: Clock
  enter(): void
}

// While AWS fails, a client tries again so often at once, then so often a second; each success lets two more be.
const retryBudget = { capacity: 64, rate: 10 }
const retriesPerSuccess = 2

class PacingLimiter implements Limiter {
  readonly #options: LimiterOptions
  readonly #line: Waiting[] = []
  readonly #pace = makeLearnedRate()
  readonly #retries = makeTokenBucket(retryBudget)
  readonly #time = steadyClock()
  #limit: number
  #active = 0
  #arrivals = 0
  #round = 0
  #throttledInARow = 0
  #pausedUntil = Number.NEGATIVE_INFINITY
  #alarm: AbortController | undefined

  constructor(options: LimiterOptions) {
    this.#options = options
    this.#limit = options.max
  }

  get limit(): number {
    return this.#limit
  }

  get active(): number {
    return this.#active
  }

  get rate(): number | undefined {
    return this.#pace.rate
  }

  ticket(): Ticket {
    return this.#arrivals++
  }

  async acquire(place: Ticket, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<Permit> {
    await this.#standInLine(place, clock, signal)
    return this.#turn(this.#round, clock)
  }

  spendRetry(clock: Clock): number {
    this.#retries.fill(this.#time(clock))
    return this.#retries.reserve()
  }

  #turn(round: number, clock: Clock): Permit {
    return {
      succeeded: () => {
        this.#retries.add(retriesPerSuccess)
        const at = this.#time(clock)
        if (round === this.#round) {
          this.#pace.answered(at)
          this.#grow()
        } else this.#pace.answeredLate(at)
        this.#leave()
      },
      failed: () => this.#leave(),
      throttled: ({ random, retryAfterMs = 0 }) => {
        const at = this.#time(clock)
        // A whole wave is refused together: it is one sign, not one for each call in it.
        const pauseMs = round === this.#round ? this.#shrink(at, random) : 0
        this.#pausedUntil = Math.max(this.#pausedUntil, at + Math.max(pauseMs, retryAfterMs))
        this.#leave()
      },
    }
  }

  #grow(): void {
    this.#throttledInARow = 0
    this.#limit = Math.min(this.#options.max, this.#limit + 1)
  }

  #shrink(at: number, random: Random): number {
    this.#round++
    this.#throttledInARow++
    this.#limit = Math.max(1, Math.floor(this.#limit / 2))
    this.#pace.throttled(at)
    return this.#options.backoff.delay(this.#throttledInARow, random)
  }

  async #standInLine(place: Ticket, clock: Clock, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#line.splice(this.#line.indexOf(waiting), 1)
        // The next in line may go by another clock.
        this.#setAlarm(undefined)
        this.#admit()
        reject(signal.reason)
      }
      const enter = () => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const waiting = { place, clock, enter }
      this.#line.splice(this.#line.findLastIndex((other) => other.place < place) + 1, 0, waiting)
      signal.addEventListener('abort', abort, { once: true })
      this.#admit()
    })
  }

  #leave(): void {
    this.#active--
    this.#admit()
  }

  #admit(): void {
    while (this.#active < this.#limit && this.#alarm === undefined) {
      const next = this.#line[0]
      if (next === undefined) return
      const waitMs = this.#waitMs(this.#time(next.clock))
      if (waitMs > 0) {
        this.#admitIn(waitMs, next.clock)
        return
      }
      this.#line.shift()
      this.#active++
      next.enter()
    }
  }

  #waitMs(at: number): number {
    return at < this.#pausedUntil ? this.#pausedUntil - at : this.#pace.take(at)
  }

  #admitIn(ms: number, clock: Clock): void {
    const alarm = new AbortController()
    this.#setAlarm(alarm)
    clock.sleep(ms, alarm.signal).then(
      () => {
        this.#setAlarm(undefined)
        this.#admit()
      },
      () => undefined,
    )
  }

  #setAlarm(alarm: AbortController | undefined): void {
    this.#alarm?.abort(notNeeded)
    this.#alarm = alarm
  }
}
