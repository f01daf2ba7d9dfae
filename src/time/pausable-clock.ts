import type { Clock } from '../ports.ts'
import { notNeeded } from './deadline.ts'

interface Sleeper {
  readonly wakeAt: number
  wake(): void
  /** Ends the sleep on the other clock. */
  interrupt: AbortController
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
        signal?.removeEventListener('abort', abort)
        sleeper.interrupt.abort(notNeeded)
      }
      const abort = () => {
        leave()
        reject(signal?.reason)
      }
      const wake = () => {
        leave()
        resolve()
      }
      const sleeper: Sleeper = { wakeAt: this.now() + ms, wake, interrupt: new AbortController() }
      signal?.addEventListener('abort', abort, { once: true })
      this.#sleepers.add(sleeper)
      if (!this.#isPaused) this.#start(sleeper)
    })
  }

  pause(): void {
    this.#isPaused = true
    for (const { interrupt } of this.#sleepers) interrupt.abort(notNeeded)
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    for (const sleeper of this.#sleepers) this.#start(sleeper)
  }

  #start(sleeper: Sleeper): void {
    sleeper.interrupt = new AbortController()
    const ms = Math.max(0, sleeper.wakeAt - this.now())
    this.#clock.sleep(ms, sleeper.interrupt.signal).then(sleeper.wake, () => undefined)
  }
}
