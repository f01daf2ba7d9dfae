import type { Clock } from '../ports.ts'
import { plainResult } from '../schema/plain-result.ts'
import { isSameData } from '../snapshot/equal.ts'
import { sharedController } from '../time/abort-listeners.ts'
import { DeadlineReached, notNeeded, race, withDeadline } from '../time/deadline.ts'
import { Lease } from './lease.ts'
import type { CreateResource, ResourceOptions } from './resource-options.ts'

/** What a slot works with. */
export interface SlotParts<Value, Selected, Thing> {
  readonly select: (value: Value) => Selected
  readonly create: CreateResource<Selected, Thing>
  readonly options: ResourceOptions<Thing>
  readonly clock: Clock
  /** Hears of what `destroy` threw or rejected with. */
  onFailure(error: unknown): void
}

/** Something that was made and is not in its place yet: one of the two is to be called. */
export interface Prepared {
  /** Puts it in its place. @returns When what was there before is gone. */
  commit(): Promise<void>
  /** @returns When it is gone. */
  discard(): Promise<void>
}

interface Made<Value, Selected, Thing> {
  readonly value: Value
  readonly selected: Selected
  readonly holder: Lease<Thing>
}

const createTimeoutMs = 10_000
// What fails later than this would delay unrelated changes.
const slowMs = 1_000
const defaultGraceMs = 30_000

/** The place of one resource: what is there, and what would have to be. */
export class Slot<Value, Selected, Thing> {
  readonly vetoes: boolean
  readonly name: string | undefined
  /** How often in a row it could not be made. */
  failures = 0
  readonly #parts: SlotParts<Value, Selected, Thing>
  readonly #closing = sharedController()
  #made: Made<Value, Selected, Thing> | undefined
  #attempted: { readonly selected: Selected } | undefined
  #isTooSlow = false

  constructor(parts: SlotParts<Value, Selected, Thing>) {
    this.#parts = parts
    this.vetoes = parts.options.onFailure === 'veto'
    this.name = parts.options.name
  }

  get holder(): Lease<Thing> | undefined {
    return this.#made?.holder
  }

  /** Whether publishing goes on without the new one: an attempt since the last success took too long to fail. */
  get isTooSlow(): boolean {
    return !this.vetoes && this.#isTooSlow
  }

  /** Whether the last attempt was to make what the value asks for. @throws what `select` throws. */
  hasAttempted(value: Value): boolean {
    return this.#attempted !== undefined && isSameData(this.#select(value), this.#attempted.selected)
  }

  /** Whether what is here was made of something else. @throws Whatever `select` throws. */
  isOutdated(value: Value): boolean {
    if (this.#made?.value === value) return false
    return this.#made === undefined || !isSameData(this.#select(value), this.#made.selected)
  }

  /** Makes what the value asks for. @throws Whatever `select` and `create` throw; DeadlineReached after 10 s. */
  async prepare(value: Value, signal: AbortSignal): Promise<Prepared> {
    const selected = this.#select(value)
    const holder = this.#hold(await this.#attempt(selected, signal))
    return {
      commit: () => this.#swap({ value, selected, holder }),
      discard: () => holder.retire(),
    }
  }

  /** For good. @returns When what was here is gone, or has been waited for long enough. */
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
        // One that comes too late is nobody's.
        if (limit.aborted) creating.then((thing) => this.#hold(thing).retire()).catch(() => undefined)
        throw error
      }
    })
  }

  #swap(made: Made<Value, Selected, Thing> | undefined): Promise<void> {
    const before = this.#made
    this.#made = made
    this.#isTooSlow = false
    this.failures = 0
    return before?.holder.retire() ?? Promise.resolve()
  }

  #hold(thing: Thing): Lease<Thing> {
    const { clock, options, onFailure } = this.#parts
    const { graceMs = defaultGraceMs, destroy = () => undefined } = options
    return new Lease(thing, { clock, graceMs, closing: this.#closing.signal, destroy, onFailure })
  }
}
