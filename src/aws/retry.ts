import type { Clock } from '../ports.ts'

export interface RetryOptions {
  readonly signal: AbortSignal
  readonly clock: Clock
  /** The wait after an attempt that failed, in milliseconds; `undefined` gives up. `failures` counts from 1. */
  delayAfter(error: unknown, failures: number): Promise<number | undefined>
}

/**
 * Repeats a call that failed with `first`, until it succeeds, fails for good, or the signal aborts. The result of a
 * successful call is returned even if the signal aborts meanwhile.
 *
 * @throws The error of the last call, or the signal's reason.
 */
export async function retryAfter<Result>(
  first: unknown,
  call: () => Promise<Result>,
  options: RetryOptions,
): Promise<Result> {
  const { signal, clock, delayAfter } = options
  const { default: pRetry } = await import('p-retry')
  try {
    return await pRetry((attempt) => (attempt === 1 ? wrap(first) : call().catch(wrap)), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      maxTimeout: 0,
      onFailedAttempt: async (attempt) => {
        const error = unwrap(attempt.error)
        if (signal.aborted && error === signal.reason) throw error
        const delayMs = await delayAfter(error, attempt.attemptNumber)
        signal.throwIfAborted()
        if (delayMs === undefined) throw attempt.error
        await clock.sleep(delayMs, signal)
      },
    })
  } catch (error) {
    throw unwrap(error)
  }
}

// p-retry gives up on a TypeError, and replaces thrown values that are not errors.
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
