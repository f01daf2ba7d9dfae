import type { Clock, Random } from '../ports.ts'

/** The part of a refusal that decides whether to attempt again. */
export interface Retryable {
  /**
   * `transient`: nothing but calls that may succeed a moment later. `brief`: looking again helps only if somebody
   * mends the store meanwhile. `hopeless`: looking again cannot help.
   */
  readonly retry: 'until-deadline' | 'briefly' | 'never'
}

/** How often and when to attempt. */
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

// A write that was caught half way, or a role that is seconds old, is well by then; a typing error never is.
const briefAttempts = 3

/**
 * Looks until a candidate is accepted. What only the store can mend gets two quick attempts more; what may heal by itself
 * is looked at until the signal aborts.
 */
export async function retryUntilAccepted<Accepted, Refused extends Retryable>(
  attempt: () => Promise<Accepted | Refused>,
  pace: StartupPace,
): Promise<LastAttempt<Accepted | Refused>> {
  let brief = 0
  let finished: Refused | undefined
  for (let attempts = 1; ; attempts++) {
    const result = await attempt()
    if (!isRefused(result)) return { result, attempts: attempts }
    // A attempt that the deadline cut off can tell only that; the one before it was told what is wrong.
    if (pace.signal.aborted) return { result: finished ?? result, attempts: attempts }
    finished = result
    if (result.retry === 'briefly') brief++
    if (result.retry === 'never' || brief >= briefAttempts) return { result, attempts: attempts }
    const isInTime = await waits(pace, pace.delayAfter(attempts, pace.random))
    if (!isInTime) return { result, attempts: attempts }
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
