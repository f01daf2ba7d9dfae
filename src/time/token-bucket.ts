/** Something that fills by itself, at so many tokens a second, up to what it holds. Full at first. */
export interface TokenBucket {
  /** Tokens a second. */
  rate: number
  readonly isFull: boolean
  /** Fills it up to that time, in milliseconds. */
  fill(at: number): void
  empty(at: number): void
  add(tokens: number): void
  /** Takes a token if there is one. @returns 0, or the milliseconds until there is one. */
  take(): number
  /** Takes a token, in advance if there is none. @returns The milliseconds until it is there. */
  reserve(): number
}

/** What a bucket is made of. */
export interface TokenBucketOptions {
  readonly capacity: number
  readonly rate: number
}

export function makeTokenBucket({ capacity, rate }: TokenBucketOptions): TokenBucket {
  let tokens = capacity
  let filledAt = Number.NEGATIVE_INFINITY
  const waitMs = (wanted: number) => (tokens >= wanted ? 0 : Math.ceil(((wanted - tokens) / bucket.rate) * 1_000))
  const bucket: TokenBucket = {
    rate,
    get isFull() {
      return tokens >= capacity
    },
    fill(at) {
      bucket.add(((at - filledAt) / 1_000) * bucket.rate)
      filledAt = at
    },
    empty(at) {
      tokens = 0
      filledAt = at
    },
    add(more) {
      tokens = Math.min(capacity, tokens + more)
    },
    take() {
      if (tokens < 1) return waitMs(1)
      tokens--
      return 0
    },
    reserve() {
      tokens--
      return waitMs(0)
    },
  }
  return bucket
}
