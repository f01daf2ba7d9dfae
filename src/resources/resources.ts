import type { EventPublisher } from '../config/event-publisher.ts'
import type { ResourceStatus } from '../config/status.ts'
import { ConfigError } from '../errors.ts'
import {
  type Check,
  checkArguments,
  checkFunction,
  isFunction,
  isString,
  someTime,
} from '../messages/check-arguments.ts'
import { describeThrown } from '../messages/describe-thrown.ts'
import { printable } from '../messages/printable.ts'
import type { Clock, Random } from '../ports.ts'
import { sharedController } from '../time/abort.ts'
import { exponential } from '../time/backoff.ts'
import { DeadlineReached, notNeeded } from '../time/deadline.ts'
import { PausableClock } from '../time/pausable-clock.ts'
import { type Lease, type Prepared, Slot } from './slot.ts'

/** A resource, such as a pool or a client, that is replaced when its part of the configuration changes. */
export interface Resource<Thing> extends AsyncDisposable {
  /**
   * The present resource. It can be destroyed after a change: hold it with {@link Resource.use} for longer work.
   *
   * @throws ConfigError `CLOSED` if the config is closed or the resource was disposed of.
   */
  readonly current: Thing
  /**
   * Calls `work` with the present resource, which stays usable until `work` settles, but at most `graceMs` after it was
   * replaced.
   *
   * @throws the error of `work`; ConfigError `CLOSED` as for `current`.
   */
  use<Result>(work: (thing: Thing) => Result | Promise<Result>): Promise<Result>
}

/** The options of `resource`. */
export interface ResourceOptions<Thing> {
  /**
   * The name in messages, in `status().resources` and on the status page, such as `'orders pool'`.
   * @default its index in `status().resources`
   */
  readonly name?: string
  /**
   * Destroys a replaced resource after its last `use()`, or after `graceMs`. An error or rejection is emitted as
   * `listenerError`, also during `close()`.
   * @default replaced resources are dropped
   */
  readonly destroy?: (thing: Thing) => unknown
  /**
   * The time that a replaced resource can stay in use before it is destroyed, in milliseconds, at least 0. `close()`
   * and the disposal of the resource wait for `destroy` as long again, at least 250 ms, and then emit a `warning`.
   * @default 30_000
   */
  readonly graceMs?: number
  /**
   * The effect of a failure of `create`. `keep-old`: the snapshot is published, the old resource stays in use,
   * `health()` is `degraded`, and `create` is retried. If `create` took more than a second to fail, later snapshots are
   * published without waiting for it, until it succeeds. `veto`: the candidate is rejected. Every candidate waits for
   * `create`.
   * @default 'keep-old'
   */
  readonly onFailure?: 'keep-old' | 'veto'
}

/** Creates a resource from the selected part of the configuration. Its limit is 10 s; the signal aborts then. */
export type CreateResource<Selected, Thing> = (
  selected: Selected,
  options: { readonly signal: AbortSignal },
) => Thing | Promise<Thing>

const checks: Readonly<Record<keyof ResourceOptions<unknown>, Check>> = {
  name: isString,
  destroy: isFunction,
  graceMs: someTime,
  onFailure: [(value) => value === 'keep-old' || value === 'veto', "'keep-old' or 'veto'"],
}

/** What resources need from the config. */
export interface ResourcesParts<Value> {
  readonly clock: Clock
  readonly random: Random
  readonly publisher: ResourcePublisher<Value>
  /** Keeps the process alive until the promise settles. */
  keepAlive<Result>(promise: Promise<Result>): Promise<Result>
}

/** The part of the publisher that resources use. */
interface ResourcePublisher<Value> {
  readonly snapshot: { readonly value: Value } | undefined
  readonly readiness: { readonly ready: Promise<void> }
  readonly emitter: Pick<EventPublisher<Value>['emitter'], 'emit'>
  warn(message: string): void
}

/** A slot for any selected value and any thing. */
type AnySlot<Value> = Pick<
  Slot<Value, unknown, unknown>,
  'vetoes' | 'isTooSlow' | 'name' | 'failures' | 'hasAttempted' | 'isOutdated' | 'prepare' | 'empty'
>

/** The attempts to create a resource from the published value. */
interface CatchUp {
  done: Promise<void>
  waiting: AbortController
  creating: AbortController | undefined
}

const backoff = exponential({ baseMs: 1_000, maxMs: 300_000, certainShare: 0.5 })

