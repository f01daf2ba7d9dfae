import type { Clock } from '../ports.ts'
import type { RefreshLoop } from '../refresh/loop.ts'
import type { Published, Snapshot } from '../snapshot/snapshot.ts'
import { notNeeded } from '../time/deadline.ts'
import type { Invocation } from './invocable.ts'

/** What invocations need of a config. */
export interface InvocationParts<Value> {
  readonly loop: RefreshLoop<Published>
  readonly clock: Clock
  /** Whether the process may stand still between invocations. Elsewhere the config does without them. */
  readonly isInvoked: boolean
  /** Whether a function is invoked at this moment, whoever has told of it. */
  isInvokedNow(): boolean
  readonly ready: Promise<void>
  /** @throws ConfigError when there is no snapshot. */
  pin(): Snapshot<Value>
  refresh(): Promise<unknown>
  /** Has the process wait for a promise. */
  keepAlive<Result>(promise: Promise<Result>): Promise<Result>
  /** Tells others that reads need not be looked at any more. */
  onWrapped(): void
  warn(message: string): void
  /** Tells others that nobody was invoked before, and the process may have stood still. */
  resumed(): void
  /** Tells others that nobody is invoked any more. */
  suspended(): void
}

// Most looks take less, and a handler that starts so late is hardly noticed.
const patienceMs = 200
const patienceWithTheOldMs = 2_000

const unattended =
  'withConfig() or configMiddleware() of liveparam/lambda is not around the handler: the config stays as it was loaded'

/** Knows who is invoked: only meanwhile may a config do anything that could be frozen half way. */
export class Invocations<Value> {
  readonly #parts: InvocationParts<Value>
  #count = 0
  #onOver: (() => void)[] = []
  #isUnattended: boolean

  constructor(parts: InvocationParts<Value>) {
    this.#parts = parts
    this.#isUnattended = parts.isInvoked
  }

  /** Whether reads are looked at, because nobody has told of an invocation where somebody should. */
  get isUnwrapped(): boolean {
    return this.#isUnattended
  }

  /** Somebody reads the configuration. */
  read(): void {
    if (!this.#isUnattended || !this.#parts.isInvokedNow()) return
    this.#attend()
    this.#parts.warn(unattended)
  }

  /** Has what is due looked at, and waits for that, but not for long. @throws LoadError when there is no snapshot. */
  enter(): Invocation<Value> | Promise<Invocation<Value>> {
    const { loop, isInvoked, keepAlive } = this.#parts
    this.#attend()
    const isFirst = this.#count === 0
    this.#enter()
    if (loop.state.verifiedAt === undefined) return keepAlive(this.#beginReady())
    const { running } = loop
    return isFirst && isInvoked && running !== undefined ? keepAlive(this.#beginAfter(running)) : this.#invocation()
  }

  /** Has the config do what is due while the work goes on. */
  async whileActive<Result>(task: () => Promise<Result>): Promise<Result> {
    this.#attend()
    this.#enter()
    try {
      return await task()
    } finally {
      await this.#leave()
    }
  }

  /** The outcome, or nothing when the invocation ends before. */
  untilOver(outcome: Promise<unknown>): Promise<unknown> {
    if (this.#count === 0 || !this.#parts.isInvoked) return outcome
    return Promise.race([outcome, new Promise<void>((resolve) => this.#onOver.push(resolve))])
  }

  #attend(): void {
    if (!this.#isUnattended) return
    this.#isUnattended = false
    this.#parts.onWrapped()
  }

  #enter(): void {
    this.#count++
    if (this.#count > 1 || !this.#parts.isInvoked) return
    this.#parts.resumed()
    this.#parts.loop.send({ type: 'resumed' })
  }

  #leave(): Promise<void> | undefined {
    const { loop, isInvoked, keepAlive } = this.#parts
    this.#count--
    if (this.#count > 0 || !isInvoked) return undefined
    loop.send({ type: 'suspended' })
    this.#parts.suspended()
    for (const tell of this.#onOver.splice(0)) tell()
    return loop.isIdle ? undefined : keepAlive(loop.idle())
  }

  #invocation(): Invocation<Value> {
    return { snapshot: this.#parts.pin(), isAlone: this.#parts.isInvoked, end: () => this.#leave() }
  }

  async #beginAfter(running: Promise<void>): Promise<Invocation<Value>> {
    const { loop, clock } = this.#parts
    const ms = loop.state.reason === 'age-exceeded' ? patienceWithTheOldMs : patienceMs
    const patience = new AbortController()
    await Promise.race([running, clock.sleep(ms, patience.signal)])
    patience.abort(notNeeded)
    return this.#invocation()
  }

  // A start that was frozen half way has failed for no reason, and one that failed for a reason may not fail again.
  async #beginReady(): Promise<Invocation<Value>> {
    const { ready, refresh } = this.#parts
    try {
      await ready.catch(refresh)
      return this.#invocation()
    } catch (error) {
      await this.#leave()
      throw error
    }
  }
}
