import type { Clock, Random } from '../ports.ts'
import { setTimer } from '../time/deadline.ts'
import type { RedisLink } from './link.ts'
import type { SharedStore } from './store.ts'

/** What a lease works with. The callbacks do not throw. */
export interface LeaseParts {
  readonly store: SharedStore
  readonly link: RedisLink
  readonly clock: Clock
  readonly random: Random
  readonly leaseMs: number
  /** This instance reads AWS for all from now on. */
  onAcquired(): void
  /** It no longer does. */
  onLost(): void
}

// The first of the followers takes a free lease, and its announcement stops the others.
const takeoverJitterMs = 1_000
// An instance that cannot read AWS leaves that to others.
const holdOffMs = 30_000

/** The right to read AWS for all instances. It ends by itself when its holder stops extending it. */
export class Lease {
  /** Whether the last refresh could read. An instance that failed waits for its next refresh, and leaves the lease to others. */
  isAble = true
  readonly #parts: LeaseParts
  #isHeld = false
  /** When the lease ends that this or another instance has, as far as this one knows. */
  #endsAt = Number.NEGATIVE_INFINITY
  #holdsOffUntil = Number.NEGATIVE_INFINITY
  /** The number that came with the lease, for the first reading. */
  #firstNumber: number | undefined
  #cancelTimer: (() => void) | undefined
  #isWatching = false

  constructor(parts: LeaseParts) {
    this.#parts = parts
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  /** Extends the lease while this instance has it, and takes it when it is free. */
  watch(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    this.#arm()
  }

  /** Takes the lease if it may be free. Rejects if Redis fails. */
  async take(signal?: AbortSignal): Promise<boolean> {
    const { store, clock, leaseMs } = this.#parts
    if (this.#isHeld) return true
    const now = clock.now()
    if (now < this.#endsAt || now < this.#holdsOffUntil) return false
    const taken = await store.acquire(signal)
    if ('heldForMs' in taken) {
      this.#endsAt = clock.now() + taken.heldForMs
      this.#arm()
      return false
    }
    this.#firstNumber = taken.number
    this.#isHeld = true
    // From before the command, so that it does not seem to last longer than it does.
    this.#endsAt = now + leaseMs
    this.#arm()
    this.#parts.onAcquired()
    return true
  }

  /** The number for a reading; `undefined` if another instance has the lease now. Rejects if Redis fails. */
  async begin(signal?: AbortSignal): Promise<number | undefined> {
    const { store, clock, leaseMs } = this.#parts
    const first = this.#firstNumber
    this.#firstNumber = undefined
    if (first !== undefined) return first
    const endsAt = clock.now() + leaseMs
    const number = await store.begin(signal)
    if (number === undefined) this.lose()
    else this.#endsAt = endsAt
    return number
  }

  /** Another instance has extended its lease. */
  extended(): void {
    const { clock, leaseMs } = this.#parts
    if (!this.#isHeld) this.#endsAt = clock.now() + leaseMs
  }

  /** Another instance has given its lease back. */
  freed(): void {
    if (this.#isHeld) return
    this.#endsAt = Number.NEGATIVE_INFINITY
    this.#arm()
  }

  lose(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#firstNumber = undefined
    this.extended()
    this.#parts.onLost()
    this.#arm()
  }

  /** Gives the lease back, and leaves it to others for a while. */
  async yield(): Promise<void> {
    const { clock } = this.#parts
    this.#holdsOffUntil = clock.now() + holdOffMs
    await this.release()
  }

  async release(): Promise<void> {
    const { link, store } = this.#parts
    if (!this.#isHeld) return
    this.lose()
    await link.attempt(() => store.release())
    this.#endsAt = Number.NEGATIVE_INFINITY
    this.#arm()
  }

  /** Stops the timer. */
  stop(): void {
    this.#isWatching = false
    this.#cancelTimer?.()
  }

  #arm(): void {
    const { clock, random, leaseMs } = this.#parts
    this.#cancelTimer?.()
    if (!this.#isWatching) return
    const freeAt = Math.max(this.#endsAt, this.#holdsOffUntil, clock.now())
    const delayMs = this.#isHeld ? leaseMs / 3 : freeAt - clock.now() + random() * takeoverJitterMs
    this.#cancelTimer = setTimer(clock, delayMs, () => void this.#fire())
  }

  async #fire(): Promise<void> {
    const { link, clock, leaseMs, store } = this.#parts
    if (this.#isHeld) {
      const endsAt = clock.now() + leaseMs
      const isExtended = await link.attempt(() => store.renew())
      if (isExtended === true) this.#endsAt = endsAt
      // While Redis is away, another instance may have the lease by then.
      else if (isExtended === false || clock.now() >= this.#endsAt) this.lose()
    } else if (clock.now() >= this.#endsAt) {
      const isTaken = this.isAble ? await link.attempt(() => this.take()) : undefined
      if (isTaken === undefined) this.#endsAt = Math.max(this.#endsAt, clock.now() + leaseMs / 3)
    }
    this.#arm()
  }
}
