import { ConfigError } from '../errors.ts'
import { platform } from '../platform/node.ts'
import { notNeeded, settleWithin } from '../time/deadline.ts'
import type { ConfigParts } from './config-handle.ts'
import type { Invocation } from './invocable.ts'
import type { LiveConfig } from './live-config.ts'

// Most refreshes take less time.
const patienceMs = 200
const patienceWhenTooOldMs = 2_000
// Enough to answer with the reason. Without an answer, Lambda logs only that the time is over.
const answerMs = 500
const tooShort = 'nothing was read in time: give the function more time than startup.timeoutMs, to see what failed'

type Startable = Pick<LiveConfig<unknown>, 'ready' | 'refresh'>

/** Counts the running invocations, where the process may be frozen between them. The config works only during one. */
export class Invocations<Value> {
  /** Whether the last invocation has ended. Before the first one, the config works. */
  isSuspended = false
  readonly #parts: ConfigParts<Value>
  #count = 0
  #onSuspend: (() => void)[] = []

  constructor(parts: ConfigParts<Value>) {
    this.#parts = parts
  }

  /**
   * Begins an invocation, and waits a short time for a refresh that is due. Without a snapshot, it waits for one until
   * shortly before the time is over, which is `leftMs` from now: 15 minutes at most.
   *
   * @throws LoadError without a snapshot.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
   */
  enter(config: Startable, leftMs: number = 900_000): Invocation<Value> | Promise<Invocation<Value>> {
    const { loop } = this.#parts
    const isFirst = this.#count === 0
    this.#resume()
    if (loop.state.verifiedAt === undefined) return platform.keepAlive(this.#enterWhenReady(config, leftMs))
    const { running } = loop
    return isFirst && running !== undefined ? platform.keepAlive(this.#enterAfter(running)) : this.#invocation()
  }

  /** Keeps the config working while the task runs. */
  async whileActive<Result>(task: () => Promise<Result>): Promise<Result> {
    this.#resume()
    try {
      return await task()
    } finally {
      await this.#exit()
    }
  }

  /** Resolves when the running invocations end, or those that begin next. */
  suspended(): Promise<void> {
    return new Promise((resolve) => this.#onSuspend.push(resolve))
  }

  #resume(): void {
    const { publisher, source, loop, backup } = this.#parts
    this.#count++
    if (this.#count > 1) return
    this.isSuspended = false
    source.resumed()
    publisher.resources?.resume()
    backup?.resume()
    loop.send({ type: 'resumed' })
  }

  #exit(): Promise<void> | undefined {
    const { loop, publisher, backup } = this.#parts
    this.#count--
    if (this.#count > 0) return undefined
    this.isSuspended = true
    loop.send({ type: 'suspended' })
    publisher.resources?.pause()
    for (const resolve of this.#onSuspend.splice(0)) resolve()
    if (loop.isIdle && backup === undefined) return undefined
    return platform.keepAlive(Promise.all([loop.idle(), backup?.pause()]).then(() => undefined))
  }

  #invocation(): Invocation<Value> {
    return { snapshot: this.#parts.publisher.pin(), isAlone: true, end: () => this.#exit() }
  }

  async #enterAfter(running: Promise<void>): Promise<Invocation<Value>> {
    const { loop, clock } = this.#parts
    const ms = loop.state.reason === 'age-exceeded' ? patienceWhenTooOldMs : patienceMs
    const patience = new AbortController()
    await Promise.race([running, clock.sleep(ms, patience.signal)])
    patience.abort(notNeeded)
    return this.#invocation()
  }

  // A freeze can fail a start that would otherwise succeed, so an invocation starts it again.
  async #enterWhenReady(config: Startable, leftMs: number): Promise<Invocation<Value>> {
    const { clock, publisher } = this.#parts
    const ready = config.ready.catch(() => config.refresh())
    try {
      await settleWithin(ready, Math.max(0, leftMs - answerMs), clock)
      if (publisher.published === undefined) throw publisher.lastError?.error ?? new ConfigError('NOT_READY', tooShort)
      return this.#invocation()
    } catch (error) {
      await this.#exit()
      throw error
    }
  }
}
