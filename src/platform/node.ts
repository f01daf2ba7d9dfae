import { AsyncLocalStorage } from 'node:async_hooks'
import type { Clock, ContextRunner, Random } from '../ports.ts'

/** Everything that is taken from the process and not from an argument. */
export interface Platform {
  /** Whoever sleeps on it does not keep the process alive. */
  readonly clock: Clock
  readonly random: Random
  environment(): Readonly<Record<string, string | undefined>>
  /** The AWS profile, role and endpoint that the environment names, and whether the profile exists. */
  identity(): Promise<AwsIdentity>
  /** Whether the process is one of Lambda, which may be frozen whenever it is not invoked. */
  isLambda(): boolean
  /** Whether it is invoked at this moment. */
  isInvoked(): boolean
  /** How long a start may take here, in milliseconds. */
  startupTimeoutMs(): number
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>
  /** For a long computation to let others have their turn: gives a promise when it is time for that. */
  breather(): () => Promise<void> | undefined
  /** Keeps the process alive until the promise has settled, for somebody is waiting for it. */
  keepAlive<Result>(promise: Promise<Result>): Promise<Result>
  /** Calls back with the first of the signals that comes, unless it is disposed of before. */
  onSignal(signals: readonly Signal[], tell: (signal: Signal) => void): Disposable
  /** Has the signal do what it does where nobody listens. Where others listen, ending is theirs. */
  endBy(signal: Signal): void
  /** Lets something run later as if whoever calls this had called it then: as a part of the same request, say. */
  captureContext(): ContextRunner
}

/** What the environment says about who reads AWS, and where. */
export interface AwsIdentity {
  readonly profile?: string
  readonly isProfileMissing?: boolean
  readonly role?: string
  readonly endpoint?: string
}

/** What a process is told to end by. */
export type Signal = 'SIGTERM' | 'SIGINT' | 'SIGHUP'

// Long enough to get something done. What cannot be interrupted, and the garbage collector, come on top of it.
const turnMs = 2

export const platform: Platform = {
  clock: {
    now: () => Date.now(),
    // Not by node:timers/promises: each sleep that is cut short would cost an error with its stack.
    sleep(ms, signal) {
      return new Promise<void>((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason)
          return
        }
        const abort = () => {
          clearTimeout(timer)
          reject(signal?.reason)
        }
        const timer = setTimeout(() => {
          signal?.removeEventListener('abort', abort)
          resolve()
        }, ms).unref()
        signal?.addEventListener('abort', abort, { once: true })
      })
    },
    alarm(ms, ring) {
      const timer = setTimeout(ring, ms).unref()
      return () => clearTimeout(timer)
    },
  },
  random: () => Math.random(),
  environment: () => process.env,
  identity: () => identityIn(process.env),
  isLambda: () => process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined,
  // The runtime sets it for each invocation, whether that is traced or not, and not before the first.
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
  isInvoked: () => process.env._X_AMZN_TRACE_ID !== undefined,
  startupTimeoutMs: () => startupTimeoutMs(process.env, process.uptime() * 1_000),
  nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  breather() {
    let turnStartedAt = 0
    const breathe = async () => {
      await platform.nextTurn()
      turnStartedAt = performance.now()
    }
    return () => (performance.now() - turnStartedAt < turnMs ? undefined : breathe())
  },
  keepAlive(promise) {
    const alive = setInterval(() => undefined, longMs)
    const end = () => clearInterval(alive)
    promise.then(end, end)
    return promise
  },
  onSignal(signals, tell) {
    const end = () => {
      for (const name of signals) process.off(name, listen)
    }
    const listen = (signal: Signal) => {
      end()
      tell(signal)
    }
    for (const name of signals) process.on(name, listen)
    return { [Symbol.dispose]: end }
  },
  endBy(signal) {
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  },
  captureContext: () => AsyncLocalStorage.snapshot(),
}

const longMs = 2 ** 30

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
export async function identityIn(environment: Readonly<Record<string, string | undefined>>): Promise<AwsIdentity> {
  const { AWS_PROFILE: profile, AWS_ROLE_ARN: role, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSM } = environment
  const endpoint = AWS_ENDPOINT_URL_SSM || AWS_ENDPOINT_URL
  return {
    ...(profile && { profile, isProfileMissing: !(await hasProfile(profile, environment)) }),
    ...(role && { role }),
    ...(endpoint && { endpoint }),
  }
}

async function hasProfile(name: string, environment: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const [{ readFile }, { homedir }, { join }] = await Promise.all([
    import('node:fs/promises'),
    import('node:os'),
    import('node:path'),
  ])
  const files = [
    environment.AWS_CONFIG_FILE || join(homedir(), '.aws', 'config'),
    environment.AWS_SHARED_CREDENTIALS_FILE || join(homedir(), '.aws', 'credentials'),
  ]
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.flatMap((text) => text.split('\n')).some((line) => sectionOf(line) === name)
}

function sectionOf(line: string): string | undefined {
  const text = line.trim()
  if (!text.startsWith('[') || !text.includes(']')) return undefined
  const section = text.slice(1, text.indexOf(']')).trim()
  return section
    .replace(/^profile\s/, '')
    .trim()
    .replace(/^["']|["']$/g, '')
}

/**
 * 10 s on a server. Lambda gives the init phase of an on-demand function 10 s, of which the process may have used some.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export function startupTimeoutMs(environment: Readonly<Record<string, string | undefined>>, uptimeMs: number): number {
  if (environment.AWS_LAMBDA_FUNCTION_NAME === undefined) return 10_000
  const isInInit = environment.AWS_LAMBDA_INITIALIZATION_TYPE === 'on-demand' && uptimeMs < 10_000
  return isInInit ? Math.max(1_000, Math.min(5_000, 9_000 - uptimeMs)) : 5_000
}
