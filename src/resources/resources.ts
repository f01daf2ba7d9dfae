import type { ResourceStatus } from '../config/status.ts'
import { ConfigError } from '../errors.ts'
import type { Clock, Random } from '../ports.ts'
import { sharedController } from '../time/abort-listeners.ts'
import { exponential } from '../time/backoff.ts'
import { DeadlineReached, notNeeded } from '../time/deadline.ts'
import { PausableClock } from '../time/pausable-clock.ts'
import type { Lease } from './lease.ts'
import type { CreateResource, ResourceOptions } from './resource-options.ts'
import { type Prepared, Slot } from './slot.ts'

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

/** The environment of resources. */
export interface ResourcesParts {
  readonly clock: Clock
  readonly random: Random
  onFailure(failure: ResourceFailure): void
  /** Keeps the process alive until the promise settles. */
  keepAlive<Result>(promise: Promise<Result>): Promise<Result>
}

/** An error of `create` or `destroy`. */
export interface ResourceFailure {
  readonly operation: 'create' | 'destroy'
  readonly error: unknown
  /** The index in the status. Absent if the resource was disposed of. */
  readonly index?: number
  /** The option `name`. */
  readonly name?: string
}

interface AnySlot<Value> {
  readonly vetoes: boolean
  readonly isTooSlow: boolean
  readonly name: string | undefined
  failures: number
  hasAttempted(value: Value): boolean
  isOutdated(value: Value): boolean
  prepare(value: Value, signal: AbortSignal): Promise<Prepared>
  empty(): Promise<void>
}

interface CatchUp {
  done: Promise<void>
  waiting: AbortController
  creating: AbortController | undefined
}

const backoff = exponential({ baseMs: 1_000, maxMs: 300_000, certainShare: 0.5 })

/** The resources of one config. */
export class Resources<Value> {
  readonly #parts: Omit<ResourcesParts, 'clock'>
  readonly #clock: PausableClock
  readonly #slots = new Set<AnySlot<Value>>()
  readonly #catchingUp = new Map<AnySlot<Value>, CatchUp>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #closing = sharedController()
  /** The resources for a candidate that is not published yet. */
  #pending: { readonly value: Value; readonly prepared: Map<AnySlot<Value>, Prepared> } | undefined
  #served: { readonly value: Value } | undefined

  constructor({ clock, ...parts }: ResourcesParts) {
    this.#clock = new PausableClock(clock)
    this.#parts = parts
  }

  get status(): ResourceStatus[] {
    return [...this.#slots].map((slot) => {
      const { name, failures } = slot
      return { ...(name !== undefined && { name }), isCurrent: !this.#isBehind(slot), failures }
    })
  }

