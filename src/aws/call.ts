import type { Clock, Random } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { Coalescer } from '../time/coalesce.ts'
import { DeadlineReached, race } from '../time/deadline.ts'
import { TimeLimit } from '../time/time-limit.ts'
import { limitPerTick } from '../time/turns.ts'
import { type AwsCallError, attemptsOf, isThrottling, throttledLocally, toCallFailed } from './aws-messages.ts'
import type { Connections } from './client.ts'
import { type Limiter, makeLimiter, type Permit } from './limiter.ts'
import { retry } from './retry.ts'
import { isConnectionLost, refuseEmptyAnswer, retryAfterMs } from './sdk-error.ts'

/** Makes the calls to one AWS client: one policy for retries, pace and time limits. */
export interface AwsCaller {
  /**
   * @param input Everything that tells this call from others: callers with the same input share one call.
   * @throws CallFailed when there is no answer to be had, also because the deadline passed.
   * @throws The signal's reason when it aborted for anything else.
   */
  call<Output>(action: string, input: object, send: Send<Output>, signal: AbortSignal): Promise<Output>
  /** From now on connections may turn out to be dead: the first of a call that is costs nothing but another. */
  resumed(): void
}

export type Send<Output> = (signal: AbortSignal) => Promise<Output>

/** One attempt at a call, as it ended. */
export interface CallAttempt {
  /** The IAM action, such as `ssm:GetParameters`. */
  readonly action: string
  /** Counts from 1 for each call. */
  readonly attempt: number
  readonly outcome: 'answered' | 'throttled' | 'failed' | 'aborted'
}

/** What a caller needs to know. */
export interface AwsCallerOptions {
  readonly client: object
  /** Of a client of our own, which makes one attempt a call; one that was passed in has its own retries and limits. */
  readonly connections?: Pick<Connections, 'host' | 'drop'> | undefined
  readonly clock: Clock
  readonly random: Random
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>
  onCall?(attempt: CallAttempt): void
}

/** How long one attempt may take with a client of our own. */
export const attemptTimeoutMs = 2_000

// Below the 50 sockets that the SDK opens to a host: a call that waits for one would use up its time limit.
export const maxCalls = 44
// To make a call takes the SDK a while. Those that begin together are all on their way only when the last one is.
const callsPerTurn = 4
const backoff = exponential({ baseMs: 100, maxMs: 2_000 })
// Whoever still finds a dead connection after that has another reason for it.
const thawMs = 10_000

/** How far a call has come. */
interface Progress {
  readonly attempts: number
  readonly last?: AwsCallError
}

/** Shared by every config that was given the same client. */
interface ClientState {
  readonly limiter: Limiter
  readonly calls: Coalescer<unknown, Progress>
}

const states = new WeakMap<object, ClientState>()

export function makeCaller(options: AwsCallerOptions): AwsCaller {
  const { limiter, calls } = stateOf(options.client)
  const timeLimit = new TimeLimit(options.clock, attemptTimeoutMs)
  const setOut = limitPerTick(callsPerTurn, options.nextTurn)
  const tally = { answered: 0 }
  let thaw: Thaw | undefined
  return {
    resumed() {
      thaw = { until: options.clock.now() + thawMs, isNew: true }
    },
    async call<Output>(action: string, input: object, send: Send<Output>, signal: AbortSignal) {
      let progress: Progress = { attempts: 0 }
      const hear = (news: Progress) => {
        progress = news
      }
      const key = `${action} ${JSON.stringify(input)}`
      const persevere = (own: AbortSignal, tell: (news: Progress) => void) =>
        callUntilAnswered({ ...options, limiter, timeLimit, setOut, tally, thaw, action, send, tell, signal: own })
      try {
        return (await calls.run(key, persevere, { signal, onProgress: hear })) as Output
      } catch (error) {
        if (!(error instanceof DeadlineReached)) throw error
        const { attempts, last } = progress
        if (last !== undefined) throw last.after(attempts)
        const isHeldBack = attempts === 0 && limiter.rate !== undefined
        throw isHeldBack
          ? throttledLocally(action)
          : toCallFailed(error, action, attempts, { answered: tally.answered })
      }
    },
  }
}

