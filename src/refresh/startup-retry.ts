import type { Clock, Random } from '../ports.ts'

/** The part of a refusal that decides whether to look again. */
export interface Outlook {
  /**
   * `transient`: nothing but calls that may succeed a moment later. `settled`: looking again helps only if somebody
   * mends the store meanwhile. `hopeless`: looking again cannot help.
   */
  readonly outlook: 'transient' | 'settled' | 'hopeless'
}

/** How often and when to look. */
export interface StartupPace {
  readonly clock: Clock
  readonly random: Random
  /** The wait after the given number of looks, in milliseconds. */
  delayAfter(looks: number, random: Random): number
  /** Aborts when the deadline has passed. */
  readonly signal: AbortSignal
}

/** The last look, and how many there were. */
export interface LastLook<Result> {
  readonly result: Result
  readonly looks: number
}

// A write that was caught half way, or a role that is seconds old, is well by then; a typing error never is.
const looksAtSettled = 3

/**
 * Looks until a candidate is accepted. What only the store can mend gets two quick looks more; what may heal by itself
 * is looked at until the signal aborts.
 */
export async function lookUntilAccepted<Accepted, Refused extends Outlook>(
  look: () => Promise<Accepted | Refused>,
  pace: StartupPace,
): Promise<LastLook<Accepted | Refused>> {
  let settled = 0
  let finished: Refused | undefined
  for (let looks = 1; ; looks++) {
    const result = await look()
    if (!isRefused(result)) return { result, looks }
    // A look that the deadline cut off can tell only that; the one before it was told what is wrong.
    if (pace.signal.aborted) return { result: finished ?? result, looks }
    finished = result
    if (result.outlook === 'settled') settled++
    if (result.outlook === 'hopeless' || settled >= looksAtSettled) return { result, looks }
    const isInTime = await waits(pace, pace.delayAfter(looks, pace.random))
    if (!isInTime) return { result, looks }
  }
}

function isRefused<Accepted, Refused extends Outlook>(result: Accepted | Refused): result is Refused {
  return typeof result === 'object' && result !== null && 'outlook' in result
}

async function waits({ clock, signal }: StartupPace, ms: number): Promise<boolean> {
  try {
    await clock.sleep(ms, signal)
    return true
  } catch {
    return false
  }
}
