/** A token bucket that is full at first, and refills at a rate that can be changed. */
export class TokenBucket {
  readonly #capacity: number
  /** Tokens a second. */
  rate: number
  #tokens: number
  #filledAt = Number.NEGATIVE_INFINITY

  constructor({ capacity, rate }: { readonly capacity: number; readonly rate: number }) {
    this.#capacity = capacity
    this.#tokens = capacity
    this.rate = rate
  }

  get isFull(): boolean {
    return this.#tokens >= this.#capacity
  }

  /** Adds the tokens that are due at that time, in milliseconds. */
  fill(at: number): void {
    this.add(((at - this.#filledAt) / 1_000) * this.rate)
    this.#filledAt = at
  }

  empty(at: number): void {
    this.#tokens = 0
    this.#filledAt = at
  }

  add(tokens: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + tokens)
  }

  /** Takes a token if there is one. @returns 0, or the milliseconds until there is one. */
  take(): number {
    if (this.#tokens < 1) return this.#waitMs(1)
    this.#tokens--
    return 0
  }

  /** Takes a token, in advance if the bucket is empty. @returns The milliseconds until the token is due. */
  reserve(): number {
    this.#tokens--
    return this.#waitMs(0)
  }

  #waitMs(wanted: number): number {
    return this.#tokens >= wanted ? 0 : Math.ceil(((wanted - this.#tokens) / this.rate) * 1_000)
  }
}
