import type { Input } from './input.ts'

/**
 * A call that the local AWS received.
 *
 * @experimental
 */
export interface RecordedCall {
  /** The IAM action, for example `ssm:GetParameters`. */
  readonly action: string
  /** The members of the request, without values of parameters and secrets. */
  readonly input: Readonly<Record<string, unknown>>
  /** When the call arrived, in milliseconds since the Unix epoch. */
  readonly at: number
}

/**
 * The number of calls.
 *
 * @experimental
 */
export interface CallCounts {
  /** Calls by IAM action. */
  readonly calls: Readonly<Record<string, number>>
  /** All calls. */
  readonly total: number
  /** Decryptions by KMS, including those for Parameter Store and Secrets Manager. */
  readonly decryptions: number
}

const maxRecorded = 10_000
const hidden = [
  'Value',
  'SecretString',
  'SecretBinary',
  'Plaintext',
  'MessageBody',
  'Message',
  'MessageAttributes',
  'Entries',
  'PublishBatchRequestEntries',
  'Event',
]

/** Records and counts calls. */
export class CallLog {
  readonly requests: RecordedCall[] = []
  #calls: Record<string, number> = {}

  get counts(): Omit<CallCounts, 'decryptions'> {
    const total = Object.values(this.#calls).reduce((sum, count) => sum + count, 0)
    return { calls: { ...this.#calls }, total }
  }

  record(action: string, input: Input, at: number): void {
    this.#calls[action] = (this.#calls[action] ?? 0) + 1
    const shown = Object.fromEntries(Object.entries(input).filter(([member]) => !hidden.includes(member)))
    this.requests.push({ action, input: shown, at })
    if (this.requests.length > maxRecorded) this.requests.shift()
  }

  reset(): void {
    this.#calls = {}
    this.requests.length = 0
  }
}
