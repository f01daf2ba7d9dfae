import { type ConfigError, LoadError } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import type { Clock, ContextRunner, Hint, Random } from '../ports.ts'
import { sharedController } from '../time/abort.ts'
import { notNeeded, setTimer } from '../time/deadline.ts'
import { steadyClock } from '../time/steady-clock.ts'
import { isFailing, nextRefreshAt, reduce, tooOldAt } from './reduce.ts'
import {
  type Effect,
  type EmittedEvent,
  type EventDetails,
  initialState,
  type RefreshOutcome,
  type RefreshRules,
  type RefreshState,
  type RefreshTask,
  unscheduled,
} from './state.ts'

/** The objects that the loop directs. */
export interface LoopParts<Published> {
  readonly rules: RefreshRules
  readonly clock: Clock
  readonly random: Random
  readonly refresher: RefreshPort<Published>
  readonly publisher: PublishPort<Published>
  /** Captures the context of a caller of `refresh()`, so that a later refresh runs in it. */
  captureContext?: (() => ContextRunner) | undefined
}

/** Performs a task. A rejection counts as a failed refresh. */
export interface RefreshPort<Published> {
  refresh(task: RefreshTask, signal: AbortSignal): Promise<RefreshOutcome<Published>>
}

/** Publishes what the reducer decides. None of its methods may throw. */
export interface PublishPort<Published> {
  commit(published: Published): void
  /** Marks the snapshot as verified at this time. */
  verify(at: number): void
  publish(event: EmittedEvent, loop: RefreshLoop<Published>, outcome: RefreshOutcome<Published> | undefined): void
}

/** The result of a call of `refresh()`. */
export type RefreshResult = 'changed' | 'unchanged'

/** Sends events to the reducer one at a time, and performs the effects in order. */
export class RefreshLoop<Published> {
  readonly #parts: LoopParts<Published>
  readonly #queue: EventDetails<Published>[] = []
  readonly #callers: Caller[] = []
  readonly #pending = new Set<Promise<void>>()
  readonly #conditions: { isMet(state: RefreshState): boolean; resolve(): void }[] = []
  // With a clock that is set back, the state would wait for as much longer.
  readonly #steadyNow = steadyClock()
  /** How far the steady clock is ahead of the clock. */
  #aheadMs = 0
  #state: RefreshState = initialState
  #controller = sharedController()
  #timer: { readonly at: number; switchOff(): void } | undefined

  constructor(parts: LoopParts<Published>) {
    this.#parts = parts
  }

  /** Its times are on the loop's steady clock: see {@link RefreshLoop.toClockTime}. */
  get state(): RefreshState {
    return this.#state
  }

  /** When the next refresh is due, on the config's clock; `undefined` during a refresh, and when none is scheduled. */
  get nextRefreshAt(): number | undefined {
    const at = nextRefreshAt(this.#state)
    return at === unscheduled ? undefined : this.toClockTime(at)
  }

  /** Converts a time of the state to the config's clock, as that is set now. */
  toClockTime(at: number): number {
    return at - this.#aheadMs
  }

  get isIdle(): boolean {
    return this.#pending.size === 0
  }

  /** Resolves when no refresh is running, aborted ones included. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending)
  }

  send(event: EventDetails<Published>): void {
    // An effect can send an event, which waits for the other effects.
    if (this.#queue.push(event) > 1) return
    try {
      for (const next of this.#queue) this.#handle(next)
    } finally {
      this.#queue.length = 0
    }
    this.#setTimer()
    for (const condition of this.#conditions.splice(0)) {
      if (condition.isMet(this.#state)) condition.resolve()
      else this.#conditions.push(condition)
    }
  }

  /** Resolves when no new hint is waiting and no refresh is running. */
  hintsHandled(): Promise<void> {
    return this.#until(areHintsHandled)
  }

  /**
   * Reads the hinted names now, and again after 1 s and 5 s while they have not changed.
   *
   * @returns Whether they could be read: resolves when a snapshot is published, or after the last attempt.
   */
  async readNow(hints: readonly Hint[], isPublished: () => boolean): Promise<boolean> {
    this.send({ type: 'rereadRequested', hints })
    await this.#until((state) => {
      const areConfirmed = state.hints.pending.size === 0 && (state.unfinished?.task.hints.size ?? 0) === 0
      return areHintsHandled(state) && (isPublished() || isStuck(state) || areConfirmed)
    })
    return !isStuck(this.#state)
  }

  /** Settles with the running refresh; `undefined` when none is running. Never rejects. */
  get running(): Promise<void> | undefined {
    return this.#state.running && [...this.#pending].at(-1)
  }

  /** Waits for the next full refresh. A refresh in progress may have read too early. */
  refresh(): Promise<RefreshResult> {
    const result = new Promise<RefreshResult>((resolve, reject) => {
      this.#callers.push({ generation: undefined, resolve, reject, run: this.#parts.captureContext?.() })
    })
    this.send({ type: 'refreshRequested' })
    return result
  }