function stateOf(client: object): ClientState {
  const known = states.get(client)
  if (known !== undefined) return known
  const state = { limiter: makeLimiter({ max: maxCalls, backoff }), calls: new Coalescer<unknown, Progress>() }
  states.set(client, state)
  return state
}

/** The process had stood still. */
interface Thaw {
  readonly until: number
  /** Until the first dead connection is found. */
  isNew: boolean
}

interface Call<Output> extends AwsCallerOptions {
  readonly limiter: Limiter
  readonly timeLimit: TimeLimit
  setOut(): Promise<void>
  /** How many calls the endpoint has answered. */
  readonly tally: { answered: number }
  readonly thaw: Thaw | undefined
  readonly action: string
  readonly signal: AbortSignal
  readonly send: Send<Output>
  tell(progress: Progress): void
}

async function callUntilAnswered<Output>(call: Call<Output>): Promise<Output> {
  const { limiter, action, connections, clock, random, signal } = call
  const place = limiter.ticket()
  let progress: Progress = { attempts: 0 }
  const advance = (next: Progress) => {
    progress = next
    call.tell(next)
  }
  const attempt = async () => {
    const turn = await limiter.acquire(place, { clock, signal })
    await call.setOut()
    advance({ ...progress, attempts: progress.attempts + 1 })
    return takeTurn(turn, progress.attempts, call)
  }
  const onFailure = (error: unknown) => {
    const attempts = progress.attempts - 1 + attemptsOf(error)
    const { answered } = call.tally
    advance({ attempts, last: toCallFailed(error, action, attempts, { answered, host: connections?.host }) })
  }
  const shouldRetry = (error: unknown) =>
    isThrottling(error) || (connections !== undefined && progress.last?.failure.isTransient === true)
  // After throttling it is the limiter that has everybody wait.
  const delayMs = (error: unknown, attempts: number) =>
    isThrottling(error)
      ? 0
      : Math.max(retryAfterMs(error) ?? 0, backoff.delay(attempts, random), limiter.spendRetry(clock))
  try {
    return await retry(attempt, { signal, clock, onFailure, shouldRetry, delayMs })
  } catch (error) {
    throw signal.aborted ? error : (progress.last ?? error)
  }
}

async function takeTurn<Output>(turn: Permit, attempt: number, call: Call<Output>): Promise<Output> {
  const { action, random, signal, onCall } = call
  let output: Output
  try {
    output = await (attempt === 1 ? sendThawed(call) : sendInTime(call))
  } catch (error) {
    const isThrottled = isThrottling(error)
    if (isThrottled) turn.throttled({ random, retryAfterMs: retryAfterMs(error) ?? 0 })
    else turn.failed()
    onCall?.({ action, attempt, outcome: signal.aborted ? 'aborted' : isThrottled ? 'throttled' : 'failed' })
    throw error
  }
  turn.succeeded()
  call.tally.answered++
  onCall?.({ action, attempt, outcome: 'answered' })
  return output
}

// A connection that died while the process stood still says nothing of AWS: that is no failure, and there is no reason
// to wait. Where one is dead, the others are: without them, no other call runs into them.
async function sendThawed<Output>(call: Call<Output>): Promise<Output> {
  const { thaw, clock, signal } = call
  try {
    return await sendInTime(call)
  } catch (error) {
    const isDead = isConnectionLost(error) || error instanceof DeadlineReached
    if (thaw === undefined || clock.now() > thaw.until || signal.aborted || !isDead) throw error
    if (thaw.isNew) call.connections?.drop()
    thaw.isNew = false
    return sendInTime(call)
  }
}

// The SDK heeds a signal once the request is on its way, but not while it looks for credentials.
async function sendInTime<Output>({ send, connections, timeLimit, signal }: Call<Output>): Promise<Output> {
  const answer = await (connections === undefined ? race(send(signal), signal) : timeLimit.run(signal, send))
  refuseEmptyAnswer(answer)
  return answer
}
