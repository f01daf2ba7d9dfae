import type { Clock } from '../ports.ts'
import { plainResult } from '../schema/plain-result.ts'
import { isSameData } from '../snapshot/diff.ts'
import { sharedController } from '../time/abort.ts'
import { DeadlineReached, notNeeded, race, settleSoon, withDeadline } from '../time/deadline.ts'
import type { CreateResource, ResourceOptions } from './resources.ts'

/** The arguments of one call of `resource()`. */
export interface SlotParts<Value, Selected, Thing> {
  readonly select: (value: Value) => Selected
  readonly create: CreateResource<Selected, Thing>
  readonly options: ResourceOptions<Thing>
  readonly clock: Clock
  /** Receives the errors of `destroy`. */
  onFailure(error: unknown): void
}

/** A resource that was created and not swapped in. The caller calls one of the methods. */
export interface Prepared {
  /** Swaps it in. Resolves when the previous resource is destroyed. */
  commit(): Promise<void>
  /** Resolves when it is destroyed. */
  discard(): Promise<void>
}

interface Created<Value, Selected, Thing> {
  readonly value: Value
  readonly selected: Selected
  readonly lease: Lease<Thing>
}

const createTimeoutMs = 10_000
// Later failures would delay unrelated changes.
const slowMs = 1_000
const defaultGraceMs = 30_000

/** The present resource of one call of `resource()`, and its replacement. */
export class Slot<Value, Selected, Thing> {
  readonly vetoes: boolean
  readonly name: string | undefined
  /** The number of consecutive failures of `create`. */
  failures = 0
  readonly #parts: SlotParts<Value, Selected, Thing>
  readonly #closing = sharedController()
  #created: Created<Value, Selected, Thing> | undefined
  #attempted: { readonly selected: Selected } | undefined
  #isTooSlow = false

  constructor(parts: SlotParts<Value, Selected, Thing>) {
    this.#parts = parts
    this.vetoes = parts.options.onFailure === 'veto'
    this.name = parts.options.name
  }

  get lease(): Lease<Thing> | undefined {
    return this.#created?.lease
  }

  /** Whether publication does not wait for `create`, because it failed slowly since the last success. */
  get isTooSlow(): boolean {
    return !this.vetoes && this.#isTooSlow
  }

  /** Whether the last attempt was for an equal selected value. @throws the error of `select`. */
  hasAttempted(value: Value): boolean {
    return this.#attempted !== undefined && isSameData(this.#select(value), this.#attempted.selected)
  }

  /** Whether the present resource is for another selected value. @throws the error of `select`. */
  isOutdated(value: Value): boolean {
    if (this.#created?.value === value) return false
    return this.#created === undefined || !isSameData(this.#select(value), this.#created.selected)
  }

  /** Creates a resource for the value. @throws the error of `select` or `create`; DeadlineReached after 10 s. */
  async prepare(value: Value, signal: AbortSignal): Promise<Prepared> {
    const selected = this.#select(value)
    const lease = this.#lease(await this.#attempt(selected, signal))
    return {
      commit: () => this.#swap({ value, selected, lease }),
      discard: () => lease.retire(),
    }
  }

  /** Closes the slot. Resolves when the resource is destroyed, or when the limit for `destroy` has passed. */
  empty(): Promise<void> {
    this.#closing.abort(notNeeded)
    return this.#swap(undefined)
  }

  #select(value: Value): Selected {
    return plainResult('resource(): select', this.#parts.select(value))
  }

  async #attempt(selected: Selected, signal: AbortSignal): Promise<Thing> {
    const { clock } = this.#parts
    const startedAt = clock.now()
    this.#attempted = { selected }
    try {
      return await this.#create(selected, signal)
    } catch (error) {
      const isSlow = error instanceof DeadlineReached || clock.now() - startedAt > slowMs
      if (isSlow && !signal.aborted) this.#isTooSlow = true
      throw error
    }
  }

  #create(selected: Selected, signal: AbortSignal): Promise<Thing> {
    const { create, clock } = this.#parts
    return withDeadline(clock, createTimeoutMs, signal, async (limit) => {
      const creating = (async () => create(selected, { signal: limit }))()
      try {
        return await race(creating, limit)
      } catch (error) {
        // Destroy a resource that is created too late.
        if (limit.aborted) creating.then((thing) => this.#lease(thing).retire()).catch(() => undefined)
        throw error
      }
    })
  }

  #swap(created: Created<Value, Selected, Thing> | undefined): Promise<void> {
    const before = this.#created
    this.#created = created
    this.#isTooSlow = false
    this.failures = 0
    return before?.lease.retire() ?? Promise.resolve()
  }

  #lease(thing: Thing): Lease<Thing> {
    return new Lease(thing, this.#parts, this.#closing.signal)
  }
}

/** A thing with a count of its uses. */
export class Lease<Thing> {
  readonly thing: Thing
  readonly #parts: LeaseParts<Thing>
  readonly #closing: AbortSignal
  readonly #idle = new AbortController()
  #uses = 0
  #retiring: Promise<void> | undefined

  /** @param closing Aborts when the config or the resource is closed. The wait for `destroy` ends `graceMs` later. */
  constructor(thing: Thing, parts: LeaseParts<Thing>, closing: AbortSignal) {
    this.thing = thing
    this.#parts = parts
    this.#closing = closing
  }

  async use<Result>(work: (thing: Thing) => Result | Promise<Result>): Promise<Result> {
    this.#uses++
    try {
      return await work(this.thing)
    } finally {
      this.#uses--
      if (this.#uses === 0 && this.#retiring !== undefined) this.#idle.abort(notNeeded)
    }
  }

  /** Destroys the thing once, after its last use or `graceMs`. */
  retire(): Promise<void> {
    this.#retiring ??= this.#retire()
    return this.#retiring
  }

  async #retire(): Promise<void> {
    const { clock, options, onFailure } = this.#parts
    const { graceMs = defaultGraceMs } = options
    if (this.#uses > 0) await clock.sleep(graceMs, this.#idle.signal).catch(() => undefined)
    const limitMs = Math.max(graceMs, leastDestroyMs)
    const isOver = await settleSoon(this.#destroy(), this.#closing, clock, limitMs)
    if (isOver === undefined) onFailure(new DeadlineReached(limitMs))
  }

  async #destroy(): Promise<true> {
    const { options, onFailure } = this.#parts
    try {
      await options.destroy?.(this.thing)
    } catch (error) {
      onFailure(error)
    }
    return true
  }
}

type LeaseParts<Thing> = Pick<SlotParts<never, never, Thing>, 'clock' | 'options' | 'onFailure'>

// A `graceMs` of 0 should end uses, and still let an asynchronous `destroy` finish.
const leastDestroyMs = 250
