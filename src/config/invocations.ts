import { ConfigError } from '../errors.ts'
import { platform } from '../platform/node.ts'
import type { RefreshResult } from '../refresh/loop.ts'
import { notNeeded } from '../time/deadline.ts'
import type { ConfigParts } from './config-handle.ts'
import type { Invocation } from './invocable.ts'

// Most refreshes take less time.
const patienceMs = 200
const patienceWhenTooOldMs = 2_000

/** Counts the running invocations. In Lambda, the config works only while there is one. */
export class Invocations<Value> {
  readonly #parts: ConfigParts<Value>
  #count = 0
  #onSuspend: (() => void)[] = []

  constructor(parts: ConfigParts<Value>) {
    this.#parts = parts
  }

  /** Begins an invocation, and waits a short time for a refresh that is due. @throws LoadError without a snapshot. */
  enter(): Invocation<Value> | Promise<Invocation<Value>> {
    const { loop, isInvoked } = this.#parts
    const isFirst = this.#count === 0
    this.#resume()
    if (loop.state.verifiedAt === undefined) return platform.keepAlive(this.#enterWhenReady())
    const { running } = loop
    return isFirst && isInvoked && running !== undefined
      ? platform.keepAlive(this.#enterAfter(running))
      : this.#invocation()
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

  /** Refreshes. The process waits for the result, unless the invocation ends first. */
  async refresh(): Promise<RefreshResult> {
    const { loop, publisher, isInvoked } = this.#parts
    if (loop.state.state === 'closed')
      throw publisher.readiness.failure ?? new ConfigError('CLOSED', 'the config is closed')
    const result = loop.refresh()
    const suspended = new Promise<void>((resolve) => {
      if (this.#count > 0 && isInvoked) this.#onSuspend.push(resolve)
    })
    platform.keepAlive(Promise.race([result, suspended]))
    return result
  }

  #resume(): void {
    const { publisher, isInvoked, source, loop } = this.#parts
    publisher.stopChecking()
    this.#count++
    if (this.#count > 1 || !isInvoked) return
    source.resumed()
    publisher.resources?.resume()
    loop.send({ type: 'resumed' })
  }

  #exit(): Promise<void> | undefined {
    const { loop, isInvoked, publisher } = this.#parts
    this.#count--
    if (this.#count > 0 || !isInvoked) return undefined
    loop.send({ type: 'suspended' })
    publisher.resources?.pause()
    for (const resolve of this.#onSuspend.splice(0)) resolve()
    return loop.isIdle ? undefined : platform.keepAlive(loop.idle())
  }

  #invocation(): Invocation<Value> {
    const { publisher, isInvoked } = this.#parts
    return { snapshot: publisher.pin(), isAlone: isInvoked, end: () => this.#exit() }
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
  async #enterWhenReady(): Promise<Invocation<Value>> {
    try {
      await this.#parts.publisher.readiness.ready.catch(() => this.refresh())
      return this.#invocation()
    } catch (error) {
      await this.#exit()
      throw error
    }
  }
}