  /** Requires a snapshot. @throws the error of `select` or `create`. */
  async add<Selected, Thing>(
    select: (value: Value) => Selected,
    create: CreateResource<Selected, Thing>,
    options: ResourceOptions<Thing>,
  ): Promise<Resource<Thing>> {
    const clock = this.#clock
    const onFailure = (error: unknown) => this.#report('destroy', slot, error)
    const slot: Slot<Value, Selected, Thing> = new Slot<Value, Selected, Thing>({
      select,
      create,
      options,
      clock,
      onFailure,
    })
    const { signal } = this.#closing
    do {
      await this.#fill(slot)
    } while (this.#isBehind(slot) && !signal.aborted)
    // In the same turn as the addition to the slots: close() empties only those.
    if (signal.aborted) await slot.empty()
    signal.throwIfAborted()
    this.#slots.add(slot)
    return new ResourceHandle(slot, () => this.#parts.keepAlive(this.#remove(slot)))
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
    this.#served = { value }
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

  async #fill(slot: AnySlot<Value>): Promise<void> {
    const { signal } = this.#closing
    if (this.#served === undefined || signal.aborted) return
    try {
      const prepared = await slot.prepare(this.#served.value, signal)
      this.#outlive(prepared.commit())
    } catch (error) {
      await slot.empty()
      if (!(error instanceof DeadlineReached)) throw error
      throw new ConfigError('RESOURCE_FAILED', `could not create a resource: ${error.message}`, { cause: error })
    }
  }

  #catchUp(slot: AnySlot<Value>): void {
    const running = this.#catchingUp.get(slot)
    if (running !== undefined) {
      this.#hurry(slot, running)
      return
    }
    const catchUp: CatchUp = { done: Promise.resolve(), waiting: new AbortController(), creating: undefined }
    this.#catchingUp.set(slot, catchUp)
    catchUp.done = this.#createUntilCurrent(slot, catchUp).finally(() => this.#catchingUp.delete(slot))
  }

  // Publication does not wait for a resource that fails slowly, so it is created immediately afterwards.
  #hurry(slot: AnySlot<Value>, { waiting, creating }: CatchUp): void {
    if (!slot.isTooSlow || this.#hasAttempted(slot)) return
    waiting.abort(notNeeded)
    creating?.abort(notNeeded)
  }

  async #createUntilCurrent(slot: AnySlot<Value>, catchUp: CatchUp): Promise<void> {
    while (this.#isOpen(slot) && this.#isBehind(slot)) {
      await this.#waitToCreate(slot, catchUp)
      const served = this.#served
      if (served === undefined || !this.#isOpen(slot) || !this.#isBehind(slot)) return
      const creating = new AbortController()
      catchUp.creating = creating
      try {
        const prepared = await slot.prepare(served.value, creating.signal)
        const isWanted = this.#isOpen(slot) && this.#served === served && this.#isBehind(slot)
        this.#outlive(isWanted ? prepared.commit() : prepared.discard())
      } catch (error) {
        if (this.#isOpen(slot) && !creating.signal.aborted) this.#noteFailure(slot, error)
      } finally {
        catchUp.creating = undefined
      }
    }
  }

  async #waitToCreate(slot: AnySlot<Value>, catchUp: CatchUp): Promise<void> {
    const { random } = this.#parts
    catchUp.waiting = new AbortController()
    const waitMs = slot.failures > 0 && this.#hasAttempted(slot) ? backoff.delay(slot.failures, random) : 0
    await this.#clock.sleep(waitMs, catchUp.waiting.signal).catch(() => undefined)
  }

  #hasAttempted(slot: AnySlot<Value>): boolean {
    try {
      return this.#served !== undefined && slot.hasAttempted(this.#served.value)
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

  #isOpen(slot: AnySlot<Value>): boolean {
    return !this.#closing.signal.aborted && this.#slots.has(slot)
  }

  #isBehind(slot: AnySlot<Value>): boolean {
    try {
      return this.#served !== undefined && slot.isOutdated(this.#served.value)
    } catch {
      return true
    }
  }

  #noteFailure(slot: AnySlot<Value>, error: unknown): void {
    slot.failures++
    this.#report('create', slot, error)
  }

  #report(operation: ResourceFailure['operation'], slot: AnySlot<Value>, error: unknown): void {
    const index = [...this.#slots].indexOf(slot)
    const { name } = slot
    this.#parts.onFailure({ operation, error, ...(index !== -1 && { index }), ...(name !== undefined && { name }) })
  }

  async #discardPending(): Promise<void> {
    const { prepared } = this.#pending ?? {}
    this.#pending = undefined
    await Promise.all([...(prepared?.values() ?? [])].map((one) => one.discard()))
  }

  async #remove(slot: AnySlot<Value>): Promise<void> {
    this.#slots.delete(slot)
    await slot.empty()
  }
}

interface LeaseSlot<Thing> {
  readonly lease: Lease<Thing> | undefined
}

class ResourceHandle<Thing> implements Resource<Thing> {
  readonly #slot: LeaseSlot<Thing>
  readonly #remove: () => Promise<void>

  constructor(slot: LeaseSlot<Thing>, remove: () => Promise<void>) {
    this.#slot = slot
    this.#remove = remove
  }

  get current(): Thing {
    return this.#lease().thing
  }

  async use<Result>(work: (thing: Thing) => Result | Promise<Result>): Promise<Result> {
    return this.#lease().use(work)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#remove()
  }

  #lease(): Lease<Thing> {
    const { lease } = this.#slot
    if (lease === undefined) throw closed()
    return lease
  }
}

function closed(): ConfigError {
  return new ConfigError('CLOSED', 'the resource is closed, or its config is')
}
