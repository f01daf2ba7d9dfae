/** Bounds how many calls are under way at once, and learns the bound. */
export interface Limiter {
  /** How many calls may be under way now. */
  readonly limit: number
  readonly active: number
  /** Waits for a place, first come first served, and holds it while `call` runs. Rejects with the signal's reason. */
  run<Result>(call: () => Promise<Result>, signal: AbortSignal): Promise<Result>
  /** Halves the bound. Calls that set out before the last halving say nothing new. */
  throttled(): void
}

/** What a limiter starts from and stays within. */
export interface LimiterOptions {
  readonly initial: number
  readonly max: number
}

/** Additive increase, multiplicative decrease: one more place for each round of successes, half as many on throttling. */
export function makeLimiter({ initial, max }: LimiterOptions): Limiter {
  return new AdaptiveLimiter(initial, max)
}

class AdaptiveLimiter implements Limiter {
  readonly #max: number
  readonly #queue: (() => void)[] = []
  #limit: number
  #active = 0
  #sinceHalving = Number.POSITIVE_INFINITY

  constructor(initial: number, max: number) {
    this.#limit = initial
    this.#max = max
  }

  get limit(): number {
    return Math.floor(this.#limit)
  }

  get active(): number {
    return this.#active
  }

  async run<Result>(call: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    await this.#enter(signal)
    try {
      const result = await call()
      this.#limit = Math.min(this.#max, this.#limit + 1 / this.limit)
      return result
    } finally {
      this.#active--
      this.#sinceHalving++
      this.#admit()
    }
  }

  throttled(): void {
    // A whole wave is refused together: it is one sign, not one for each call in it.
    if (this.#sinceHalving < this.#active) return
    this.#sinceHalving = 0
    this.#limit = Math.max(1, this.#limit / 2)
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (this.#active < this.limit && this.#queue.length === 0) {
      this.#active++
      return
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave)
        this.#active++
        resolve()
      }
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(enter), 1)
        reject(signal.reason)
      }
      this.#queue.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  #admit(): void {
    while (this.#active < this.limit) {
      const enter = this.#queue.shift()
      if (enter === undefined) return
      enter()
    }
  }
}
