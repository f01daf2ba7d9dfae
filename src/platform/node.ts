import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Clock, Random } from '../ports.ts'

/** Everything that is taken from the process and not from an argument. */
export interface Platform {
  /** Whoever sleeps on it does not keep the process alive. */
  readonly clock: Clock
  readonly random: Random
  environment(): Readonly<Record<string, string | undefined>>
  /** How long a start may take here, in milliseconds. */
  startupTimeoutMs(): number
  /** Keeps the process alive until the promise has settled, for somebody is waiting for it. */
  keepAlive<Result>(promise: Promise<Result>): Promise<Result>
}

export const platform: Platform = {
  clock: {
    now: () => Date.now(),
    async sleep(ms, signal) {
      try {
        await sleepFor(ms, undefined, { ref: false, ...(signal !== undefined && { signal }) })
      } catch (error) {
        throw signal?.aborted ? signal.reason : error
      }
    },
  },
  random: () => Math.random(),
  environment: () => process.env,
  startupTimeoutMs: () => startupTimeoutMs(process.env, process.uptime() * 1_000),
  keepAlive(promise) {
    const alive = setInterval(() => undefined, longMs)
    const end = () => clearInterval(alive)
    promise.then(end, end)
    return promise
  },
}

const longMs = 2 ** 30

/**
 * 10 s on a server. Lambda gives the init phase of an on-demand function 10 s, of which the process may have used some.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export function startupTimeoutMs(environment: Readonly<Record<string, string | undefined>>, uptimeMs: number): number {
  if (environment.AWS_LAMBDA_FUNCTION_NAME === undefined) return 10_000
  const isInInit = environment.AWS_LAMBDA_INITIALIZATION_TYPE === 'on-demand' && uptimeMs < 10_000
  return isInInit ? Math.max(1_000, Math.min(5_000, 9_000 - uptimeMs)) : 5_000
}
