import type { AwsClient } from '../aws/client.ts'
import { checkEncryption, type DataKeyLimits } from '../backup/encryption-options.ts'
import type { SharedCache } from '../config/shared-cache.ts'
import { anything, aWebUrl, type Check, checkArguments, isDuration, someObject } from '../messages/check-arguments.ts'
import type { RedisClient } from './client.ts'
import { makeCache } from './redis-cache.ts'

export type { AwsClient } from '../aws/client.ts'
export type { DataKeyLimits } from '../backup/encryption-options.ts'
export type { SharedCache } from '../config/shared-cache.ts'
export type { EncryptionKeys } from '../ports.ts'
export type { RedisClient, RedisCommandOptions, RedisSubscriber } from './client.ts'

/** The options of {@link redisCache}. */
export interface RedisCacheOptions {
  /**
   * A connected client of the package `redis`, version 5 or 6, or another client behind an adapter. The config opens one
   * more connection with it, and closes only that one.
   */
  readonly client: RedisClient
  /**
   * The ARN of a symmetric AWS KMS key, or a list of ARNs in several regions. Each instance encrypts and decrypts with
   * it; Redis holds ciphertext only.
   */
  readonly keyId: string | readonly string[]
  /**
   * The name of the application: 1 to 60 letters, digits, dots, dashes and underscores. Instances share readings if their
   * application, paths and parameters are the same.
   * @default 'liveparam'
   */
  readonly app?: string
  /**
   * The age of a reading, in milliseconds, at least 1,000, up to which a start uses it without a call to Parameter Store
   * or Secrets Manager.
   * @default 60_000
   */
  readonly freshMs?: number
  /**
   * How long a data key of AWS KMS is used.
   * @default { maxAgeMs: 300_000, maxBytes: 1_073_741_824, maxMessages: 10_000 }
   */
  readonly cache?: DataKeyLimits
  /**
   * A `KMSClient` of any version of the AWS SDK v3, or a function that returns one for a region. It is not closed.
   * @default a client for each region of `keyId`, closed with the last config that uses it
   */
  readonly kmsClient?: AwsClient | ((region: string) => AwsClient)
  /**
   * The URL of another endpoint of AWS KMS, such as a local AWS. It cannot be combined with `kmsClient`.
   * @default the endpoint that the AWS SDK finds in the environment or the shared config file, or that of the region
   */
  readonly kmsEndpoint?: string
}

// Another instance takes over within 15 s: the rest of the time of a lease, and a random delay of a second at most.
const leaseMs = 12_000
const keepMs = 86_400_000
const commandMs = 500

/**
 * Makes the option `sharedCache`: the instances of a fleet share their readings through Redis, so that one of them reads
 * AWS for all. If Redis is away, slow or full, each instance reads AWS itself, with one warning.
 *
 * @throws TypeError for wrong options.
 */
export function redisCache(options: RedisCacheOptions): SharedCache {
  checkArguments('redisCache()', options, checks)
  if (options.client === undefined) throw new TypeError(`redisCache(): client must be ${aClient}`)
  const { client, keyId, app = 'liveparam', freshMs = 60_000, cache, kmsClient, kmsEndpoint } = options
  if (kmsClient !== undefined && kmsEndpoint !== undefined) {
    throw new TypeError('redisCache(): set either kmsClient or kmsEndpoint: the client has an endpoint')
  }
  const encryption = checkEncryption('redisCache()', {
    keyId,
    ...(cache !== undefined && { cache }),
    ...(kmsClient !== undefined && { client: kmsClient }),
    ...(kmsEndpoint !== undefined && { endpoint: kmsEndpoint }),
  })
  return makeCache({ client, app, encryption, times: { freshMs, leaseMs, keepMs, commandMs } })
}

const aClient = 'a client of the package redis, with sendCommand(), duplicate() and isReady'
const checks: Readonly<Record<keyof RedisCacheOptions, Check>> = {
  client: [isRedisClient, aClient],
  keyId: anything,
  app: [
    (value) => typeof value === 'string' && /^[\w.-]{1,60}$/.test(value),
    '1 to 60 letters, digits, dots, dashes and underscores',
  ],
  freshMs: [(value) => isDuration(value, 1_000), 'a number of milliseconds, 1,000 or more and finite'],
  cache: someObject,
  kmsClient: [isKmsClient, 'a KMSClient, or a function that returns one for a region'],
  kmsEndpoint: aWebUrl,
}

function isKmsClient(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && 'send' in value)
}

function isRedisClient(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const has = (name: string) => typeof Reflect.get(value, name) === 'function'
  return has('sendCommand') && has('duplicate') && typeof Reflect.get(value, 'isReady') === 'boolean'
}
