import type { Clock } from '../ports.ts'
import { DeadlineReached, notNeeded, settleSoon } from '../time/deadline.ts'

/** How a thing is destroyed. */
export interface Disposal<Thing> {
  readonly clock: Clock
  readonly graceMs: number
  /** Aborts when the config or the resource is closed. The wait for `destroy` ends `graceMs` later. */
  readonly closing: AbortSignal
  destroy(thing: Thing): unknown
  /** Receives the error of `destroy`, or DeadlineReached when the wait for it ends. */
  onFailure(error: unknown): void
}

/** A thing with a count of its uses. */
export class Lease<Thing> {
  readonly thing: Thing
  readonly #disposal: Disposal<Thing>
  readonly #idle = new AbortController()
  #uses = 0
  #retiring: Promise<void> | undefined

  constructor(thing: Thing, disposal: Disposal<Thing>) {
    this.thing = thing
    this.#disposal = disposal
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
    const { clock, graceMs, closing, onFailure } = this.#disposal
    if (this.#uses > 0) await clock.sleep(graceMs, this.#idle.signal).catch(() => undefined)
    const limitMs = Math.max(graceMs, leastDestroyMs)
    const isOver = await settleSoon(this.#destroy(), closing, clock, limitMs)
    if (isOver === undefined) onFailure(new DeadlineReached(limitMs))
  }

  async #destroy(): Promise<true> {
    const { destroy, onFailure } = this.#disposal
    try {
      await destroy(this.thing)
    } catch (error) {
      onFailure(error)
    }
    return true
  }
}

// A `graceMs` of 0 should end uses, and still let an asynchronous `destroy` finish.
const leastDestroyMs = 250
