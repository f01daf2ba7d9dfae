import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { secretKey } from '../schema/secret-id.ts'

/** The secrets that were read, each with when that was: a reference cannot be asked for its version alone. */
export class SecretShelf {
  readonly #entries = new Map<string, Entry>()

  /** Everything on the shelf. */
  get requests(): SecretRequest[] {
    return [...this.#entries.values()].map(({ request }) => request)
  }

  /** When the one was read that was not read for longest; `undefined` when there is none. What failed does not count. */
  get oldestAt(): number | undefined {
    const times = [...this.#entries.values()].map(({ readAt }) => readAt).filter(Number.isFinite)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  outcomeOf(secret: SecretRequest): Outcome<StoredSecret> | undefined {
    return this.#entries.get(secretKey(secret))?.outcome
  }

  /** {@link outcomeOf} as of now, whatever is put later. */
  freeze(): (secret: SecretRequest) => Outcome<StoredSecret> | undefined {
    const outcomes = new Map([...this.#entries].map(([key, { outcome }]) => [key, outcome]))
    return (secret) => outcomes.get(secretKey(secret))
  }

  /** Those that are not here, or were read before that time. */
  missing(secrets: readonly SecretRequest[], readBefore: number): SecretRequest[] {
    return secrets.filter((secret) => (this.#entries.get(secretKey(secret))?.readAt ?? -Infinity) < readBefore)
  }

  /** What failed is not kept: it is asked for again, and what was there before is no answer any more. */
  put(secrets: readonly SecretRequest[], outcomes: readonly Outcome<StoredSecret>[], readAt: number): void {
    for (const [index, request] of secrets.entries()) {
      const outcome = outcomes[index]
      if (outcome === undefined) continue
      const isKnown = outcome.kind !== 'failed'
      this.#entries.set(secretKey(request), { request, outcome, readAt: isKnown ? readAt : -Infinity })
    }
  }

  /** Has them read again. */
  expire(secrets: readonly SecretRequest[]): void {
    for (const secret of secrets) {
      const entry = this.#entries.get(secretKey(secret))
      if (entry !== undefined) this.#entries.set(secretKey(secret), { ...entry, readAt: -Infinity })
    }
  }

  /** Forgets all others. */
  retain(secrets: readonly SecretRequest[]): void {
    const used = new Set(secrets.map(secretKey))
    for (const key of this.#entries.keys()) if (!used.has(key)) this.#entries.delete(key)
  }
}

interface Entry {
  readonly request: SecretRequest
  readonly outcome: Outcome<StoredSecret>
  readonly readAt: number
}
