import { describeThrown, messageOf } from '../messages/describe-thrown.ts'
import type { SavedReading, SourcePlace } from '../ports.ts'
import type { BackedUpConfig, ConnectedBackup, Restoration, RestoreAttempt } from '../refresh/backup.ts'
import type { Refusal } from '../refresh/candidate.ts'
import type { KeptReading } from '../refresh/hints.ts'
import { type Published, verify } from '../snapshot/snapshot.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import { SavedSource } from './saved-source.ts'
import { BackupWriter, type ReadingStore } from './writer.ts'

const restoreTimeoutMs = 5_000
// AWS refuses requests signed by a clock with a larger error.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const maxClockErrorMs = 300_000
const hourMs = 3_600_000

/** Keeps the backup of a config: restores it before the first snapshot, and writes it after that. */
export class BackupKeeper implements ConnectedBackup {
  readonly #store: ReadingStore
  readonly #parts: BackedUpConfig
  readonly #writer: BackupWriter
  #isRefused = false

  constructor(store: ReadingStore, parts: BackedUpConfig) {
    const { clock, publisher, isInvoked } = parts
    this.#store = store
    this.#parts = parts
    const warn = (error: unknown) => publisher.warn(`the backup could not be written: ${describe(error)}`)
    // Renewed often enough that its age says little less than the last reading does.
    const renewAfterMs = Math.min(hourMs, store.maxAgeMs / 10)
    this.#writer = new BackupWriter({ store, clock, warn, renewAfterMs, isInvoked })
  }

  /**
   * Restores the backup, unless AWS has refused the start: it is for an outage alone. `refusal` is absent if AWS was not
   * read yet. Never rejects.
   */
  async restore(refusal: Refusal | undefined, attempt: RestoreAttempt, signal: AbortSignal): Promise<Restoration> {
    const { clock, publisher } = this.#parts
    if (refusal !== undefined && !isOutage(refusal)) this.#isRefused = true
    if (this.#isRefused || signal.aborted) return {}
    try {
      return await withDeadline(clock, restoreTimeoutMs, signal, (limit) => this.#restore(attempt, limit))
    } catch (error) {
      if (signal.aborted) return {}
      const ignored = describe(error)
      publisher.warn(`the backup is ignored: ${ignored}`)
      return { ignored }
    }
  }

  /** Writes the reading of a snapshot in the background, if AWS has confirmed it. */
  save(kept: KeptReading | undefined, published: Published | undefined): void {
    const { source } = this.#parts
    if (kept === undefined || published === undefined || published.snapshot.origin === 'backup') return
    const { snapshot, stored } = published
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

  async #restore(attempt: RestoreAttempt, signal: AbortSignal): Promise<Restoration> {
    const { clock, spec } = this.#parts
    const saved = await race(this.#store.read(signal), signal)
    if (saved === undefined) return { ignored: 'no backup was written yet' }
    const ageMs = clock.now() - saved.savedAt
    checkAge(ageMs, this.#store.maxAgeMs)
    await this.#checkPlace(saved.place)
    const result = await race(attempt(new SavedSource(saved, spec.planned.request), signal), signal)
    if (result.kind === 'refused') throw new Error(describeRefusal(result))
    if (result.kind === 'unchanged') return {}
    this.#writer.restored(saved, result.published.stored)
    return { published: verify(result.published, saved.savedAt, 'backup'), ageMs: Math.max(0, ageMs) }
  }

  // The same paths of another account or region hold other values.
  async #checkPlace(saved: SavedReading['place']): Promise<void> {
    const { source } = this.#parts
    const place: Partial<SourcePlace> = source.place() ?? (await source.where().then(toPlace, () => ({})))
    for (const part of ['accountId', 'region'] as const) {
      if (saved === undefined || place[part] === undefined || place[part] === saved[part]) continue
      const name = part === 'region' ? 'the region' : 'account'
      throw new Error(`it is from ${name} ${saved[part]}, and this config reads ${name} ${place[part]}`)
    }
  }
}

function toPlace({ account, region }: Awaited<ReturnType<BackedUpConfig['source']['where']>>): Partial<SourcePlace> {
  return { ...(account !== undefined && { accountId: account }), ...(region !== undefined && { region }) }
}

function isOutage({ missing, invalid, retry }: Refusal): boolean {
  return missing.length === 0 && invalid.length === 0 && retry === 'until-deadline'
}

function checkAge(ageMs: number, maxAgeMs: number): void {
  if (ageMs > maxAgeMs) {
    throw new Error(`it is ${describeTime(ageMs)} old, and maxAgeMs allows ${describeTime(maxAgeMs)}`)
  }
  if (ageMs < -maxClockErrorMs) {
    throw new Error(`it was written ${describeTime(-ageMs)} in the future: check the clock of this machine`)
  }
}

function describeTime(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`
  return ms < 2 * hourMs ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / hourMs)} h`
}

function describeRefusal({ missing, unreadable, invalid }: Refusal): string {
  const problems = [...missing, ...invalid, ...unreadable]
  const [first] = problems
  const place = [first?.key, first?.parameter].filter((part) => part !== undefined).join(' ')
  const more = problems.length > 1 ? `; and ${problems.length - 1} more` : ''
  return `the schema or a hook refuses it: ${place}${place === '' ? '' : ': '}${first?.detail ?? ''}${more}`
}

function describe(error: unknown): string {
  if (error instanceof DeadlineReached) return `it was ${error.message}`
  return messageOf(error) ?? describeThrown(error)
}
