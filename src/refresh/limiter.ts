import type { Clock, Random } from '../ports.ts'
import type { Backoff } from './backoff.ts'

/** Bounds how many calls are under way at once, learns the bound, and has all of them wait when one was throttled. */
export interface Limiter {
  /** How many calls may be under way now. */
  readonly limit: number
  readonly active: number
  /** A place in the line. A call that is tried again keeps its place: it goes before those that came after it. */
  arrive(): Place
  /** Resolves when it is this place's turn; rejects with the signal's reason. */
  enter(place: Place, options: { readonly clock: Clock; readonly signal: AbortSignal }): Promise<Turn>
}

export type Place = number

/** The right to make one call. To be given back, once, with how the call went. */
export interface Turn {
  succeeded(): void
  failed(): void
  throttled(options: { readonly clock: Clock; readonly random: Random; readonly retryAfterMs?: number }): void
}

/** What a limiter starts from. */
export interface LimiterOptions {
  /** How many calls may be under way at most; it starts there. */
  readonly max: number
  /** How long everybody waits, by the number of throttled rounds in a row. */
  readonly backoff: Backoff
}

/** Multiplicative decrease, additive increase: half as many after throttling, one more for each round of successes. */
export function makeLimiter(options: LimiterOptions): Limiter {
  return new AdaptiveLimiter(options)
}

interface Waiting {
  readonly place: Place
  enter(): void
}

class AdaptiveLimiter implements Limiter {
  readonly #options: LimiterOptions
  readonly #line: Waiting[] = []
  #limit: number
  #active = 0
  #arrivals = 0
  #successes = 0
  #round = 0
  #throttledInARow = 0
  #resumeAt = Number.NEGATIVE_INFINITY

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

  arrive(): Place {
    return this.#arrivals++
  }

  async enter(place: Place, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<Turn> {
    await this.#standInLine(place, signal)
    try {
      while (clock.now() < this.#resumeAt) await clock.sleep(this.#resumeAt - clock.now(), signal)
    } catch (error) {
      this.#leave()
      throw error
    }
    return this.#turn(this.#round)
  }

  #turn(round: number): Turn {
    return {
      succeeded: () => {
        if (round === this.#round) this.#grow()
        this.#leave()
      },
      failed: () => this.#leave(),
      throttled: ({ clock, random, retryAfterMs = 0 }) => {
        // A whole wave is refused together: it is one sign, not one for each call in it.
        const pauseMs = round === this.#round ? this.#shrink(random) : 0
        this.#resumeAt = Math.max(this.#resumeAt, clock.now() + Math.max(pauseMs, retryAfterMs))
        this.#leave()
      },
    }
  }

  #grow(): void {
    this.#throttledInARow = 0
    this.#successes++
    if (this.#successes < this.#limit) return
    this.#successes = 0
    this.#limit = Math.min(this.#options.max, this.#limit + 1)
  }

  #shrink(random: Random): number {
    this.#round++
    this.#successes = 0
    this.#throttledInARow++
    this.#limit = Math.max(1, Math.floor(this.#limit / 2))
    return this.#options.backoff.delay(this.#throttledInARow, random)
  }

  async #standInLine(place: Place, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#line.splice(this.#line.indexOf(waiting), 1)
        reject(signal.reason)
      }
      const enter = () => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const waiting = { place, enter }
      const later = this.#line.findIndex((other) => other.place > place)
      this.#line.splice(later === -1 ? this.#line.length : later, 0, waiting)
      signal.addEventListener('abort', abort, { once: true })
      this.#admit()
    })
  }

  #leave(): void {
    this.#active--
    this.#admit()
  }

  #admit(): void {
    while (this.#active < this.#limit) {
      const next = this.#line.shift()
      if (next === undefined) return
      this.#active++
      next.enter()
    }
  }
}
