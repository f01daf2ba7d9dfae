import type { AwsClient } from '../aws/client.ts'
import { anything, aWebUrl, type Check, checkArguments, isDuration } from '../messages/check-arguments.ts'
import { parseArn } from '../schema/arn.ts'

/** How readings are encrypted. */
export interface EncryptionOptions {
  /**
   * The ARN of a symmetric AWS KMS key, or a list of ARNs in several regions: each key can decrypt, and every one of them
   * is needed to write. AWS KMS decrypts by the ARN of a key, so an alias is refused.
   */
  readonly keyId: string | readonly string[]
  /**
   * How long a data key is used, so that not every write and read calls AWS KMS.
   * @default { maxAgeMs: 300_000, maxBytes: 1_073_741_824, maxMessages: 10_000 }
   */
  readonly cache?: DataKeyLimits
  /**
   * A `KMSClient` of any version of the AWS SDK v3, which keeps its own retries, or a function that returns one for a
   * region. It is not closed.
   * @default a client for each region of `keyId`, closed with the last config that uses it
   */
  readonly client?: AwsClient | ((region: string) => AwsClient)
  /**
   * The URL of another endpoint, such as a local AWS. It cannot be combined with `client`.
   * @default the endpoint that the AWS SDK finds in the environment or the shared config file, or that of the region
   */
  readonly endpoint?: string
}

/** The limits of one data key. */
export interface DataKeyLimits {
  /** The longest time that a data key is used, in milliseconds, above 0. @default 300_000 */
  readonly maxAgeMs?: number
  /** The number of bytes that a data key encrypts, at least 1. @default 1_073_741_824 */
  readonly maxBytes?: number
  /** The number of readings that a data key encrypts, from 1 to 4,294,967,296. @default 10_000 */
  readonly maxMessages?: number
}

/** Checked options. */
export interface CheckedEncryption extends Pick<EncryptionOptions, 'client' | 'endpoint'> {
  readonly keyIds: readonly string[]
  readonly limits: Required<DataKeyLimits>
}

/**
 * Checks the options, and the other options of the caller.
 *
 * @throws TypeError for an invalid option. It names the caller and the option.
 */
export function checkEncryption(
  caller: string,
  options: EncryptionOptions,
  others: Readonly<Record<string, Check>> = {},
): CheckedEncryption {
  checkArguments(caller, options, { ...checks, ...others })
  const { keyId, cache = {}, client, endpoint } = options
  const keyIds = Object.freeze([keyId].flat())
  const aKey = 'the ARN of a KMS key, such as arn:aws:kms:eu-west-1:111122223333:key/…, or a list of them'
  if (keyIds.length === 0 || !keyIds.every(isKeyArn)) {
    const isAlias = keyIds.some((id) => typeof id === 'string' && id.includes('alias/'))
    const isEmpty = keyIds.some((id) => id === '' || id === undefined)
    const why = isAlias ? ': an alias cannot decrypt' : isEmpty ? ': it is empty: is its environment variable set?' : ''
    throw new TypeError(`${caller}: keyId must be ${aKey}${why}`)
  }
  if (new Set(keyIds).size < keyIds.length) throw new TypeError(`${caller}: keyId must not name a key twice`)
  if (client !== undefined && endpoint !== undefined) {
    throw new TypeError(`${caller}: set either client or endpoint: the client has an endpoint`)
  }
  checkArguments(`${caller}: cache`, cache, limitChecks)
  return Object.freeze({
    keyIds,
    limits: Object.freeze({ ...defaultLimits, ...withoutUndefined(cache) }),
    ...(client !== undefined && { client }),
    ...(endpoint !== undefined && { endpoint }),
  })
}

const checks: Readonly<Record<keyof EncryptionOptions, Check>> = {
  keyId: anything,
  cache: anything,
  client: [isClient, 'a KMSClient, or a function that returns one for a region'],
  endpoint: aWebUrl,
}

const defaultLimits: Required<DataKeyLimits> = { maxAgeMs: 300_000, maxBytes: 2 ** 30, maxMessages: 10_000 }

const limitChecks: Readonly<Record<keyof DataKeyLimits, Check>> = {
  maxAgeMs: [(value) => isDuration(value, 1), 'a number of milliseconds, 1 or more and finite'],
  maxBytes: [(value) => isCount(value, Number.MAX_SAFE_INTEGER), 'a whole number of bytes, 1 or more'],
  maxMessages: [(value) => isCount(value, 2 ** 32), 'a whole number from 1 to 4,294,967,296'],
}

function isCount(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most
}

function isClient(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && 'send' in value)
}

function isKeyArn(text: unknown): boolean {
  const { service, resource = '', isComplete } = (typeof text === 'string' && parseArn(text)) || {}
  return service === 'kms' && isComplete === true && /^key\/[\w-]+$/.test(resource)
}

function withoutUndefined(limits: DataKeyLimits): DataKeyLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}
