import type { Clock, SavedReading } from '../ports.ts'
import type { StoredKeys } from '../snapshot/diff.ts'
import { notNeeded, race, setTimer, settleWithin, withDeadline } from '../time/deadline.ts'
import { steadyClock } from '../time/steady-clock.ts'
import type { RestorableReading } from './restorer.ts'

/** Keeps the reading of one config. Its methods reject with an error whose message contains no value. */
export interface ReadingStore extends RestorableReading {
  /** Replaces the reading. */
  write(saved: SavedReading, signal: AbortSignal): Promise<void>
  /** Closes what was opened for this config. */
  close(): void
}

/** The objects that a writer works with. */
export interface WriterParts {
  readonly store: ReadingStore
  readonly clock: Clock
  /** The age at which a backup of an unchanged configuration is written again. */
  readonly renewAfterMs: number
  readonly isInvoked: boolean
  warn(error: unknown): void
}

interface WaitingReading {
  readonly saved: SavedReading
  readonly stored: StoredKeys
}

const writeEveryMs = 10_000
const writeTimeoutMs = 10_000
const closeTimeoutMs = 5_000
// An invocation waits for a write at most this long.
const pauseTimeoutMs = 2_000

/** Writes readings to a backup: one at a time, at most one in 10 s, and the latest one. */
export class BackupWriter {
  readonly #parts: WriterParts
  // With a clock that is set back, a write would wait for as much longer.
  readonly #time = steadyClock()
  /** The last reading that was written or restored. */
  #last: { readonly savedAt: number; readonly stored: StoredKeys } | undefined
  #waiting: WaitingReading | undefined
  #running: { readonly controller: AbortController; readonly done: Promise<void> } | undefined
  #startedAt = Number.NEGATIVE_INFINITY
  #cancelTimer: (() => void) | undefined
  #isPaused: boolean
  #isClosed = false

  constructor(parts: WriterParts) {
    this.#parts = parts
    this.#isPaused = parts.isInvoked
  }

  /** Notes that the reading is the one in the backup, so that it is not written again soon. */
  restored({ savedAt }: SavedReading, stored: StoredKeys): void {
    this.#last = { savedAt, stored }
  }

  /** Writes a reading as soon as possible, unless the backup has the same one and is new enough. */
  write(saved: SavedReading, stored: StoredKeys): void {
    const { renewAfterMs } = this.#parts
    const { savedAt = 0 } = this.#last ?? {}
    // If the clock was set back, the date of the backup is in the future.
    const isNew = saved.savedAt >= savedAt && saved.savedAt - savedAt < renewAfterMs
    if (isNew && this.#last?.stored === stored) return
    this.#waiting = { saved, stored }
    this.#schedule()
  }

  resume(): void {
    this.#isPaused = false
    this.#schedule()
  }

  /** Waits for a running write, a short time. */
  async pause(): Promise<void> {
    this.#isPaused = true
    this.#stopTimer()
    await this.#finish(pauseTimeoutMs)
  }

  async close(): Promise<void> {
    this.#isPaused = true
    this.#stopTimer()
    const flush = async () => {
      await this.#running?.done
      if (this.#waiting !== undefined) this.#start()
      await this.#running?.done
    }
    await settleWithin(flush(), closeTimeoutMs, this.#parts.clock)
    this.#isClosed = true
    this.#running?.controller.abort(notNeeded)
    this.#parts.store.close()
  }

  async #finish(timeoutMs: number): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    await settleWithin(running.done, timeoutMs, this.#parts.clock)
    running.controller.abort(notNeeded)
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #schedule(): void {
    if (this.#waiting === undefined || this.#running !== undefined || this.#isPaused) return
    const { clock } = this.#parts
    const waitMs = writeEveryMs - (this.#time(clock.now()) - this.#startedAt)
    if (waitMs <= 0) this.#start()
    else
      this.#cancelTimer ??= setTimer(clock, waitMs, () => {
        this.#cancelTimer = undefined
        this.#schedule()
      })
  }

  #start(): void {
    const { clock } = this.#parts
    const next = this.#waiting
    if (next === undefined || this.#isClosed) return
    this.#waiting = undefined
    this.#startedAt = this.#time(clock.now())
    const controller = new AbortController()
    const done = this.#write(next, controller.signal).finally(() => {
      this.#running = undefined
      this.#schedule()
    })
    this.#running = { controller, done }
  }

  async #write(next: WaitingReading, signal: AbortSignal): Promise<void> {
    const { store, clock, warn } = this.#parts
    const { saved, stored } = next
    try {
      await withDeadline(clock, writeTimeoutMs, signal, (limit) => race(store.write(saved, limit), limit))
      this.#last = { savedAt: saved.savedAt, stored }
    } catch (error) {
      // An invocation that ended: the next one tries again.
      if (signal.aborted) this.#waiting ??= next
      else warn(error)
    }
  }
}
