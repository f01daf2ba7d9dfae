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

/** Something that is made of a part of the configuration, and made anew when that changes: a pool, a client. */
export interface Resource<Thing> extends AsyncDisposable {
  /**
   * What is there now. What is kept for longer may be destroyed meanwhile: see {@link Resource.use}.
   *
   * @throws ConfigError `CLOSED` when the config is closed, or the resource disposed of.
   */
  readonly current: Thing
  /** Works with what is there now, which is not destroyed meanwhile, for `graceMs` at least. @throws As `current`. */
  use<Result>(work: (thing: Thing) => Result | Promise<Result>): Promise<Result>
}

/** What resources work with. */
export interface ResourcesParts {
  readonly clock: Clock
  readonly random: Random
  onFailure(failure: ResourceFailure): void
  /** Has the process wait for a promise. */
  keepAlive<Result>(promise: Promise<Result>): Promise<Result>
}

/** Something that was thrown while a resource was made or destroyed. */
export interface ResourceFailure {
  readonly what: 'made' | 'destroyed'
  readonly error: unknown
  /** Its place in the status; absent when it was disposed of. */
  readonly index?: number
  /** The option of that name. */
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
  making: AbortController | undefined
}

const backoff = exponential({ baseMs: 1_000, maxMs: 300_000, certainShare: 0.5 })

/** Everything that is made of the configuration. */
export class Resources<Value> {
  readonly #parts: Omit<ResourcesParts, 'clock'>
  readonly #clock: PausableClock
  readonly #slots = new Set<AnySlot<Value>>()
  readonly #catchingUp = new Map<AnySlot<Value>, CatchUp>()
  readonly #leaving = new Set<Promise<void>>()
  readonly #closing = sharedController()
  /** Made for a candidate that is not published yet. */
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

  /** Once something is served. @throws Whatever `select` and `create` throw. */
  async add<Selected, Thing>(
    select: (value: Value) => Selected,
    create: CreateResource<Selected, Thing>,
    options: ResourceOptions<Thing>,
  ): Promise<Resource<Thing>> {
    const clock = this.#clock
    const onFailure = (error: unknown) => this.#tell('destroyed', slot, error)
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
    // In the turn in which it joins the others: close() destroys those alone.
    if (signal.aborted) await slot.empty()
    signal.throwIfAborted()
    this.#slots.add(slot)
    return new ResourceHandle(slot, () => this.#parts.keepAlive(this.#remove(slot)))
  }

  /** Makes whatever a candidate asks for. @throws What one that vetoes has thrown; nothing is left of the others. */
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

  /** A value is published from now on. */
  commit(value: Value): void {
    const { value: preparedFor, prepared } = this.#pending ?? {}
    this.#served = { value }
    if (preparedFor === value) {
      this.#pending = undefined
      for (const one of prepared?.values() ?? []) this.#outlive(one.commit())
    } else this.#outlive(this.#discardPending())
    for (const slot of this.#slots) if (this.#isBehind(slot)) this.#catchUp(slot)
  }

  /** Has time stand still, and breaks off what is being made by itself, which is no failure: that is begun anew. */
  pause(): void {
    this.#clock.pause()
    for (const { making } of this.#catchingUp.values()) making?.abort(notNeeded)
  }

  /** Ends a {@link Resources.pause}. */
  resume(): void {
    this.#clock.resume()
  }

  /** Destroys everything, and resolves when it is gone. */
  async close(): Promise<void> {
    this.#clock.resume()
    this.#closing.abort(closed())
    for (const { waiting, making } of this.#catchingUp.values()) {
      waiting.abort(notNeeded)
      making?.abort(closed())
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
      throw new ConfigError('RESOURCE_FAILED', `a resource could not be made: ${error.message}`, { cause: error })
    }
  }

  #catchUp(slot: AnySlot<Value>): void {
    const known = this.#catchingUp.get(slot)
    if (known !== undefined) {
      this.#hurry(slot, known)
      return
    }
    const catchUp: CatchUp = { done: Promise.resolve(), waiting: new AbortController(), making: undefined }
    this.#catchingUp.set(slot, catchUp)
    catchUp.done = this.#makeUntilCurrent(slot, catchUp).finally(() => this.#catchingUp.delete(slot))
  }

  // What has failed slowly was not made before the candidate was published, so it has to be made soon after.
  #hurry(slot: AnySlot<Value>, { waiting, making }: CatchUp): void {
    if (!slot.isTooSlow || this.#hasAttempted(slot)) return
    waiting.abort(notNeeded)
    making?.abort(notNeeded)
  }

  async #makeUntilCurrent(slot: AnySlot<Value>, catchUp: CatchUp): Promise<void> {
    while (this.#isOpen(slot) && this.#isBehind(slot)) {
      await this.#waitToMake(slot, catchUp)
      const served = this.#served
      if (served === undefined || !this.#isOpen(slot) || !this.#isBehind(slot)) return
      const making = new AbortController()
      catchUp.making = making
      try {
        const prepared = await slot.prepare(served.value, making.signal)
        const isWanted = this.#isOpen(slot) && this.#served === served && this.#isBehind(slot)
        this.#outlive(isWanted ? prepared.commit() : prepared.discard())
      } catch (error) {
        if (this.#isOpen(slot) && !making.signal.aborted) this.#noteFailure(slot, error)
      } finally {
        catchUp.making = undefined
      }
    }
  }

  async #waitToMake(slot: AnySlot<Value>, catchUp: CatchUp): Promise<void> {
    const { random } = this.#parts
    catchUp.waiting = new AbortController()
    const waitMs = slot.failures > 0 && this.#hasAttempted(slot) ? backoff.delay(slot.failures, random) : 0
    await this.#clock.sleep(waitMs, catchUp.waiting.signal).catch(() => undefined)
  }

  #hasAttempted(slot: AnySlot<Value>): boolean {
    try {
      return this.#served !== undefined && slot.hasAttempted(this.#served.value)
    } catch {
      // What is wrong with the selector was reported when something was to be made.
      return true
    }
  }

  // What is replaced stays for as long as it is used, and for that long the config is not closed.
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
    this.#tell('made', slot, error)
  }

  #tell(what: ResourceFailure['what'], slot: AnySlot<Value>, error: unknown): void {
    const index = [...this.#slots].indexOf(slot)
    const { name } = slot
    this.#parts.onFailure({ what, error, ...(index !== -1 && { index }), ...(name !== undefined && { name }) })
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

interface Held<Thing> {
  readonly holder: Lease<Thing> | undefined
}

class ResourceHandle<Thing> implements Resource<Thing> {
  readonly #slot: Held<Thing>
  readonly #remove: () => Promise<void>

  constructor(slot: Held<Thing>, remove: () => Promise<void>) {
    this.#slot = slot
    this.#remove = remove
  }

  get current(): Thing {
    return this.#holder().thing
  }

  async use<Result>(work: (thing: Thing) => Result | Promise<Result>): Promise<Result> {
    return this.#holder().use(work)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#remove()
  }

  #holder(): Lease<Thing> {
    const { holder } = this.#slot
    if (holder === undefined) throw closed()
    return holder
  }
}

function closed(): ConfigError {
  return new ConfigError('CLOSED', 'the resource is closed, or its config is')
}
