import type { Clock, Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { secretKey } from '../schema/secret-id.ts'
import { steadyClock } from '../time/steady-clock.ts'

/** The secrets that were read, each with when that was: a reference cannot be asked for its version alone. */
export class SecretCache {
  readonly #clock: Clock
  // A clock that is set back would make what was read look new for as long.
  readonly #time = steadyClock()
  readonly #entries = new Map<string, Entry>()
  #readings = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Everything on the shelf. */
  get requests(): SecretRequest[] {
    return [...this.#entries.values()].map(({ request }) => request)
  }

  /** The age of the secret whose last successful read is the oldest; `undefined` without secrets. */
  get oldestMs(): number | undefined {
    const times = [...this.#entries.values()].map(({ readAt }) => readAt).filter(Number.isFinite)
    return times.length === 0 ? undefined : this.#time(this.#clock) - Math.min(...times)
  }

  outcomeOf(secret: SecretRequest): Outcome<StoredSecret> | undefined {
    return this.#entries.get(secretKey(secret))?.outcome
  }

  /** {@link outcomeOf} as of now, whatever is put later. */
  freeze(): (secret: SecretRequest) => Outcome<StoredSecret> | undefined {
    const outcomes = new Map([...this.#entries].map(([key, { outcome }]) => [key, outcome]))
    return (secret) => outcomes.get(secretKey(secret))
  }

  /** Begins a reading in which secrets of up to that age need not be read again, and none is read twice. */
  startReading(maxAgeMs: number): SecretReading {
    const startedAt = this.#time(this.#clock)
    const isNew = ({ readAt, readBy }: Entry) => readBy === reading || startedAt - readAt < maxAgeMs
    const number = ++this.#readings
    const reading: SecretReading = {
      number,
      missing: (secrets) =>
        secrets.filter((secret) => {
          const entry = this.#entries.get(secretKey(secret))
          return entry === undefined || !isNew(entry)
        }),
      put: (secrets, outcomes) => {
        for (const [index, request] of secrets.entries()) {
          const outcome = outcomes[index]
          // An answer that came late may be older than what a later reading has.
          const isLate = (this.#entries.get(secretKey(request))?.readBy.number ?? 0) > number
          if (outcome === undefined || isLate) continue
          const readAt = outcome.kind === 'failed' ? Number.NEGATIVE_INFINITY : startedAt
          this.#entries.set(secretKey(request), { request, outcome, readAt, readBy: reading })
        }
      },
    }
    return reading
  }

  /** Has them read again. */
  expire(secrets: readonly SecretRequest[]): void {
    for (const secret of secrets) {
      const entry = this.#entries.get(secretKey(secret))
      if (entry !== undefined) this.#entries.set(secretKey(secret), { ...entry, readAt: Number.NEGATIVE_INFINITY })
    }
  }

  /** Forgets all others. */
  retain(secrets: readonly SecretRequest[]): void {
    const used = new Set(secrets.map(secretKey))
    for (const key of this.#entries.keys()) if (!used.has(key)) this.#entries.delete(key)
  }
}

/** One reading of secrets. */
export interface SecretReading {
  /** Counts the readings. */
  readonly number: number
  /** Those that are not here, or are too old. */
  missing(secrets: readonly SecretRequest[]): SecretRequest[]
  /** What failed is asked for again by the next reading, and what was there before is no answer any more. */
  put(secrets: readonly SecretRequest[], outcomes: readonly Outcome<StoredSecret>[]): void
}

interface Entry {
  readonly request: SecretRequest
  readonly outcome: Outcome<StoredSecret>
  readonly readAt: number
  readonly readBy: SecretReading
}
