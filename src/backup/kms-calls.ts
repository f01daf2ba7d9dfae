import { toCallError } from '../aws/aws-messages.ts'
import { AwsCallError } from '../aws/call-error.ts'
import { attemptTimeoutMs, type OpenClient } from '../aws/client.ts'
import { retryAfter } from '../aws/retry.ts'
import type { Clock, Random } from '../ports.ts'
import { exponential } from '../time/backoff.ts'
import { race, withDeadline } from '../time/deadline.ts'
import type { KmsAnswer, KmsClient } from './encryption-sdk.mjs'

/** The circumstances of one encryption or decryption. */
export interface EncryptionCall {
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly random: Random
}

type Operation = 'GenerateDataKey' | 'Encrypt' | 'Decrypt'

const maxAttempts = 3
const backoff = exponential({ baseMs: 100, maxMs: 1_000 })

/** Makes the calls to AWS KMS of one encryption or decryption, with a few attempts each. */
export class KmsCalls {
  /** The failures so far. The SDK reports them as one text. */
  readonly failures: AwsCallError[] = []
  readonly #open: (region: string) => Promise<OpenClient>
  readonly #call: EncryptionCall

  constructor(open: (region: string) => Promise<OpenClient>, call: EncryptionCall) {
    this.#open = open
    this.#call = call
  }

  /** The client of a region, in the form that the AWS Encryption SDK uses. */
  clientOf(region: string): KmsClient {
    const send = (operation: Operation) => (input: object) => this.#send(region, operation, input)
    return { generateDataKey: send('GenerateDataKey'), encrypt: send('Encrypt'), decrypt: send('Decrypt') }
  }

  async #send(region: string, operation: Operation, input: object): Promise<KmsAnswer> {
    const { signal, clock, random } = this.#call
    let client: OpenClient | undefined
    let attempts = 0
    const attempt = async () => {
      client ??= await this.#open(region)
      const { call } = client
      attempts++
      const request = (limit: AbortSignal) => call<KmsAnswer>(operation, input, { abortSignal: limit })
      return withDeadline(clock, attemptTimeoutMs, signal, (limit) => race(request(limit), limit))
    }
    const describe = (error: unknown) => {
      return describeFailure(toCallError(error, `kms:${operation}`, attempts, { host: client?.connections?.host }))
    }
    const delayAfter = async (error: unknown, count: number) => {
      const isOver = count >= maxAttempts || !describe(error).failure.isTransient
      return isOver ? undefined : backoff.delay(count, random)
    }
    try {
      return await attempt().catch((first) => retryAfter(first, attempt, { signal, clock, delayAfter }))
    } catch (error) {
      signal.throwIfAborted()
      const failure = describe(error)
      this.failures.push(failure)
      throw failure
    }
  }
}

/** Says which call of AWS KMS failed, why, and what to do. */
export function describeKmsFailure({ failure: { action, detail, remedy } }: AwsCallError): string {
  return `${action === undefined ? '' : `${action}: `}${detail}: ${remedy}`
}

// The remedies of other calls are about Parameter Store.
function describeFailure(error: AwsCallError): AwsCallError {
  const { failure, errorName } = error
  const remedy =
    failure.code === 'THROTTLED'
      ? 'raise the quota of AWS KMS for cryptographic operations in this account and region'
      : errorName === 'NotFoundException'
        ? 'correct keyId: the ARN of a key in this account and region'
        : undefined
  return remedy === undefined ? error : new AwsCallError({ ...failure, remedy }, errorName)
}
