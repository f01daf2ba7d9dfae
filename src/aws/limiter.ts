import type { Clock, Random } from '../ports.ts'
import { setTimer } from '../time/deadline.ts'
import { steadyClock } from '../time/steady-clock.ts'
import { TokenBucket } from '../time/token-bucket.ts'
import { LearnedRate } from './learned-rate.ts'

/** A call's position in the queue. A call keeps its ticket when it is retried: it precedes the calls that came later. */
export type Ticket = number

/** Permission for one attempt. Release it once, by saying how the attempt ended. */
export interface Permit {
  succeeded(): void
  failed(): void
  throttled(options: { readonly random: Random; readonly retryAfterMs?: number }): void
}

// While AWS fails, a client makes so many retries at once, and then so many a second. Each success allows two more.
const retryBudget = { capacity: 64, rate: 10 }
const retriesPerSuccess = 2

/**
 * Admits calls at the rate that AWS accepts. Throttling halves the number of concurrent calls, and each success adds one
 * up to the maximum; the rate is learned from what AWS answered.
 */
export class Limiter {
  /** How many calls may run at once now. */
  limit: number
  /** How many calls run now. */
  active = 0
  readonly #max: number
  /** In the order of the tickets. */
  readonly #queue: { readonly ticket: Ticket; readonly clock: Clock; admit(): void }[] = []
  readonly #rate = new LearnedRate()
  readonly #retries = new TokenBucket(retryBudget)
  readonly #time = steadyClock()
  #tickets = 0
  /** Counts the throttled waves: a permit of an earlier wave says nothing about the present limit. */
  #wave = 0
  #pausedUntil = Number.NEGATIVE_INFINITY
  /** Switches off the timer that admits the next call. */
  #cancelTimer: (() => void) | undefined

  /** @param max The maximum of concurrent calls, and the limit at the start. */
  constructor(max: number) {
    this.#max = max
    this.limit = max
  }

  /** Calls a second; `undefined` while AWS has throttled nothing. */
  get rate(): number | undefined {
    return this.#rate.perSecond
  }

  ticket(): Ticket {
    return this.#tickets++
  }

  /** Resolves when the ticket is first in the queue and may go; rejects with the signal's reason. */
  async acquire(ticket: Ticket, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<Permit> {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#queue.splice(this.#queue.indexOf(call), 1)
        // The next call in the queue may have another clock.
        this.#cancelTimer?.()
        this.#cancelTimer = undefined
        this.#admit()
        reject(signal.reason)
      }
      const admit = () => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const call = { ticket, clock, admit }
      this.#queue.splice(this.#queue.findLastIndex((other) => other.ticket < ticket) + 1, 0, call)
      signal.addEventListener('abort', abort, { once: true })
      this.#admit()
    })
    return this.#permit(this.#wave, clock)
  }

  /** Takes one retry from the budget. @returns How long to wait for it, in milliseconds. */
  spendRetry(clock: Clock): number {
    this.#retries.fill(this.#time(clock.now()))
    return this.#retries.reserve()
  }

  #permit(wave: number, clock: Clock): Permit {
    return {
      succeeded: () => {
        this.#retries.add(retriesPerSuccess)
        const at = this.#time(clock.now())
        if (wave === this.#wave) {
          this.#rate.answered(at)
          this.limit = Math.min(this.#max, this.limit + 1)
        } else this.#rate.answeredLate(at)
        this.#release()
      },
      failed: () => this.#release(),
      throttled: ({ random, retryAfterMs = 0 }) => {
        const at = this.#time(clock.now())
        // AWS refuses a whole wave together: that is one signal, not one for each call.
        if (wave === this.#wave) {
          this.#wave++
          this.limit = Math.max(1, Math.floor(this.limit / 2))
          this.#rate.throttled(at, random)
        }
        this.#pausedUntil = Math.max(this.#pausedUntil, at + retryAfterMs)
        this.#release()
      },
    }
  }

  #release(): void {
    this.active--
    this.#admit()
  }

  #admit(): void {
    while (this.active < this.limit && this.#cancelTimer === undefined) {
      const [next] = this.#queue
      if (next === undefined) return
      const at = this.#time(next.clock.now())
      const waitMs = at < this.#pausedUntil ? this.#pausedUntil - at : this.#rate.take(at)
      if (waitMs > 0) {
        this.#cancelTimer = setTimer(next.clock, waitMs, () => {
          this.#cancelTimer = undefined
          this.#admit()
        })
        return
      }
      this.#queue.shift()
      this.active++
      next.admit()
    }
  }
}
