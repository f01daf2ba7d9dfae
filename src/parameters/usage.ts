import type { CallUsage, SourceUsage } from '../ports.ts'
import type { CallAttempt } from './aws-caller.ts'

type Tally = { -readonly [Outcome in keyof CallUsage]: CallUsage[Outcome] }

/** Counts what reading takes. */
export class Usage {
  readonly #calls = new Map<string, Tally>()
  #decryptions = 0
  #total = 0
  #account: string | undefined

  /** Attempts so far, whatever became of them. */
  get total(): number {
    return this.#total
  }

  /** Whether AWS has answered a call in some way. */
  get hasReached(): boolean {
    return [...this.#calls.values()].some(({ answered, throttled }) => answered + throttled > 0)
  }

  /** The account that the parameters of the answers are in. */
  get account(): string | undefined {
    return this.#account
  }

  /** Takes note of the account in the ARN of a parameter of the caller's own account. */
  noteAccount(arn: string | undefined): void {
    this.#account ??= /^arn:[\w-]+:ssm:[\w-]+:(\d{12}):/.exec(arn ?? '')?.[1]
  }

  count({ action, outcome }: CallAttempt): void {
    const tally = this.#calls.get(action) ?? { answered: 0, throttled: 0, failed: 0, aborted: 0 }
    tally[outcome]++
    this.#calls.set(action, tally)
    this.#total++
  }

  decrypted(count: number): void {
    this.#decryptions += count
  }

  shown(): SourceUsage {
    const calls = [...this.#calls].map(([action, tally]) => [action, { ...tally }] as const)
    return { calls: Object.fromEntries(calls), decryptions: this.#decryptions }
  }
}