/** The resources of one config. */
export class Resources<Value> {
  readonly #parts: ResourcesParts<Value>
  readonly #clock: PausableClock
  readonly #slots = new Set<AnySlot<Value>>()
  readonly #catchingUp = new Map<AnySlot<Value>, CatchUp>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #closing = sharedController()
  /** The resources for a candidate that is not published yet. */
  #pending: { readonly value: Value; readonly prepared: Map<AnySlot<Value>, Prepared> } | undefined

  constructor(parts: ResourcesParts<Value>) {
    this.#parts = parts
    this.#clock = new PausableClock(parts.clock)
  }

  get status(): ResourceStatus[] {
    return [...this.#slots].map((slot) => {
      const { name, failures } = slot
      return { ...(name !== undefined && { name }), isCurrent: !this.#isBehind(slot), failures }
    })
  }

  /** @throws TypeError if an argument is invalid; the error of the start; the error of `select` or `create`. */
  async add<Selected, Thing>(
    select: (value: Value) => Selected,
    create: CreateResource<Selected, Thing>,
    options: ResourceOptions<Thing>,
  ): Promise<Resource<Thing>> {
    const { publisher, keepAlive } = this.#parts
    checkFunction('resource()', 'select', select)
    checkFunction('resource()', 'create', create)
    checkArguments('resource()', options, checks)
    const onFailure = (error: unknown) => this.#report('destroy', slot, error)
    const slot: Slot<Value, Selected, Thing> = new Slot({ select, create, options, clock: this.#clock, onFailure })
    await publisher.readiness.ready
    await keepAlive(this.#addSlot(slot))
    return {
      get current() {
        return heldBy(slot).thing
      },
      use: async (work) => heldBy(slot).use(work),
      [Symbol.asyncDispose]: () => {
        this.#slots.delete(slot)
        return keepAlive(slot.empty())
      },
    }
  }

  /** Creates the resources for a candidate. @throws the error of one with `veto`; the others are destroyed. */
  async prepare(value: Value, signal: AbortSignal): Promise<void> {
    this.#outlive(this.#discardPending())
    const prepared = new Map<AnySlot<Value>, Prepared>()
    const vetoes: unknown[] = []
    const prepareOne = async (slot: AnySlot<Value>) => {
      try {
        if (slot.isOutdated(value) && !slot.isTooSlow) prepared.set(slot, await slot.prepare(value, signal))
      } catch (error) {
        if (signal.aborted) return
        if (slot.vetoes) vetoes.push(error)
        else this.#noteFailure(slot, error)
      }
    }
    await Promise.all([...this.#slots].map(prepareOne))
    this.#pending = { value, prepared }
    if (vetoes.length > 0 || signal.aborted) {
      this.#outlive(this.#discardPending())
      throw vetoes[0] ?? signal.reason
    }
  }

  /** Swaps in the prepared resources after a snapshot was published. */
  commit(value: Value): void {
    const { value: preparedFor, prepared } = this.#pending ?? {}
    if (preparedFor === value) {
      this.#pending = undefined
      for (const one of prepared?.values() ?? []) this.#outlive(one.commit())
    } else this.#outlive(this.#discardPending())
    for (const slot of this.#slots) if (this.#isBehind(slot)) this.#catchUp(slot)
  }

  /** Stops the clock, and aborts retries of `create`. They start again after {@link Resources.resume}. */
  pause(): void {
    this.#clock.pause()
    for (const { creating } of this.#catchingUp.values()) creating?.abort(notNeeded)
  }

  resume(): void {
    this.#clock.resume()
  }

  /** Resolves when every resource is destroyed. */
  async close(): Promise<void> {
    this.#clock.resume()
    this.#closing.abort(closed())
    for (const { waiting, creating } of this.#catchingUp.values()) {
      waiting.abort(notNeeded)
      creating?.abort(closed())
    }
    await Promise.all([this.#discardPending(), ...[...this.#slots].map((slot) => slot.empty())])
    await Promise.all([...[...this.#catchingUp.values()].map(({ done }) => done), ...this.#leaving])
  }

  async #addSlot(slot: AnySlot<Value>): Promise<void> {
    const { signal } = this.#closing
    do {
      await this.#fill(slot)
    } while (this.#isBehind(slot) && !signal.aborted)
    // In the same turn as the addition to the slots: close() empties only those.
    if (signal.aborted) await slot.empty()
    signal.throwIfAborted()
    this.#slots.add(slot)
  }

  async #fill(slot: AnySlot<Value>): Promise<void> {
    const { signal } = this.#closing
    const { snapshot } = this.#parts.publisher
    if (snapshot === undefined || signal.aborted) return
    try {
      const prepared = await slot.prepare(snapshot.value, signal)
      this.#outlive(prepared.commit())
    } catch (error) {
      await slot.empty()
      if (!(error instanceof DeadlineReached)) throw error
      throw new ConfigError('RESOURCE_FAILED', `could not create a resource: ${error.message}`, { cause: error })
    }
  }

  #catchUp(slot: AnySlot<Value>): void {
    const running = this.#catchingUp.get(slot)
    if (running === undefined) {
      const catchUp: CatchUp = { done: Promise.resolve(), waiting: new AbortController(), creating: undefined }
      this.#catchingUp.set(slot, catchUp)
      catchUp.done = this.#createUntilCurrent(slot, catchUp).finally(() => this.#catchingUp.delete(slot))
    } else if (slot.isTooSlow && !this.#hasAttempted(slot)) {
      // Publication does not wait for a resource that fails slowly, so it is created immediately afterwards.
      running.waiting.abort(notNeeded)
      running.creating?.abort(notNeeded)
    }
  }

  async #createUntilCurrent(slot: AnySlot<Value>, catchUp: CatchUp): Promise<void> {
    const { random, publisher } = this.#parts
    const isWanted = () => !this.#closing.signal.aborted && this.#slots.has(slot) && this.#isBehind(slot)
    while (isWanted()) {
      catchUp.waiting = new AbortController()
      const waitMs = slot.failures > 0 && this.#hasAttempted(slot) ? backoff.delay(slot.failures, random) : 0
      await this.#clock.sleep(waitMs, catchUp.waiting.signal).catch(() => undefined)
      const { snapshot } = publisher
      if (snapshot === undefined || !isWanted()) return
      const creating = new AbortController()
      catchUp.creating = creating
      try {
        const prepared = await slot.prepare(snapshot.value, creating.signal)
        const isCurrent = publisher.snapshot?.value === snapshot.value && isWanted()
        this.#outlive(isCurrent ? prepared.commit() : prepared.discard())
      } catch (error) {
        const isOpen = !this.#closing.signal.aborted && this.#slots.has(slot)
        if (isOpen && !creating.signal.aborted) this.#noteFailure(slot, error)
      } finally {
        catchUp.creating = undefined
      }
    }
  }

  #hasAttempted(slot: AnySlot<Value>): boolean {
    return this.#isPublished((value) => slot.hasAttempted(value))
  }

  #isBehind(slot: AnySlot<Value>): boolean {
    return this.#isPublished((value) => slot.isOutdated(value))
  }

  #isPublished(is: (value: Value) => boolean): boolean {
    const { snapshot } = this.#parts.publisher
    try {
      return snapshot !== undefined && is(snapshot.value)
    } catch {
      // The error of the selector was reported by `prepare`.
      return true
    }
  }

  // close() waits for the last use of replaced resources.
  #outlive(leaving: Promise<void>): void {
    this.#leaving.add(leaving)
    void leaving.then(() => this.#leaving.delete(leaving))
  }

  #noteFailure(slot: AnySlot<Value>, error: unknown): void {
    slot.failures++
    this.#report('create', slot, error)
  }

  #report(operation: 'create' | 'destroy', slot: AnySlot<Value>, error: unknown): void {
    const { publisher } = this.#parts
    const index = [...this.#slots].indexOf(slot)
    publisher.emitter.emit('listenerError', { event: 'resource', error, ...(index !== -1 && { resource: index }) })
    const place = index === -1 ? 'a resource' : `resource ${index} of status().resources`
    const which = slot.name === undefined ? place : `resource ${printable(slot.name)}`
    const isLate = error instanceof DeadlineReached
    const reason = isLate ? error.message : describeThrown(error)
    publisher.warn(`could not ${operation} ${which}: ${reason}: ${remedyFor(operation, isLate)}`)
  }

  async #discardPending(): Promise<void> {
    const { prepared } = this.#pending ?? {}
    this.#pending = undefined
    await Promise.all([...(prepared?.values() ?? [])].map((one) => one.discard()))
  }
}

function remedyFor(operation: 'create' | 'destroy', isLate: boolean): string {
  if (operation === 'create') return 'the previous resource stays in use, and liveparam retries'
  return isLate
    ? 'liveparam no longer waits for it: check for connections that were not released, or raise graceMs'
    : 'see the listenerError event'
}

function heldBy<Thing>({ lease }: Pick<Slot<never, never, Thing>, 'lease'>): Lease<Thing> {
  if (lease === undefined) throw closed()
  return lease
}

function closed(): ConfigError {
  return new ConfigError('CLOSED', 'the resource is closed, or its config is')
}
