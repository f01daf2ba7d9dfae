import { type ConfigError, LoadError } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import type { Clock, ContextRunner, Hint, Random } from '../ports.ts'
import { sharedController } from '../time/abort-listeners.ts'
import { notNeeded } from '../time/deadline.ts'
import { setTimer } from '../time/timer.ts'
import { reduce } from './reduce.ts'
import {
  type Effect,
  type EmittedEvent,
  type EventDetails,
  initialState,
  nextTimerAt,
  type RefreshRules,
  type RefreshState,
  type RefreshSummary,
} from './state.ts'
import type { RefreshTask } from './task.ts'

/** What a flight brings home. */
export interface RefreshOutcome<Published> {
  readonly summary: RefreshSummary
  readonly task: RefreshTask
  /** What is to be committed. */
  readonly published?: Published
  /** Why there is nothing to commit. */
  readonly error?: ConfigError
}

/** What the gate has others do. None of these may throw. */
export interface LoopParts<Published> {
  readonly rules: RefreshRules
  readonly clock: Clock
  readonly random: Random
  /** When it rejects, the flight has failed for no known reason. */
  refresh(task: RefreshTask, signal: AbortSignal): Promise<RefreshOutcome<Published>>
  commit(published: Published): void
  /** What is served is what is stored. */
  verify(at: number): void
  emit(event: EmittedEvent, state: RefreshState, outcome: RefreshOutcome<Published> | undefined): void
  /** Has what somebody asks for run as a part of what they do, also when its turn comes later. */
  captureContext?: (() => ContextRunner) | undefined
}

/** What came of a refresh. */
export type RefreshResult = 'changed' | 'unchanged'

/** The one gate through which a life goes on: events come in one by one, and their effects follow in order. */
export class RefreshLoop<Published> {
  readonly #parts: LoopParts<Published>
  readonly #queue: EventDetails[] = []
  readonly #waiting: Waiting[] = []
  readonly #pending = new Set<Promise<void>>()
  readonly #awaited: { isMet(state: RefreshState): boolean; resolve(): void }[] = []
  #state: RefreshState = initialState
  #isRunning = false
  #outcome: RefreshOutcome<Published> | undefined
  #running = sharedController()
  #timer: { readonly at: number; switchOff(): void } | undefined

  constructor(parts: LoopParts<Published>) {
    this.#parts = parts
  }

  get state(): RefreshState {
    return this.#state
  }

  get isIdle(): boolean {
    return this.#pending.size === 0
  }

  /** Resolves when nothing is in flight any more. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending)
  }

  send(event: EventDetails): void {
    this.#queue.push(event)
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#dispatch(next)
    } finally {
      this.#isRunning = false
    }
    this.#setTimer()
    for (const awaited of this.#awaited.splice(0)) {
      if (awaited.isMet(this.#state)) awaited.resolve()
      else this.#awaited.push(awaited)
    }
  }

  /** Resolves when no hint waits to be followed, and nothing is under way. */
  hintsHandled(): Promise<void> {
    return this.#until(isSettled)
  }

