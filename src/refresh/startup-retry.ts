import type { Clock, Random } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import type { Refusal } from './candidate.ts'

/** When to attempt. */
export interface StartupPace {
  readonly clock: Clock
  readonly random: Random
  /** Aborts when the deadline has passed. */
  readonly signal: AbortSignal
  /** Whether a second attempt is left to the next refresh. @default false */
  readonly isOnce?: boolean
}

const backoff = exponential({ baseMs: 100, maxMs: 2_000 })
// Enough for a half-finished write or a new role. More attempts would only delay the error for a typo.
const briefAttempts = 3

/**
 * Attempts until a candidate is accepted, and counts the attempts. Missing, invalid and denied data gets two more attempts. Transient failures are
 * retried until the signal aborts.
 */
export async function retryUntilAccepted<Result extends { readonly kind: string; readonly retry?: Refusal['retry'] }>(
  attempt: () => Promise<Result>,
  { clock, random, signal, isOnce = false }: StartupPace,
): Promise<{ readonly result: Result; readonly attempts: number }> {
  let brief = 0
  let finished: Result | undefined
  for (let attempts = 1; ; attempts++) {
    const result = await attempt()
    if (result.retry === undefined) return { result, attempts }
    // An attempt that the deadline interrupted knows only that; the attempt before it knows the cause.
    if (signal.aborted) return { result: finished ?? result, attempts }
    finished = result
    if (result.retry === 'briefly') brief++
    if (isOnce || result.retry === 'never' || brief >= briefAttempts) return { result, attempts }
    try {
      await clock.sleep(backoff.delay(attempts, random), signal)
    } catch {
      return { result, attempts }
    }
  }
}
