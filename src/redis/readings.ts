import { UnusableReading } from '../backup/unusable-reading.ts'
import type { Clock, Random } from '../ports.ts'
import { withDeadline } from '../time/deadline.ts'
import { isSigned, type Place, type SignedHead } from './head.ts'
import { UnusableAnswer } from './link.ts'
import { confirm, type HeldReading, isSame, open, type SealParts, seal } from './sealed-reading.ts'
import type { SharedContent } from './shared-content.ts'
import type { SharedStore } from './store.ts'

/** What readings are fetched and written with. */
export interface ReadingsParts {
  readonly store: SharedStore
  readonly sealing: SealParts
  readonly clock: Clock
  readonly random: Random
}

type WriteResult = 'written' | 'older' | 'incomplete'

// AWS KMS is another service, with its own retries, and its SDK takes long to load on a busy machine. No caller waits.
const sealTimeoutMs = 20_000

/** A reading that this instance has made, or fetched. */
export interface KnownReading {
  readonly head: Place & Partial<Pick<SignedHead, 'id'>>
  readonly content: SharedContent
}

/** The newest reading of the cache that this instance knows. It is never replaced by an older one. */
export class SharedReadings {
  readonly #parts: ReadingsParts
  #held: HeldReading | undefined
  /** The last reading of this instance, while it is not stored. */
  #own: KnownReading | undefined
  #writing: Promise<unknown> = Promise.resolve()

  constructor(parts: ReadingsParts) {
    this.#parts = parts
  }

  /** The newest reading that is stored, as far as this instance knows. */
  get held(): HeldReading | undefined {
    return this.#held
  }

  /** The newest reading, stored or about to be. */
  get newest(): KnownReading | undefined {
    const [held, own] = [this.#held, this.#own]
    return own !== undefined && (held === undefined || own.head.number > held.head.number) ? own : held
  }

  /** Takes an announced head. Returns whether a newer reading has to be fetched. */
  accept(head: SignedHead): boolean {
    const held = this.#held
    if (held !== undefined && head.number <= held.head.number) return false
    if (held === undefined || !this.#isOf(head, held)) return true
    this.#hold({ ...held, head })
    return false
  }

  /** Fetches the stored reading if it is newer, and decrypts it within the time limit. Rejects if Redis or AWS KMS fails, or if it cannot be used. */
  async fetch(timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { store } = this.#parts
    if (this.#held !== undefined) {
      const head = await store.readHead(signal)
      if (head === undefined || !this.accept(head)) return
    }
    const stored = await store.read(signal)
    if (stored === undefined || !this.accept(stored.head)) return
    const opened = await this.#limited(timeoutMs, (call) => open(stored, this.#parts.sealing, call), signal).catch(
      async (error: unknown) => {
        // Otherwise a later reading with the same content would be written without it.
        const isCorrupt = error instanceof UnusableReading || error instanceof UnusableAnswer
        if (isCorrupt) await store.discard(stored.head)
        throw error
      },
    )
    if (this.#held === undefined || opened.head.number > this.#held.head.number) this.#hold(opened)
  }

  /**
   * Writes what this instance has read, after its earlier readings. Returns whether it is the newest; it is `older` if
   * another instance was faster.
   */
  write(content: SharedContent, place: Place, signal: AbortSignal): Promise<WriteResult> {
    const own = { head: place, content }
    this.#own = own
    const written = this.#writing.then(() => this.#write(content, place, signal))
    const end = () => {
      if (this.#own === own) this.#own = undefined
    }
    this.#writing = written.then(end, end)
    return written
  }

  async #write(content: SharedContent, place: Place, signal: AbortSignal): Promise<WriteResult> {
    const { store, sealing } = this.#parts
    const held = this.#held
    if (held !== undefined && isSame(content, held, sealing)) {
      const confirmed = confirm(held, place, sealing)
      const result = await store.write(confirmed.head, '')
      if (result === 'written') this.#hold(confirmed)
      if (result !== 'absent') return result
    }
    const sealed = await this.#limited(sealTimeoutMs, (call) => seal(content, place, sealing, call), signal)
    if (sealed === undefined) return 'incomplete'
    const result = await store.write(sealed.head, sealed.body)
    if (result === 'written') this.#hold(sealed.held)
    return result === 'written' ? 'written' : 'older'
  }

  #hold(held: HeldReading): void {
    this.#held = held
    this.#parts.store.know(held.head.number)
  }

  #isOf(head: SignedHead, { head: { id }, key }: HeldReading): boolean {
    return head.id === id && isSigned(head, key, this.#parts.sealing.identity.key)
  }

  #limited<Result>(
    timeoutMs: number,
    work: (call: { signal: AbortSignal; clock: Clock; random: Random }) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const { clock, random } = this.#parts
    return withDeadline(clock, timeoutMs, signal, (deadline) => work({ signal: deadline, clock, random }))
  }
}
