import { AsyncLocalStorage } from 'node:async_hooks'
import type { ConfigRuntime, ContextRunner } from '../ports.ts'
import type { AwsIdentity } from './aws-identity.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Detects whether code was called, directly or indirectly, by work in the scope. */
export interface Scope {
  run<Result>(work: () => Promise<Result>): Promise<Result>
  /** Whether the caller is part of work that is still running. */
  isInside(): boolean
}

/** A signal that ends the process. */
export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'

// Steps that cannot be interrupted, and garbage collection, make a turn longer.
const turnMs = 2

/** Everything that liveparam takes from the process. */
export const platform = {
  /** Its timers do not keep the process alive. */
  clock: {
    now: (): number => Date.now(),
    // node:timers/promises would create an error with a stack for each aborted sleep.
    sleep(ms: number, signal?: AbortSignal): Promise<void> {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason)
          return
        }
        const abort = () => {
          stop()
          reject(signal?.reason)
        }
        const stop = startTimer(ms, () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        })
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
    timer: (ms: number, fire: () => void): (() => void) => startTimer(ms, fire),
  },
  random: (): number => Math.random(),
  /** Prints lines to stderr. Programs and platforms replace the methods of the console, so each call looks them up. */
  console: {
    warn: (line: string): void => console.warn(line),
    error: (line: string): void => console.error(line),
  },
  environment: (): Environment => process.env,
  /** Where the process runs. */
  runtime: (): ConfigRuntime => runtimeOf(process.env),
  /** The AWS profile, role and endpoint that the environment names, and whether the profile exists. */
  identity: async (): Promise<AwsIdentity> => (await import('./aws-identity.ts')).identityIn(process.env),
  /**
   * Whether Lambda is running an invocation. The runtime sets the variable for each one, traced or not, and not before
   * the first.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
   */
  isInvoked: (): boolean => process.env._X_AMZN_TRACE_ID !== undefined,
  /** The default deadline of a start, in milliseconds. */
  startupTimeoutMs: (): number => startupTimeoutMs(process.env, process.uptime() * 1_000),
  /** Resolves in the next turn of the event loop. */
  nextTurn: (): Promise<void> => new Promise((resolve) => setImmediate(resolve)),
  /** Makes a function that returns a promise when a long computation should yield to the event loop. */
  pauseWhenDue(): () => Promise<void> | undefined {
    let turnStartedAt = 0
    const pause = async () => {
      await platform.nextTurn()
      turnStartedAt = performance.now()
    }
    return () => (performance.now() - turnStartedAt < turnMs ? undefined : pause())
  },
  /** Keeps the process alive until the promise settles. @returns the promise. */
  keepAlive<Result>(promise: Promise<Result>): Promise<Result> {
    const alive = setInterval(() => undefined, longMs)
    const end = () => clearInterval(alive)
    promise.then(end, end)
    return promise
  },
  /**
   * Calls `onFirst` on the first signal. `end` or a second signal then ends the process as the signal would have done
   * without a listener, unless other code listens to the signal.
   */
  onSignal(signals: readonly Signal[], onFirst: (end: () => void) => void): Disposable {
    let isListening = true
    const end = () => {
      if (!isListening) return
      isListening = false
      for (const name of signals) process.off(name, listen)
      changeListenerLimit(-1)
    }
    let isFirst = true
    const listen = (signal: Signal) => {
      const endProcess = () => {
        end()
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
      }
      if (!isFirst) return endProcess()
      isFirst = false
      onFirst(endProcess)
    }
    changeListenerLimit(1)
    for (const name of signals) process.on(name, listen)
    return { [Symbol.dispose]: end }
  },
  /** Makes a scope, which detects calls from work that is still running. */
  scope(): Scope {
    const owner = {}
    return {
      async run(work) {
        const outer = runningWork.getStore()
        const own: RunningWork = { owner, isRunning: true, outer: outer?.isRunning === true ? outer : undefined }
        try {
          return await runningWork.run(own, work)
        } finally {
          // Code that outlives the work is not part of it.
          own.isRunning = false
        }
      },
      isInside() {
        let work = runningWork.getStore()
        while (work !== undefined && !(work.owner === owner && work.isRunning)) work = work.outer
        return work !== undefined
      },
    }
  },
  /** Captures the asynchronous context of the caller, such as its request, for a later call. */
  captureContext: (): ContextRunner => AsyncLocalStorage.snapshot(),
}

interface RunningWork {
  readonly owner: object
  isRunning: boolean
  readonly outer: RunningWork | undefined
}

// One for all scopes: each AsyncLocalStorage slows down every promise.
const runningWork = new AsyncLocalStorage<RunningWork>()

// Many configs can listen to one signal, which is not a leak. 0 means unlimited.
function changeListenerLimit(by: 1 | -1): void {
  const limit = process.getMaxListeners()
  if (limit > 0) process.setMaxListeners(Math.max(1, limit + by))
}

const longMs = 2 ** 30

/**
 * Calls `fire` after any number of milliseconds. A timer of Node fires immediately above 2^31 - 1 ms.
 *
 * @returns a function that stops the timer.
 */
export function startTimer(ms: number, fire: () => void, longestMs: number = longMs): () => void {
  let timer: NodeJS.Timeout
  const wait = (leftMs: number) => {
    const isLast = !(leftMs > longestMs)
    timer = setTimeout(isLast ? fire : () => wait(leftMs - longestMs), isLast ? leftMs : longestMs).unref()
  }
  wait(ms)
  return () => clearTimeout(timer)
}

/**
 * Lambda freezes a process between invocations, except on Lambda Managed Instances.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function runtimeOf(environment: Environment): ConfigRuntime {
  if (environment.AWS_LAMBDA_INITIALIZATION_TYPE === 'lambda-managed-instances') return 'lambda-managed-instances'
  return environment.AWS_LAMBDA_FUNCTION_NAME === undefined ? 'server' : 'lambda'
}

/**
 * Returns 10 s on a server and on Lambda Managed Instances. On demand, Lambda limits the init phase to 10 s, and
 * the process may have used a part of it.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export function startupTimeoutMs(environment: Environment, uptimeMs: number): number {
  if (runtimeOf(environment) !== 'lambda') return 10_000
  const isInInit = environment.AWS_LAMBDA_INITIALIZATION_TYPE === 'on-demand' && uptimeMs < 10_000
  return isInInit ? Math.max(1_000, Math.min(5_000, 9_000 - uptimeMs)) : 5_000
}
