import type { Clock, Random } from '../ports.ts'
import { Coalescer } from '../time/coalesce.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import { limitPerTick } from '../time/turns.ts'
import { attemptTimeoutMs, type LightService } from './client.ts'
import { Limiter, type Permit } from './limiter.ts'

/** Sends one request. */
export type Send<Output> = (signal: AbortSignal) => Promise<Output>

/** One attempt at a call, after it ended. */
export interface CallAttempt {
  /** The IAM action, such as `ssm:GetParameters`. */
  readonly action: string
  /** Counts from 1 for each call. */
  readonly attempt: number
  readonly outcome: 'answered' | 'throttled' | 'failed' | 'aborted'
}

export interface AwsCallerOptions {
  /** Callers of the same client share their pace and their calls. */
  readonly client: object
  /** The connections of our own client, which makes one attempt a call. An SDK client that was passed in has its own retries and limits. */
  readonly connections?: Pick<LightService, 'host' | 'drop'> | undefined
  readonly clock: Clock
  readonly random: Random
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>
  /** Called after every attempt at a call. */
  onCall?(attempt: CallAttempt): void
}

// Below the 50 sockets that the SDK opens to a host: a call that waits for a socket would use up its time limit.
export const maxCalls = 44
// The SDK needs time to prepare a request: of calls that start together, the first is sent only after the last is prepared.
// Each further turn of the event loop costs time too: a hundred parameters start in one.
const startsPerTick = 12
// A connection that breaks later than this after a resume has another reason.
const resumeMs = 10_000

/** One call, through all its attempts. */
export interface RunningCall {
  readonly action: string
  readonly send: Send<unknown>
  readonly signal: AbortSignal
  /** How many attempts have started, with those that the SDK makes on its own. */
  attempts: number
  /** The error of the last attempt that failed. */
  error?: unknown
}

/** The limiter and the running calls of each client, shared by all configs that were given that client. */
const states = new WeakMap<object, { readonly limiter: Limiter; readonly calls: Coalescer<unknown, RunningCall> }>()

/** Makes the calls to one AWS client: one policy for retries, pace and time limits. */
export class AwsCaller {
  readonly options: AwsCallerOptions
  readonly limiter: Limiter
  /** How many calls the endpoint has answered. */
  answered = 0
  readonly #calls: Coalescer<unknown, RunningCall>
  readonly #pacedStart: () => Promise<void>
  #resume: { readonly until: number; hasReconnected: boolean } | undefined

  constructor(options: AwsCallerOptions) {
    const { client, nextTurn } = options
    const state = states.get(client) ?? { limiter: new Limiter(maxCalls), calls: new Coalescer() }
    states.set(client, state)
    this.options = options
    this.limiter = state.limiter
    this.#calls = state.calls
    this.#pacedStart = limitPerTick(startsPerTick, nextTurn)
  }

  /** Notes that the process was frozen, so that connections may be dead. */
  resumed(): void {
    this.#resume = { until: this.options.clock.now() + resumeMs, hasReconnected: false }
  }

  /**
   * @param input Everything that distinguishes this call: callers with the same input share one call.
   * @throws AwsCallError when the call fails, or is not answered before the deadline.
   * @throws The signal's reason when the signal aborts for any other reason.
   */
  async call<Output>(action: string, input: object, send: Send<Output>, signal: AbortSignal): Promise<Output> {
    let progress: Pick<RunningCall, 'action' | 'attempts' | 'error'> = { action, attempts: 0 }
    const onProgress = (running: RunningCall) => {
      progress = running
    }
    const start = (shared: AbortSignal, report: (call: RunningCall) => void) => {
      const running = { action, send, signal: shared, attempts: 0 }
      report(running)
      return this.#callUntilAnswered(running)
    }
    try {
      const key = `${action} ${JSON.stringify(input)}`
      return (await this.#calls.run(key, start, { signal, onProgress })) as Output
    } catch (error) {
      if (!(error instanceof DeadlineReached)) throw error
      const { describeDeadline } = await import('./call-failures.ts')
      throw describeDeadline(error, progress, this)
    }
  }

  async #callUntilAnswered(call: RunningCall): Promise<unknown> {
    const ticket = this.limiter.ticket()
    const attempt = async () => {
      const permit = await this.limiter.acquire(ticket, { clock: this.options.clock, signal: call.signal })
      await this.#pacedStart()
      call.attempts++
      return this.#attempt(call, permit)
    }
    try {
      return await attempt()
    } catch (error) {
      const { repeat } = await import('./call-failures.ts')
      return repeat(error, call, attempt, this)
    }
  }

  async #attempt(call: RunningCall, permit: Permit): Promise<unknown> {
    const { action, attempts: attempt } = call
    let answer: unknown
    try {
      answer = await (attempt === 1 ? this.#sendAfterResume(call) : this.#send(call))
    } catch (error) {
      const { countFailure } = await import('./call-failures.ts')
      countFailure(error, call, permit, this)
      throw error
    }
    permit.succeeded()
    this.answered++
    this.options.onCall?.({ action, attempt, outcome: 'answered' })
    return answer
  }

  // A connection that died while the process was frozen says nothing about AWS: the request is sent again at once, and
  // no failure is counted. The other connections are as old: they are dropped before other calls use them.
  async #sendAfterResume(call: RunningCall): Promise<unknown> {
    const resume = this.#resume
    try {
      return await this.#send(call)
    } catch (error) {
      if (resume === undefined || this.options.clock.now() > resume.until || call.signal.aborted) throw error
      const { sdkErrorOf } = await import('./call-failures.ts')
      if (!sdkErrorOf(error).isConnectionLost && !(error instanceof DeadlineReached)) throw error
      if (!resume.hasReconnected) this.options.connections?.drop()
      resume.hasReconnected = true
      return this.#send(call)
    }
  }

  // The SDK follows a signal once the request is sent, but not while it looks for credentials.
  async #send({ send, signal }: RunningCall): Promise<unknown> {
    const { clock, connections } = this.options
    // An SDK client that was passed in has time limits of its own.
    const answer = await (connections === undefined
      ? race(send(signal), signal)
      : withDeadline(clock, attemptTimeoutMs, signal, (limit) => race(send(limit), limit)))
    refuseEmptyAnswer(answer)
    return answer
  }
}

/** @throws Error for a success with neither content nor request id: AWS sends both, a captive portal neither. */
function refuseEmptyAnswer(answer: unknown): void {
  const { $metadata, ...content } = Object(answer)
  if ($metadata === undefined || $metadata.requestId !== undefined) return
  const hasContent = Object.values(content).some((value) => value !== undefined)
  if (!hasContent) throw Object.assign(new Error('the answer is empty'), { $metadata })
}
