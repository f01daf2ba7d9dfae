import type { CallUsage, SourcePlace, SourceUsage } from '../ports.ts'
import { parseArn } from '../schema/arn.ts'
import type { CallAttempt } from './call.ts'

type Tally = { -readonly [Outcome in keyof CallUsage]: CallUsage[Outcome] }

/** Counts calls and decryptions. */
export class Usage {
  readonly #calls = new Map<string, Tally>()
  /** All attempts so far. */
  total = 0
  /** The account and region of the first parameter in an answer. */
  place: SourcePlace | undefined
  #decryptions = 0

  /** Whether AWS has answered or throttled a call. */
  get hasReached(): boolean {
    return [...this.#calls.values()].some(({ answered, throttled }) => answered + throttled > 0)
  }

  answered(arn: string | undefined): void {
    const parsed = this.place === undefined && arn !== undefined ? parseArn(arn) : undefined
    if (parsed?.isComplete === true) this.place = { accountId: parsed.account, region: parsed.region }
  }

  count({ action, outcome }: CallAttempt): void {
    const tally = this.#calls.get(action) ?? { answered: 0, throttled: 0, failed: 0, aborted: 0 }
    tally[outcome]++
    this.#calls.set(action, tally)
    this.total++
  }

  decrypted(count: number): void {
    this.#decryptions += count
  }

  shown(): SourceUsage {
    const calls = [...this.#calls].map(([action, tally]) => [action, { ...tally }] as const)
    return { calls: Object.fromEntries(calls), decryptions: this.#decryptions }
  }
}
