import { type ConfigError, LoadError } from '../errors.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import type { Clock, ContextRunner, Hint, Random } from '../ports.ts'
import { sharedController } from '../time/abort-listeners.ts'
import { notNeeded } from '../time/deadline.ts'
import { setAlarm } from '../time/timer.ts'
import { step } from './reduce.ts'
import {
  type Announcement,
  type Effect,
  type Landing,
  type Life,
  type LifeNews,
  type LifeRules,
  newborn,
  nextWake,
} from './state.ts'
import type { Work } from './task.ts'

/** What a flight brings home. */
export interface Flown<Cargo> {
  readonly landing: Landing
  readonly work: Work
  /** What is to be committed. */
  readonly cargo?: Cargo
  /** Why there is nothing to commit. */
  readonly error?: ConfigError
}

/** What the gate has others do. None of these may throw. */
export interface GateParts<Cargo> {
  readonly rules: LifeRules
  readonly clock: Clock
  readonly random: Random
  /** When it rejects, the flight has failed for no known reason. */
  fly(work: Work, signal: AbortSignal): Promise<Flown<Cargo>>
  commit(cargo: Cargo): void
  /** What is served is what is stored. */
  verify(at: number): void
  announce(event: Announcement, flown: Flown<Cargo> | undefined): void
  /** Has what somebody asks for run as a part of what they do, also when its turn comes later. */
  captureContext?: (() => ContextRunner) | undefined
}

/** What came of a refresh. */
export type RefreshResult = 'changed' | 'unchanged'

/** The one gate through which a life goes on: events come in one by one, and their effects follow in order. */
export class Gate<Cargo> {
  readonly #parts: GateParts<Cargo>
  readonly #queue: LifeNews[] = []
  readonly #waiting: Waiting[] = []
  readonly #underWay = new Set<Promise<void>>()
  readonly #awaited: { isMet(life: Life): boolean; resolve(): void }[] = []
  #life: Life = newborn
  #isRunning = false
  #landed: Flown<Cargo> | undefined
  #flight = sharedController()
  #alarm: { readonly at: number; switchOff(): void } | undefined

  constructor(parts: GateParts<Cargo>) {
    this.#parts = parts
  }

  get life(): Life {
    return this.#life
  }

  get isGrounded(): boolean {
    return this.#underWay.size === 0
  }

  /** Resolves when nothing is in flight any more. */
  async grounded(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }

