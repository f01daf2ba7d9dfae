import type { Clock } from '../ports.ts'
import { onAbort } from './abort.ts'
import { setTimer } from './deadline.ts'

interface Sleeper {
  readonly wakeAt: number
  wake(): void
  /** Cancels the timer of the other clock. */
  cancelTimer(): void
}

/** A clock that wakes no sleeper, and leaves no timer behind, while it is paused. Its time goes on. */
export class PausableClock implements Clock {
  readonly #clock: Clock
  readonly #sleepers = new Set<Sleeper>()
  #isPaused = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const leave = () => {
        this.#sleepers.delete(sleeper)
        sleeper.cancelTimer()
        stopListening?.()
      }
      const wake = () => {
        leave()
        resolve()
      }
      const sleeper: Sleeper = { wakeAt: this.now() + ms, wake, cancelTimer: () => undefined }
      const stopListening =
        signal &&
        onAbort(signal, () => {
          leave()
          reject(signal.reason)
        })
      this.#sleepers.add(sleeper)
      if (!this.#isPaused) this.#start(sleeper)
    })
  }

  pause(): void {
    this.#isPaused = true
    for (const sleeper of this.#sleepers) sleeper.cancelTimer()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    for (const sleeper of this.#sleepers) this.#start(sleeper)
  }

  #start(sleeper: Sleeper): void {
    sleeper.cancelTimer = setTimer(this.#clock, Math.max(0, sleeper.wakeAt - this.now()), sleeper.wake)
  }
}