  /**
   * Looks at once at what the hints name, and again a little later while nothing has moved.
   *
   * @returns Whether that could be read: once something is published, or the last look was made.
   */
  async readNow(hints: readonly Hint[], isPublished: () => boolean): Promise<boolean> {
    this.send({ type: 'rereadRequested', hints })
    await this.#until((state) => isSettled(state) && (isPublished() || isStuck(state) || state.unconfirmed.size === 0))
    return !isStuck(this.#state)
  }

  /** Ends with the flight that is under way; absent without one. Never rejects. */
  get running(): Promise<void> | undefined {
    return this.#state.running && [...this.#pending].at(-1)
  }

  /** Waits for the outcome of the next refresh that reads everything. A refresh in progress may have read too early. */
  refresh(): Promise<RefreshResult> {
    const result = new Promise<RefreshResult>((resolve, reject) => {
      this.#waiting.push({ served: undefined, resolve, reject, run: this.#parts.captureContext?.() ?? runHere })
    })
    this.send({ type: 'refreshRequested' })
    return result
  }

  /** Ends everything; whoever waits is rejected with the reason. */
  close(reason: ConfigError): void {
    this.send({ type: 'closed' })
    this.#timer?.switchOff()
    this.#running.abort(reason)
    for (const { reject } of this.#waiting.splice(0)) reject(reason)
  }

  #until(isMet: (state: RefreshState) => boolean): Promise<void> {
    return isMet(this.#state) ? Promise.resolve() : new Promise((resolve) => this.#awaited.push({ isMet, resolve }))
  }

  #dispatch(event: EventDetails): void {
    const { rules, clock, random } = this.#parts
    const isLate = event.type === 'refreshFinished' && event.generation !== this.#state.generation
    const { state, effects } = reduce(this.#state, { ...event, at: clock.now(), chance: random() }, rules)
    this.#state = state
    for (const effect of effects) this.#do(effect)
    if (event.type === 'refreshFinished' && !isLate) this.#settleWaiting(event.generation)
  }

  #do(effect: Effect): void {
    const { commit, verify, emit } = this.#parts
    if (effect.type === 'refresh') this.#start(effect.generation, effect.task)
    else if (effect.type === 'abort') this.#abort(effect.generation)
    else if (effect.type === 'verify') verify(this.#state.at)
    else if (effect.type === 'emit') emit(effect.event, this.#state, this.#outcome)
    else if (this.#outcome?.published !== undefined) commit(this.#outcome.published)
  }

  #start(generation: number, task: RefreshTask): void {
    if (task.scope === 'full') for (const waiting of this.#waiting) waiting.served ??= generation
    this.#running = sharedController()
    const { signal } = this.#running
    const finish = (outcome: RefreshOutcome<Published>) => {
      if (signal.aborted) return
      this.#outcome = outcome
      this.send({ type: 'refreshFinished', generation, summary: outcome.summary })
    }
    const { run = runHere } = this.#waiting.find(({ served }) => served === generation) ?? {}
    const running = run(() => this.#parts.refresh(task, signal))
      // A flight that is lost for whatever reason has failed: the next one takes off all the same.
      .catch(
        (error: unknown): RefreshOutcome<Published> => ({
          task,
          summary: failed,
          error: this.#describeFailure(error),
        }),
      )
      .then(finish)
      .finally(() => this.#pending.delete(running))
    this.#pending.add(running)
  }

  // Whoever waits for it is served by the one that takes its place.
  #abort(generation: number): void {
    this.#running.abort(notNeeded)
    for (const waiting of this.#waiting) if (waiting.served === generation) waiting.served = undefined
  }

  #describeFailure(thrown: unknown): ConfigError {
    const detail = `looking threw ${describeThrown(thrown)}`
    const problem = { code: 'UNREACHABLE', detail, remedy: 'report it' } as const
    const isServing = this.#state.verifiedAt !== undefined
    return new LoadError({ missing: [], unreadable: [problem], invalid: [], attempts: 1, elapsedMs: 0, isServing })
  }

  #settleWaiting(generation: number): void {
    const { summary, error } = this.#outcome ?? {}
    const isServed = (waiting: Waiting) => waiting.served === generation
    const served = this.#waiting.filter(isServed)
    this.#waiting.splice(0, Number.POSITIVE_INFINITY, ...this.#waiting.filter((waiting) => !isServed(waiting)))
    for (const { resolve, reject } of served) {
      if (summary?.outcome === 'published') resolve('changed')
      else if (summary?.outcome === 'unchanged') resolve('unchanged')
      else reject(error)
    }
    this.#outcome = undefined
  }

  #setTimer(): void {
    const at = nextTimerAt(this.#state)
    if (at === this.#timer?.at) return
    this.#timer?.switchOff()
    this.#timer = undefined
    if (at === undefined) return
    const { clock } = this.#parts
    const ms = Math.min(Math.max(0, at - clock.now()), longestSleepMs)
    const switchOff = setTimer(clock, ms, () => {
      if (this.#timer?.switchOff === switchOff) this.#timer = undefined
      this.send({ type: 'timerFired' })
    })
    this.#timer = { at, switchOff }
  }
}

function isSettled(state: RefreshState): boolean {
  return state.running === undefined && ((state.pendingHints.size === 0 && !state.isFlooded) || isStuck(state))
}

// After a failure it may take for ever until hints can be followed, and after a start that failed, or while nobody is
// invoked, nobody does.
function isStuck({ state, failures, timers, isSuspended }: RefreshState): boolean {
  return isSuspended || state === 'failed' || state === 'closed' || (failures > 0 && timers.retry !== undefined)
}

const failed: RefreshSummary = { outcome: 'failed', pollCalls: 0, unconfirmed: [], secretsDueAt: undefined }

// Node's timers overflow after 24 days; waking for nothing does no harm.
const longestSleepMs = 86_400_000

const runHere: ContextRunner = (run) => run()

interface Waiting {
  served: number | undefined
  readonly run: ContextRunner
  resolve(result: RefreshResult): void
  reject(error: unknown): void
}
