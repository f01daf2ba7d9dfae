import type { Random } from '../ports.ts'

/** How long to wait before trying again. An immutable value. */
export interface Backoff {
  /** @param attempts How many attempts there were, from 1. @returns Milliseconds. */
  delay(attempts: number, random: Random): number
}

/** Doubles from `baseMs` up to `maxMs`, with full jitter: anything between nothing and that. */
export function exponential({ baseMs, maxMs }: { readonly baseMs: number; readonly maxMs: number }): Backoff {
  return Object.freeze({
    delay: (attempts: number, random: Random) => random() * Math.min(maxMs, baseMs * 2 ** (attempts - 1)),
  })
}
