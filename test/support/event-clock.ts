import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../src/ports.ts'

interface Timer {
  readonly at: number
  readonly fire: () => void
}

/** A clock that jumps from one timer to the next, for thousands of timers. */
export class EventClock implements Clock {
  #now = 0
  /** In the order of their times. */
  readonly #timers: Timer[] = []

  now(): number {
    return this.#now
  }

  timer(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + ms, fire }
    this.#timers.splice(this.#indexAfter(timer.at), 0, timer)
    return () => {
      const index = this.#timers.indexOf(timer)
      if (index >= 0) this.#timers.splice(index, 1)
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.timer(ms, resolve))
  }

  /** Fires every timer in turn, with the code that follows it. @returns The time at the end. */
  async run(): Promise<number> {
    for (let timer = this.#timers.shift(); timer !== undefined; timer = this.#timers.shift()) {
      this.#now = timer.at
      timer.fire()
      await setImmediate()
    }
    return this.#now
  }

  #indexAfter(at: number): number {
    let [from, to] = [0, this.#timers.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if ((this.#timers[middle]?.at ?? 0) <= at) from = middle + 1
      else to = middle
    }
    return from
  }
}