  /** Ends everything, and rejects the waiting callers with the reason. */
  close(reason: ConfigError): void {
    this.send({ type: 'closed' })
    this.#timer?.switchOff()
    this.#controller.abort(reason)
    for (const { reject } of this.#callers.splice(0)) reject(reason)
  }

  #until(isMet: (state: RefreshState) => boolean): Promise<void> {
    return isMet(this.#state) ? Promise.resolve() : new Promise((resolve) => this.#conditions.push({ isMet, resolve }))
  }

  #handle(event: EventDetails<Published>): void {
    const { rules, clock, random, publisher } = this.#parts
    const now = clock.now()
    const at = this.#steadyNow(now)
    this.#aheadMs = at - now
    const { generation } = this.#state
    const { state, effects } = reduce(this.#state, { ...event, at, chance: random() }, rules)
    this.#state = state
    const outcome = event.type === 'refreshFinished' ? event.outcome : undefined
    for (const effect of effects) {
      if (effect.type === 'refresh') this.#start(effect)
      else if (effect.type === 'abort') this.#abort(effect.generation)
      else if (effect.type === 'verify') publisher.verify(this.toClockTime(state.verifiedAt ?? at))
      else if (effect.type === 'emit') publisher.publish(effect.event, this, outcome)
      else if (outcome !== undefined && 'published' in outcome) publisher.commit(outcome.published)
    }
    if (event.type === 'refreshFinished' && event.generation === generation) this.#settleCallers(event)
  }

  #start({ generation, task }: Extract<Effect, { readonly type: 'refresh' }>): void {
    if (task.scope === 'full') for (const caller of this.#callers) caller.generation ??= generation
    this.#controller = sharedController()
    const running = this.#refresh(generation, task, this.#controller.signal).finally(() => {
      this.#pending.delete(running)
    })
    this.#pending.add(running)
  }

  async #refresh(generation: number, task: RefreshTask, signal: AbortSignal): Promise<void> {
    const caller = this.#callers.find((waiting) => waiting.generation === generation)
    const refresh = () => this.#parts.refresher.refresh(task, signal)
    const outcome = await (caller?.run?.(refresh) ?? refresh()).catch((error: unknown) => {
      return { kind: 'failed', task, error: this.#describeFailure(error) } as const
    })
    if (!signal.aborted) this.send({ type: 'refreshFinished', generation, outcome })
  }

  // The refresh that continues the work also serves the callers of the aborted one.
  #abort(generation: number): void {
    this.#controller.abort(notNeeded)
    for (const caller of this.#callers) if (caller.generation === generation) caller.generation = undefined
  }

  #describeFailure(thrown: unknown): ConfigError {
    const detail = `the refresh threw ${describeThrown(thrown)}`
    const problem = { code: 'UNREACHABLE', detail, remedy: 'report it' } as const
    const isServing = this.#state.verifiedAt !== undefined
    return new LoadError({ missing: [], unreadable: [problem], invalid: [], attempts: 1, elapsedMs: 0, isServing })
  }

  #settleCallers({ generation, outcome }: Extract<EventDetails, { readonly type: 'refreshFinished' }>): void {
    for (const caller of this.#callers.splice(0)) {
      if (caller.generation !== generation) this.#callers.push(caller)
      else if (outcome.kind === 'published') caller.resolve('changed')
      else if (outcome.kind === 'unchanged') caller.resolve('unchanged')
      else caller.reject(outcome.error)
    }
  }

  #setTimer(): void {
    const { clock, rules } = this.#parts
    const state = this.#state
    const at = Math.min(nextRefreshAt(state), state.isSuspended ? unscheduled : tooOldAt(state, rules))
    if (at === (this.#timer?.at ?? unscheduled)) return
    this.#timer?.switchOff()
    this.#timer = undefined
    if (at === unscheduled) return
    const ms = Math.min(Math.max(0, at - this.#steadyNow(clock.now())), longestSleepMs)
    const switchOff = setTimer(clock, ms, () => {
      if (this.#timer?.switchOff === switchOff) this.#timer = undefined
      this.send({ type: 'timerFired' })
    })
    this.#timer = { at, switchOff }
  }
}

function areHintsHandled(state: RefreshState): boolean {
  return state.running === undefined && (state.hints.burst === undefined || isStuck(state))
}

/** Whether it may take long until hints are read: while AWS fails, between invocations, and after a failed start. */
function isStuck(state: RefreshState): boolean {
  return state.isSuspended || state.state === 'failed' || state.state === 'closed' || isFailing(state)
}

// Node's timers overflow after 24 days. An early event changes nothing.
const longestSleepMs = 86_400_000

/** A call of `refresh()`. */
interface Caller {
  /** The refresh that serves it, once that has started. */
  generation: number | undefined
  readonly run: ContextRunner | undefined
  resolve(result: RefreshResult): void
  reject(error: unknown): void
}
