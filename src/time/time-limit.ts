import type { Clock } from '../ports.ts'
import { DeadlineReached, setTimer } from './deadline.ts'
import { steadyClock } from './steady-clock.ts'

interface Attempt {
  readonly endsAt: number
  end(reason: unknown): void
}

/** Limits how long each attempt may take. All attempts have the same limit and share one timer. */
export class TimeLimit {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #time = steadyClock()
  /** In the order in which they end. */
  readonly #running = new Set<Attempt>()
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Rejects with {@link DeadlineReached} or the parent's reason at once, even if the attempt ignores its signal. */
  run<Result>(parent: AbortSignal, attempt: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const controller = new AbortController()
      const follow = () => running.end(parent.reason)
      const leave = () => {
        parent.removeEventListener('abort', follow)
        this.#running.delete(running)
        if (this.#running.size === 0) this.#stopTimer()
      }
      const running: Attempt = {
        endsAt: this.#time(this.#clock.now()) + this.#timeoutMs,
        end(reason) {
          leave()
          controller.abort(reason)
          reject(reason)
        },
      }
      this.#running.add(running)
      parent.addEventListener('abort', follow, { once: true })
      if (parent.aborted) return follow()
      this.#startTimer()
      attempt(controller.signal).finally(leave).then(resolve, reject)
    })
  }

  #startTimer(): void {
    const [first] = this.#running
    if (this.#cancelTimer !== undefined || first === undefined) return
    this.#cancelTimer = setTimer(this.#clock, first.endsAt - this.#time(this.#clock.now()), () => {
      this.#cancelTimer = undefined
      this.#endUpTo(first.endsAt)
      this.#startTimer()
    })
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  // The timer proves that the time has come, even if the clock was set back meanwhile.
  #endUpTo(dueAt: number): void {
    const at = Math.max(dueAt, this.#time(this.#clock.now()))
    for (const running of this.#running) {
      if (running.endsAt > at) return
      running.end(new DeadlineReached(this.#timeoutMs))
    }
  }
}