  send(news: LifeNews): void {
    this.#queue.push(news)
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#take(next)
    } finally {
      this.#isRunning = false
    }
    this.#setAlarm()
    for (const awaited of this.#awaited.splice(0)) {
      if (awaited.isMet(this.#life)) awaited.resolve()
      else this.#awaited.push(awaited)
    }
  }

  /** Resolves when no hint waits to be followed, and nothing is under way. */
  settled(): Promise<void> {
    return this.#until(isSettled)
  }

  /**
   * Looks at once at what the hints name, and again a little later while nothing has moved.
   *
   * @returns Whether that could be read: once something is published, or the last look was made.
   */
  async lookAt(hints: readonly Hint[], isPublished: () => boolean): Promise<boolean> {
    this.send({ type: 'doubted', hints })
    await this.#until((life) => isSettled(life) && (isPublished() || isStuck(life) || life.doubts.size === 0))
    return !isStuck(this.#life)
  }

  /** Ends with the flight that is under way; absent without one. Never rejects. */
  get flight(): Promise<void> | undefined {
    return this.#life.flight && [...this.#underWay].at(-1)
  }

  /** Waits for the outcome of the next refresh that reads everything. A refresh in progress may have read too early. */
  refresh(): Promise<RefreshResult> {
    const result = new Promise<RefreshResult>((resolve, reject) => {
      this.#waiting.push({ served: undefined, resolve, reject, run: this.#parts.captureContext?.() ?? runHere })
    })
    this.send({ type: 'asked' })
    return result
  }

  /** Ends everything; whoever waits is rejected with the reason. */
  close(reason: ConfigError): void {
    this.send({ type: 'closed' })
    this.#alarm?.switchOff()
    this.#flight.abort(reason)
    for (const { reject } of this.#waiting.splice(0)) reject(reason)
  }

  #until(isMet: (life: Life) => boolean): Promise<void> {
    return isMet(this.#life) ? Promise.resolve() : new Promise((resolve) => this.#awaited.push({ isMet, resolve }))
  }

  #take(news: LifeNews): void {
    const { rules, clock, random } = this.#parts
    const isLate = news.type === 'landed' && news.generation !== this.#life.generation
    const { life, effects } = step(this.#life, { ...news, at: clock.now(), chance: random() }, rules)
    this.#life = life
    for (const effect of effects) this.#do(effect)
    if (news.type === 'landed' && !isLate) this.#settle(news.generation)
  }

  #do(effect: Effect): void {
    const { commit, verify, announce } = this.#parts
    if (effect.type === 'fly') this.#takeOff(effect.generation, effect.work)
    else if (effect.type === 'cut') this.#cut(effect.generation)
    else if (effect.type === 'verify') verify(this.#life.at)
    else if (effect.type === 'announce') announce(effect.event, this.#landed)
    else if (this.#landed?.cargo !== undefined) commit(this.#landed.cargo)
  }

  #takeOff(generation: number, work: Work): void {
    if (work.scope === 'full') for (const waiting of this.#waiting) waiting.served ??= generation
    this.#flight = sharedController()
    const { signal } = this.#flight
    const land = (flown: Flown<Cargo>) => {
      if (signal.aborted) return
      this.#landed = flown
      this.send({ type: 'landed', generation, landing: flown.landing })
    }
    const { run = runHere } = this.#waiting.find(({ served }) => served === generation) ?? {}
    const flight = run(() => this.#parts.fly(work, signal))
      // A flight that is lost for whatever reason has failed: the next one takes off all the same.
      .catch((error: unknown): Flown<Cargo> => ({ work, landing: lost, error: this.#describeLoss(error) }))
      .then(land)
      .finally(() => this.#underWay.delete(flight))
    this.#underWay.add(flight)
  }

  // Whoever waits for it is served by the one that takes its place.
  #cut(generation: number): void {
    this.#flight.abort(notNeeded)
    for (const waiting of this.#waiting) if (waiting.served === generation) waiting.served = undefined
  }

  #describeLoss(thrown: unknown): ConfigError {
    const detail = `looking threw ${describeThrown(thrown)}`
    const problem = { code: 'UNREACHABLE', detail, remedy: 'report it' } as const
    const isServing = this.#life.verifiedAt !== undefined
    return new LoadError({ missing: [], unreadable: [problem], invalid: [], looks: 1, elapsedMs: 0, isServing })
  }

  #settle(generation: number): void {
    const { landing, error } = this.#landed ?? {}
    const isServed = (waiting: Waiting) => waiting.served === generation
    const served = this.#waiting.filter(isServed)
    this.#waiting.splice(0, Number.POSITIVE_INFINITY, ...this.#waiting.filter((waiting) => !isServed(waiting)))
    for (const { resolve, reject } of served) {
      if (landing?.outcome === 'committed') resolve('changed')
      else if (landing?.outcome === 'unchanged') resolve('unchanged')
      else reject(error)
    }
    this.#landed = undefined
  }

  #setAlarm(): void {
    const at = nextWake(this.#life)
    if (at === this.#alarm?.at) return
    this.#alarm?.switchOff()
    this.#alarm = undefined
    if (at === undefined) return
    const { clock } = this.#parts
    const ms = Math.min(Math.max(0, at - clock.now()), longestSleepMs)
    const switchOff = setAlarm(clock, ms, () => {
      if (this.#alarm?.switchOff === switchOff) this.#alarm = undefined
      this.send({ type: 'woke' })
    })
    this.#alarm = { at, switchOff }
  }
}

function isSettled(life: Life): boolean {
  return life.flight === undefined && ((life.hinted.size === 0 && !life.isFlooded) || isStuck(life))
}

// After a failure it may take for ever until hints can be followed, and after a start that failed, or while nobody is
// invoked, nobody does.
function isStuck({ state, failures, due, isSuspended }: Life): boolean {
  return isSuspended || state === 'failed' || state === 'closed' || (failures > 0 && due.retry !== undefined)
}

const lost: Landing = { outcome: 'failed', pollCalls: 0, unmoved: [], secretsDueAt: undefined }

// Node's timers overflow after 24 days; waking for nothing does no harm.
const longestSleepMs = 86_400_000

const runHere: ContextRunner = (run) => run()

interface Waiting {
  served: number | undefined
  readonly run: ContextRunner
  resolve(result: RefreshResult): void
  reject(error: unknown): void
}
