import type { Clock } from '../ports.ts'
import { DeadlineReached, notNeeded, settleSoon } from '../time/deadline.ts'

/** What becomes of a thing that is not used any more. */
export interface Disposal<Thing> {
  readonly clock: Clock
  readonly graceMs: number
  /** Aborts when the config, or the resource, is closed: waiting for `destroy` ends `graceMs` later. */
  readonly closing: AbortSignal
  destroy(thing: Thing): unknown
  /** Takes what `destroy` threw or rejected with; a DeadlineReached if it is not waited for any longer. */
  onFailure(error: unknown): void
}

/** A thing, and how many are using it. */
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

  /** Destroys the thing after its last use, or when the grace is over; once. */
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

// A grace of 0 is meant for the uses, and not for what is asynchronous in `destroy`.
const leastDestroyMs = 250
