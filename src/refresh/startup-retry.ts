import type { Clock, Random } from '../ports.ts'

/** The part of a refusal that decides whether to attempt again. */
export interface Retryable {
  /**
   * `until-deadline`: only transient failures. `briefly`: another attempt helps only if the store changes meanwhile.
   * `never`: another attempt cannot help.
   */
  readonly retry: 'until-deadline' | 'briefly' | 'never'
}

/** When to attempt. */
export interface StartupPace {
  readonly clock: Clock
  readonly random: Random
  /** The wait after the given number of attempts, in milliseconds. */
  delayAfter(attempts: number, random: Random): number
  /** Aborts when the deadline has passed. */
  readonly signal: AbortSignal
}

/** The last attempt, and how many there were. */
export interface LastAttempt<Result> {
  readonly result: Result
  readonly attempts: number
}

// Enough for a half-finished write or a new role. More attempts would only delay the error for a typo.
const briefAttempts = 3

/**
 * Attempts until a candidate is accepted. Missing, invalid and denied data gets two more attempts. Transient failures are
 * retried until the signal aborts.
 */
export async function retryUntilAccepted<Accepted, Refused extends Retryable>(
  attempt: () => Promise<Accepted | Refused>,
  pace: StartupPace,
): Promise<LastAttempt<Accepted | Refused>> {
  let brief = 0
  let finished: Refused | undefined
  for (let attempts = 1; ; attempts++) {
    const result = await attempt()
    if (!isRefused(result)) return { result, attempts }
    // An attempt that the deadline interrupted knows only that; the attempt before it knows the cause.
    if (pace.signal.aborted) return { result: finished ?? result, attempts }
    finished = result
    if (result.retry === 'briefly') brief++
    if (result.retry === 'never' || brief >= briefAttempts) return { result, attempts }
    const isInTime = await waits(pace, pace.delayAfter(attempts, pace.random))
    if (!isInTime) return { result, attempts }
  }
}

function isRefused<Accepted, Refused extends Retryable>(result: Accepted | Refused): result is Refused {
  return typeof result === 'object' && result !== null && 'retry' in result
}

async function waits({ clock, signal }: StartupPace, ms: number): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch {
    return false
  }
}
