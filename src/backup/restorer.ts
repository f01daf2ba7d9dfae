import { describeThrown, messageOf } from '../messages/describe-thrown.ts'
import type { SavedReading, SourcePlace } from '../ports.ts'
import type { BackedUpConfig, Restoration, RestoreAttempt } from '../refresh/backup.ts'
import type { Refusal } from '../refresh/candidate.ts'
import type { StoredKeys } from '../snapshot/diff.ts'
import { type Snapshot, verify } from '../snapshot/snapshot.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import { SavedSource } from './saved-source.ts'

/** A reading outside of the process, which a start can use. */
export interface RestorableReading {
  readonly origin: Extract<Snapshot<unknown>['origin'], 'backup' | 'shared-cache'>
  /** The age in milliseconds above which it is ignored. */
  readonly maxAgeMs: number
  /** Returns the reading that was written last; `undefined` if nothing was written. */
  read(signal: AbortSignal): Promise<SavedReading | undefined>
}

const restoreTimeoutMs = 5_000
// AWS refuses requests signed by a clock with a larger error.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
const maxClockErrorMs = 300_000
const hourMs = 3_600_000
const names = { backup: 'the backup', 'shared-cache': 'the shared cache' } as const
const nothingYet = { backup: 'no backup was written yet', 'shared-cache': 'it holds no reading' } as const

/** Makes the first snapshot of a reading outside of the process. */
export class Restorer {
  readonly #kept: RestorableReading
  readonly #parts: BackedUpConfig
  readonly #onRestored: (saved: SavedReading, stored: StoredKeys) => void
  #isRefused = false

  constructor(
    kept: RestorableReading,
    parts: BackedUpConfig,
    onRestored: (saved: SavedReading, stored: StoredKeys) => void = () => undefined,
  ) {
    this.#kept = kept
    this.#parts = parts
    this.#onRestored = onRestored
  }

  /**
   * Restores the reading, unless AWS has refused the start: it is for an outage alone. `refusal` is absent if AWS was not
   * read yet. Never rejects.
   */
  async restore(refusal: Refusal | undefined, attempt: RestoreAttempt, signal: AbortSignal): Promise<Restoration> {
    const { clock, publisher } = this.#parts
    if (refusal !== undefined && !isOutage(refusal)) this.#isRefused = true
    if (this.#isRefused || signal.aborted) return {}
    const name = names[this.#kept.origin]
    try {
      return await withDeadline(clock, restoreTimeoutMs, signal, (limit) => this.#restore(attempt, limit))
    } catch (error) {
      if (signal.aborted) return {}
      const reason = describe(error)
      publisher.warn(`${name} is ignored: ${reason}`)
      return { ignored: `${name} was not used: ${reason}` }
    }
  }

  async #restore(attempt: RestoreAttempt, signal: AbortSignal): Promise<Restoration> {
    const { clock, spec } = this.#parts
    const { origin, maxAgeMs } = this.#kept
    const saved = await race(this.#kept.read(signal), signal)
    if (saved === undefined) return { ignored: `${names[origin]} was not used: ${nothingYet[origin]}` }
    const ageMs = clock.now() - saved.savedAt
    checkAge(ageMs, maxAgeMs)
    await this.#checkPlace(saved.place)
    const result = await race(attempt(new SavedSource(saved, spec.planned.request), signal), signal)
    if (result.kind === 'refused') throw new Error(describeRefusal(result))
    if (result.kind === 'unchanged') return {}
    this.#onRestored(saved, result.published.stored)
    return { published: verify(result.published, saved.savedAt, origin), ageMs: Math.max(0, ageMs) }
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

/** Says why a reading could not be used or written, without a value of it. */
export function describe(error: unknown): string {
  if (error instanceof DeadlineReached) return `it was ${error.message}`
  return messageOf(error) ?? describeThrown(error)
}
