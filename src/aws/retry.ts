import type { Clock } from '../ports.ts'

/** How to go about a call that may fail for a moment. */
export interface RetryOptions {
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Hears of every failed attempt, so that what was being waited out is known when the signal ends the wait. */
  onFailure?(error: unknown, attempts: number): void
  /** Whether the same call may succeed a moment later. */
  shouldRetry(error: unknown): boolean
  /** How long to wait after so many attempts, in milliseconds. */
  delayMs(error: unknown, attempts: number): number
}

/**
 * Calls until it succeeds, fails for good, or the signal aborts. What an attempt brings home is kept, even if the
 * signal aborts at that moment.
 *
 * @throws Whatever the call throws, or the signal's reason.
 */
export async function retry<Result>(call: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  options.signal.throwIfAborted()
  try {
    return await call()
  } catch (error) {
    return retryAfter(error, call, options)
  }
}

async function retryAfter<Result>(first: unknown, call: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  const { signal, clock, onFailure, shouldRetry, delayMs } = options
  const { default: pRetry } = await import('p-retry')
  try {
    return await pRetry((attempt) => (attempt === 1 ? wrap(first) : call().catch(wrap)), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      maxTimeout: 0,
      onFailedAttempt: async (attempt) => {
        const error = unwrap(attempt.error)
        if (signal.aborted && error === signal.reason) throw error
        onFailure?.(error, attempt.attemptNumber)
        signal.throwIfAborted()
        if (!shouldRetry(error)) throw attempt.error
        await clock.sleep(delayMs(error, attempt.attemptNumber), signal)
      },
    })
  } catch (error) {
    throw unwrap(error)
  }
}

// p-retry by itself gives up on a TypeError, and replaces what is not an Error.
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
