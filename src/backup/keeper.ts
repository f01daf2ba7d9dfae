import type { BackedUpConfig, ConnectedBackup, Restoration, RestoreAttempt } from '../refresh/backup.ts'
import type { Refusal } from '../refresh/candidate.ts'
import type { KeptReading } from '../refresh/hints.ts'
import type { Published } from '../snapshot/snapshot.ts'
import { describe, Restorer } from './restorer.ts'
import { BackupWriter, type ReadingStore } from './writer.ts'

const hourMs = 3_600_000

/** Keeps the backup of a config: restores it before the first snapshot, and writes it after that. */
export class BackupKeeper implements ConnectedBackup {
  readonly #parts: BackedUpConfig
  readonly #restorer: Restorer
  readonly #writer: BackupWriter

  constructor(store: ReadingStore, parts: BackedUpConfig) {
    const { clock, publisher, isInvoked } = parts
    this.#parts = parts
    const warn = (error: unknown) => publisher.warn(`the backup could not be written: ${describe(error)}`)
    // Renewed often enough that its age says little less than the last reading does.
    const renewAfterMs = Math.min(hourMs, store.maxAgeMs / 10)
    const writer = new BackupWriter({ store, clock, warn, renewAfterMs, isInvoked })
    this.#writer = writer
    this.#restorer = new Restorer(store, parts, (saved, stored) => writer.restored(saved, stored))
  }

  restore(refusal: Refusal | undefined, attempt: RestoreAttempt, signal: AbortSignal): Promise<Restoration> {
    return this.#restorer.restore(refusal, attempt, signal)
  }

  /** Writes the reading of a snapshot in the background, if AWS has confirmed it. */
  save(kept: KeptReading | undefined, published: Published | undefined): void {
    const { source } = this.#parts
    if (kept === undefined || published === undefined) return
    const { snapshot, stored } = published
    if (snapshot.origin === 'backup' || snapshot.origin === 'shared-cache') return
    const place = source.place()
    const saved = {
      savedAt: snapshot.verifiedAt,
      ...(place !== undefined && { place }),
      reading: kept.reading,
      secrets: [...kept.secrets.values()].map(({ request, outcome }) => ({ request, outcome })),
    }
    this.#writer.write(saved, stored)
  }

  /** Begins an invocation. */
  resume(): void {
    this.#writer.resume()
  }

  /** Ends an invocation. Resolves when nothing is running. */
  pause(): Promise<void> {
    return this.#writer.pause()
  }

  /** Writes what waits, within a time limit. */
  close(): Promise<void> {
    return this.#writer.close()
  }
}
