import pRetry from 'p-retry'
import type { Clock, Random } from '../ports.ts'
import type { Backoff } from './backoff.ts'

/** How to go about a call that may fail for a moment. */
export interface RetryOptions {
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: Random
  readonly backoff: Backoff
  /** Hears of every failed attempt, and says whether the same call may succeed a moment later. */
  shouldRetry(error: unknown, attempts: number): boolean
  /** How long the other side asks us to wait, in milliseconds. */
  retryAfterMs?(error: unknown): number | undefined
}

/**
 * Calls until it succeeds, fails for good, or the signal aborts.
 *
 * @throws Whatever the call throws, or the signal's reason.
 */
export async function retry<Result>(
  call: () => Promise<Result>,
  { signal, clock, random, backoff, shouldRetry, retryAfterMs }: RetryOptions,
): Promise<Result> {
  const wait = async (error: unknown, attempts: number): Promise<boolean> => {
    if (signal.aborted || !shouldRetry(error, attempts)) return false
    await clock.sleep(Math.max(retryAfterMs?.(error) ?? 0, backoff.delay(attempts, random)), signal)
    return true
  }
  try {
    // Wrapped, because p-retry by itself gives up on a TypeError, and replaces what is not an Error.
    return await pRetry(() => call().catch(wrap), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      maxTimeout: 0,
      signal,
      shouldRetry: ({ error, attemptNumber }) => wait(unwrap(error), attemptNumber),
    })
  } catch (error) {
    throw signal.aborted ? signal.reason : unwrap(error)
  }
}

class FailedAttempt extends Error {
  readonly error: unknown

  constructor(error: unknown) {
    super('attempt failed')
    this.error = error
  }
}

function wrap(error: unknown): never {
  throw new FailedAttempt(error)
}

function unwrap(error: unknown): unknown {
  return error instanceof FailedAttempt ? error.error : error
}
