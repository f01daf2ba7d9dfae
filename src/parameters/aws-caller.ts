import type { Clock, Random } from '../ports.ts'
import { exponential } from '../refresh/backoff.ts'
import { DeadlineReached, withDeadline } from '../refresh/deadline.ts'
import { type Limiter, makeLimiter } from '../refresh/limiter.ts'
import { retry } from '../refresh/retry.ts'
import { type SingleFlight, singleFlight } from '../refresh/single-flight.ts'
import { type CallFailed, isThrottling, retryAfterMs, toCallFailed } from './aws-errors.ts'

/** Makes the calls to one AWS client: one policy for retries, pace and time limits. */
export interface AwsCaller {
  /**
   * @param input Everything that tells this call from others: callers with the same input share one call.
   * @throws CallFailed when there is no answer to be had, also because the deadline passed.
   * @throws The signal's reason when it aborted for anything else.
   */
  call<Output>(
    action: string,
    input: object,
    send: (signal: AbortSignal) => Promise<Output>,
    signal: AbortSignal,
  ): Promise<Output>
}

/** What a caller needs to know. */
export interface AwsCallerOptions {
  readonly client: object
  /** A client of our own makes one attempt a call; one that was passed in has retries of its own. */
  readonly isOwn: boolean
  readonly clock: Clock
  readonly random: Random
}

const attemptTimeoutMs = 2_000
const backoff = exponential({ baseMs: 100, maxMs: 2_000 })

/** Shared by every config that was given the same client. */
interface ClientState {
  readonly limiter: Limiter
  readonly flights: SingleFlight<unknown>
  /** Calls that somebody waits for, with what they are waiting out. */
  readonly waiting: Map<string, { callers: number; last?: CallFailed }>
}

const states = new WeakMap<object, ClientState>()

export function makeCaller({ client, isOwn, clock, random }: AwsCallerOptions): AwsCaller {
  const { limiter, flights, waiting } = stateOf(client)
  const attempt = <Output>(send: (signal: AbortSignal) => Promise<Output>, signal: AbortSignal) =>
    limiter.run(() => (isOwn ? inTime(clock, send, signal) : send(signal)), signal)
  const fly = async <Output>(
    key: string,
    action: string,
    send: (signal: AbortSignal) => Promise<Output>,
    signal: AbortSignal,
  ) => {
    const shouldRetry = (error: unknown, attempts: number): boolean => {
      const failed = toCallFailed(error, action, attempts)
      const wait = waiting.get(key)
      if (wait !== undefined) wait.last = failed
      if (isThrottling(error)) limiter.throttled()
      return isOwn ? failed.failure.isTransient : isThrottling(error)
    }
    try {
      return await retry(() => attempt(send, signal), { signal, clock, random, backoff, shouldRetry, retryAfterMs })
    } catch (error) {
      throw signal.aborted ? error : (waiting.get(key)?.last ?? toCallFailed(error, action, 1))
    }
  }
  return {
    async call<Output>(
      action: string,
      input: object,
      send: (signal: AbortSignal) => Promise<Output>,
      signal: AbortSignal,
    ) {
      const key = `${action} ${JSON.stringify(input)}`
      const wait = waiting.get(key) ?? { callers: 0 }
      waiting.set(key, wait)
      wait.callers++
      try {
        return (await flights.run(key, (own) => fly(key, action, send, own), signal)) as Output
      } catch (error) {
        if (!(signal.aborted && signal.reason instanceof DeadlineReached)) throw error
        throw wait.last ?? toCallFailed(signal.reason, action, 1)
      } finally {
        wait.callers--
        if (wait.callers === 0) waiting.delete(key)
      }
    },
  }
}

function stateOf(client: object): ClientState {
  const known = states.get(client)
  if (known !== undefined) return known
  const state = { limiter: makeLimiter({ initial: 32, max: 64 }), flights: singleFlight<unknown>(), waiting: new Map() }
  states.set(client, state)
  return state
}

async function inTime<Output>(
  clock: Clock,
  send: (signal: AbortSignal) => Promise<Output>,
  outer: AbortSignal,
): Promise<Output> {
  return withDeadline(clock, attemptTimeoutMs, outer, async (signal) => {
    try {
      return await send(signal)
    } catch (error) {
      // The SDK says no more than that it was aborted.
      throw signal.aborted ? signal.reason : error
    }
  })
}
