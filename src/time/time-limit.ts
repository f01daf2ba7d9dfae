import type { Clock } from '../ports.ts'
import { DeadlineReached, notNeeded } from './deadline.ts'
import { steadyClock } from './steady-clock.ts'

interface Running {
  readonly endsAt: number
  end(reason: unknown): void
}

/** Bounds how long each of many attempts may take. All have one limit, and one alarm serves them all. */
export class TimeLimit {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #time = steadyClock()
  /** In the order in which their time is up. */
  readonly #running = new Set<Running>()
  #alarm: AbortController | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Rejects with {@link DeadlineReached}, or with the parent's reason, as soon as that is so. */
  run<Result>(parent: AbortSignal, attempt: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const controller = new AbortController()
      const follow = () => running.end(parent.reason)
      const leave = () => {
        parent.removeEventListener('abort', follow)
        this.#running.delete(running)
        if (this.#running.size === 0) this.#alarm?.abort(notNeeded)
      }
      const running: Running = {
        endsAt: this.#time(this.#clock) + this.#timeoutMs,
        end(reason) {
          leave()
          controller.abort(reason)
          reject(reason)
        },
      }
      this.#running.add(running)
      parent.addEventListener('abort', follow, { once: true })
      if (parent.aborted) return follow()
      this.#setAlarm()
      attempt(controller.signal).then(
        (result) => {
          leave()
          resolve(result)
        },
        (error: unknown) => {
          leave()
          reject(error)
        },
      )
    })
  }

  #setAlarm(): void {
    const [first] = this.#running
    if (this.#alarm !== undefined || first === undefined) return
    const alarm = new AbortController()
    this.#alarm = alarm
    const after = (react: () => void) => () => {
      this.#alarm = undefined
      react()
      this.#setAlarm()
    }
    const ms = first.endsAt - this.#time(this.#clock)
    this.#clock.sleep(ms, alarm.signal).then(
      after(() => this.#endUpTo(first.endsAt)),
      after(() => undefined),
    )
  }

  // Who has slept until a time knows that it has come, even if the clock was set back meanwhile.
  #endUpTo(dueAt: number): void {
    const at = Math.max(dueAt, this.#time(this.#clock))
    for (const running of this.#running) {
      if (running.endsAt > at) return
      running.end(new DeadlineReached(this.#timeoutMs))
    }
  }
}
