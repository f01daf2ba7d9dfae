import { exponential } from '../time/backoff.ts'
import type { DeadlineReached } from '../time/deadline.ts'
import { throttledLocally, toCallError } from './aws-messages.ts'
import type { AwsCaller, RunningCall } from './call.ts'
import type { AwsCallError } from './call-error.ts'
import type { Permit } from './limiter.ts'
import { retryAfter } from './retry.ts'
import { sdkErrorOf } from './sdk-error.ts'

export { sdkErrorOf }

const backoff = exponential({ baseMs: 100, maxMs: 2_000 })

/** Counts an attempt that failed. */
export function countFailure(error: unknown, call: RunningCall, permit: Permit, { options }: AwsCaller): void {
  const { action, attempts: attempt, signal } = call
  if (!signal.aborted || error !== signal.reason) call.error = error
  const { isThrottling, retryAfterMs = 0 } = sdkErrorOf(error)
  if (isThrottling) permit.throttled({ random: options.random, retryAfterMs })
  else permit.failed()
  options.onCall?.({ action, attempt, outcome: signal.aborted ? 'aborted' : isThrottling ? 'throttled' : 'failed' })
}

/**
 * Repeats a call whose first attempt failed, until it is answered.
 *
 * @throws AwsCallError when an attempt fails for good.
 * @throws The signal's reason when the signal aborts.
 */
export async function repeat(
  first: unknown,
  call: RunningCall,
  attempt: () => Promise<unknown>,
  caller: AwsCaller,
): Promise<unknown> {
  const { clock, random, connections } = caller.options
  const { signal } = call
  let described: AwsCallError | undefined
  const delayAfter = async (error: unknown, failures: number) => {
    const { attempts, isThrottling, retryAfterMs = 0 } = sdkErrorOf(error)
    // A client that was passed in makes some of the attempts by itself.
    call.attempts += attempts - 1
    described = describe(error, call, caller)
    // After throttling, the limiter makes all calls wait.
    if (isThrottling) return 0
    if (connections === undefined || !described.failure.isTransient || signal.aborted) return undefined
    return Math.max(retryAfterMs, backoff.delay(failures, random), caller.limiter.spendRetry(clock))
  }
  try {
    return await retryAfter(first, attempt, { signal, clock, delayAfter })
  } catch (error) {
    throw signal.aborted ? error : (described ?? error)
  }
}

/** Describes a call that was not answered before the deadline, or never made. */
export function describeDeadline(
  reached: DeadlineReached,
  { action, attempts, error = reached }: Omit<RunningCall, 'send' | 'signal'>,
  caller: AwsCaller,
): AwsCallError {
  const isHeldBack = attempts === 0 && caller.limiter.rate !== undefined
  return isHeldBack ? throttledLocally(action) : describe(error, { action, attempts }, caller)
}

function describe(
  error: unknown,
  { action, attempts }: Pick<RunningCall, 'action' | 'attempts'>,
  { answered, options }: AwsCaller,
): AwsCallError {
  return toCallError(error, action, attempts, { answered, host: options.connections?.host })
}
