import type { Random } from '../ports.ts'

/** How long to wait before the next attempt. Immutable. */
export interface Backoff {
  /** @param attempts The number of attempts so far, from 1. @returns Milliseconds. */
  delay(attempts: number, random: Random): number
}

/** The parameters of an exponential backoff. */
export interface ExponentialOptions {
  readonly baseMs: number
  readonly maxMs: number
  /** The share of a wait that is not random. @default 0, which is full jitter */
  readonly certainShare?: number
}

/** Doubles from `baseMs` up to `maxMs`, with jitter. */
export function exponential({ baseMs, maxMs, certainShare = 0 }: ExponentialOptions): Backoff {
  return Object.freeze({
    delay(attempts: number, random: Random) {
      const share = certainShare + (1 - certainShare) * random()
      return share * Math.min(maxMs, baseMs * 2 ** (attempts - 1))
    },
  })
}
