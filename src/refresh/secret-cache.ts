import type { Clock, Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { secretKey } from '../schema/secret-id.ts'
import { steadyClock } from '../time/steady-clock.ts'

/** The secrets, each with the time of its reading: the version of a reference cannot be read without its value. */
export class SecretCache {
  readonly #clock: Clock
  // With a clock that is set back, old secrets would count as new.
  readonly #time = steadyClock()
  readonly #entries = new Map<string, Entry>()
  #readings = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get requests(): SecretRequest[] {
    return [...this.#entries.values()].map(({ request }) => request)
  }

  /** The age of the oldest secret; `undefined` without secrets. Failures do not count. */
  get oldestMs(): number | undefined {
    const times = [...this.#entries.values()].map(({ readAt }) => readAt).filter(Number.isFinite)
    return times.length === 0 ? undefined : this.#time(this.#clock.now()) - Math.min(...times)
  }

  outcomeOf(secret: SecretRequest): Outcome<StoredSecret> | undefined {
    return this.#entries.get(secretKey(secret))?.outcome
  }

  /** {@link outcomeOf} as of now, independent of later readings. */
  freeze(): (secret: SecretRequest) => Outcome<StoredSecret> | undefined {
    const outcomes = new Map([...this.#entries].map(([key, { outcome }]) => [key, outcome]))
    return (secret) => outcomes.get(secretKey(secret))
  }

  /** Starts a reading. It reuses secrets up to this age, and reads no secret twice. */
  startReading(maxAgeMs: number): SecretReading {
    const startedAt = this.#time(this.#clock.now())
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
          // A late answer may be older than the answer of a later reading.
          const isLate = (this.#entries.get(secretKey(request))?.readBy.number ?? 0) > number
          if (outcome === undefined || isLate) continue
          const readAt = outcome.kind === 'failed' ? Number.NEGATIVE_INFINITY : startedAt
          this.#entries.set(secretKey(request), { request, outcome, readAt, readBy: reading })
        }
      },
    }
    return reading
  }

  /** Makes the next reading read them again. */
  expire(secrets: readonly SecretRequest[]): void {
    for (const secret of secrets) {
      const entry = this.#entries.get(secretKey(secret))
      if (entry !== undefined) this.#entries.set(secretKey(secret), { ...entry, readAt: Number.NEGATIVE_INFINITY })
    }
  }

  /** Removes all others. */
  retain(secrets: readonly SecretRequest[]): void {
    const used = new Set(secrets.map(secretKey))
    for (const key of this.#entries.keys()) if (!used.has(key)) this.#entries.delete(key)
  }
}

/** One reading of secrets. */
export interface SecretReading {
  /** Counts the readings. */
  readonly number: number
  /** The secrets that have to be read. */
  missing(secrets: readonly SecretRequest[]): SecretRequest[]
  /** A failure replaces the earlier outcome, and the next reading tries again. */
  put(secrets: readonly SecretRequest[], outcomes: readonly Outcome<StoredSecret>[]): void
}

interface Entry {
  readonly request: SecretRequest
  readonly outcome: Outcome<StoredSecret>
  readonly readAt: number
  readonly readBy: SecretReading
}
