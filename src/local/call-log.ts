import type { Input } from './input.ts'

/** A call that was made. */
export interface RecordedCall {
  /** Such as `ssm:GetParameters`. */
  readonly action: string
  /** Without values of parameters and secrets. */
  readonly input: Readonly<Record<string, unknown>>
  /** Milliseconds since the Unix epoch. */
  readonly at: number
}

/** How much was asked for. */
export interface CallCounts {
  /** By IAM action. */
  readonly calls: Readonly<Record<string, number>>
  /** All of them. */
  readonly total: number
  /** By KMS, for whomever. */
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

/** Which calls were made. */
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
