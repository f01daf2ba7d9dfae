import type { Random } from '../ports.ts'

/** How long to wait before trying again. An immutable value. */
export interface Backoff {
  /** @param attempts How many attempts there were, from 1. @returns Milliseconds. */
  delay(attempts: number, random: Random): number
}

/** What an exponential backoff is made of. */
export interface ExponentialOptions {
  readonly baseMs: number
  readonly maxMs: number
  /** The share of a wait that is not left to chance. @default 0, which is full jitter */
  readonly certainShare?: number
}

/** Doubles from `baseMs` up to `maxMs`, of which chance takes its share. */
export function exponential({ baseMs, maxMs, certainShare = 0 }: ExponentialOptions): Backoff {
  return Object.freeze({
    delay(attempts: number, random: Random) {
      const share = certainShare + (1 - certainShare) * random()
      return share * Math.min(maxMs, baseMs * 2 ** (attempts - 1))
    },
  })
}
