import type { $ZodType, output } from 'zod/v4/core'
import type { AwsClient, LightClient } from '../aws/client.ts'
import type { SecretsVia, Strategy } from '../aws/routes.ts'
import type { Backup, Clock, Logger, NotificationSource, ParameterSource, Random } from '../ports.ts'
import type { DeepReadonly } from './live-config.ts'
import type { SharedCache } from './shared-cache.ts'
import type { Telemetry } from './telemetry.ts'

/** Stored text by key, in the form that Parameter Store would hold: `{ db: { port: '5433' } }`. */
export interface Overrides {
  /** The text of one key, or the keys below it. */
  readonly [key: string]: string | Overrides
}

/** Overrides from environment variables, read when the configuration is loaded. Made by `fromEnv`. */
export interface EnvironmentOverrides {
  /** The prefix of the variable names, such as `SHOP_`. */
  readonly environmentPrefix: string
}

// A key of the schema can be called `environmentPrefix`. Registered, so that other installed copies recognize it.
const brand: symbol = Symbol.for('liveparam.environment')

/** How the config starts. */
export interface StartupOptions {
  /**
   * The deadline for reading, validating and preparing together, in milliseconds, above 0. A refresh has the same
   * deadline, but at least 10 s. In Lambda the default is the time that the init phase leaves: 5 s, or less if the
   * process has been starting for more than 4 s. On Lambda Managed Instances it is 10 s.
   * @default 10_000
   */
  readonly timeoutMs?: number
  /**
   * `strict`: without a first snapshot at the deadline, the start fails. `background`: a failed start emits `error`,
   * the config keeps trying, and `ready` stays pending. `loadConfig` then waits without a limit, so use `createConfig`,
   * which returns the live config immediately. `warm`: the start uses the reading in the `sharedCache`, or else the `backup`, at once, and reads AWS after that.
   * Without a usable backup it is `strict`.
   * @default 'strict'
   */
  readonly mode?: 'strict' | 'background' | 'warm'
}

/** How often the config reads without a notification. */
export interface PollOptions {
  /**
   * The time between polls, in milliseconds, at least 1,000. Each delay varies by 10 %, so that instances do not poll
   * together.
   * @default 60_000, or 6_000 for each call of a poll if that is longer; 300_000 or more while notifications are
   * healthy
   */
  readonly everyMs?: number
  /**
   * The time between readings of secrets, in milliseconds, at least 1,000. Each reading decrypts every secret, because
   * AWS does not return the version of a secret alone.
   * @default 300_000
   */
  readonly secretsEveryMs?: number
}

/** The options of `defineConfig`, `loadConfig` and `createConfig`. */
export interface ConfigOptions<Schema extends $ZodType = $ZodType> {
  /** A zod 4 object or record (of `zod` or `zod/mini`). Its keys decide which parameters are read. */
  readonly schema: Schema
  /**
   * The path of the parameters, such as `/shop/prod`, or a list of paths (layers). For each key, the last layer that
   * stores it wins. Required unless every key has an absolute name or is a secret.
   * @default []
   */
  readonly path?: string | readonly string[]
  /**
   * Reads each parameter below `path` at the version that carries this label. Parameters without the label are missing.
   * @default undefined
   */
  readonly label?: string
  /**
   * How a key is spelled as a path segment: `exact`, `kebab-case`, `snake_case`, `PascalCase`, or a function of the
   * key.
   * @default 'exact'
   */
  readonly naming?: 'exact' | 'kebab-case' | 'snake_case' | 'PascalCase' | ((key: string) => string)
  /**
   * How parameters are read. `auto`: names that the schema knows are read by name (`ssm:GetParameters`, ten per call,
   * in parallel), and other names, such as the keys of a record, by path (`ssm:GetParametersByPath`). `by-name`: paths
   * are not read. `by-path`: paths are read, and only changed SecureStrings, secrets, the sentinel and the names in
   * notifications are read by name. A denied strategy is never replaced by another one.
   * @default 'auto'
   */
  readonly strategy?: Strategy
  /**
   * The service that secrets are read from, by name. `parameter-store`: ten per call, within its quota of 40 calls per
   * second. `secrets-manager`: one per call (`secretsmanager:GetSecretValue`), within its quota of 10,000 calls per
   * second. Binary secrets, ARNs and secrets that AWS services manage always come from Secrets Manager.
   * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
   * @default 'parameter-store'
   */
  readonly secretsVia?: SecretsVia
  /**
   * Text by key that replaces stored text, or `fromEnv(prefix)`. For development and tests.
   * @default undefined
   */
  readonly overrides?: Overrides | EnvironmentOverrides
  /**
   * How the config starts, and its deadline.
   * @default { timeoutMs: 10_000, mode: 'strict' }
   */
  readonly startup?: StartupOptions
  /**
   * One or more sources of change notifications: `sqsNotifications()` or `snsNotifications()` from `liveparam/sqs`,
   * `lambdaNotifications()` from `liveparam/lambda`, or a custom source.
   * @default none: polling finds the changes
   */
  readonly notifications?: NotificationSource | readonly NotificationSource[]
  /**
   * How often the config reads without a notification, or `false` for never.
   * @default every minute, or six seconds for each call of a poll if that is longer; five minutes while notifications
   * are healthy
   */
  readonly poll?: PollOptions | false
  /**
   * `redisCache()` from `liveparam/redis`: the instances of a fleet share their readings, so that one of them reads AWS
   * for all.
   * @default undefined
   */
  readonly sharedCache?: SharedCache
  /**
   * The full name or ARN of a parameter that writers of several parameters change last. A poll reads the sentinel
   * first. If it is unchanged, the poll reads nothing else, except once in 15 minutes. If it has changed, the poll
   * reads everything, and discards the result if the sentinel changed again during the reading. Notifications, secrets
   * and `refresh()` ignore the sentinel.
   * @default undefined
   */
  readonly sentinel?: string
  /**
   * The longest random delay before a refresh after a notification, in milliseconds, at least 0. It keeps the instances
   * of a fleet from reading at the same time.
   * @default 0
   */
  readonly splayMs?: number
  /**
   * The age of the snapshot, in milliseconds, at least 1, above which the config is stale (`age-exceeded`) and
   * `health()` returns `down`. `current` stays readable.
   * @default undefined
   */
  readonly maxStaleMs?: number
  /**
   * Whether to publish a snapshot at once in which more than half of more than ten parameters are gone. By default, a
   * second reading 30 s later must confirm it.
   * @default false
   */
  readonly allowShrink?: boolean
  /**
   * Checks a candidate that satisfies the schema. It rejects the candidate by throwing or by returning `false`, or a
   * promise of either. Its limit is 10 s, within the deadline. The error message is reported unless it quotes a secret;
   * then the place in the code is reported instead.
   * @default undefined
   */
  readonly validate?: (
    next: DeepReadonly<output<Schema>>,
    previous: DeepReadonly<output<Schema>> | undefined,
    options: { readonly signal: AbortSignal },
  ) => unknown
  /**
   * Prepares for a candidate before it is published, for example by opening a connection. It rejects the candidate by
   * throwing. Its limit is 10 s, within the deadline.
   * @default undefined
   */
  readonly prepare?: (
    next: DeepReadonly<output<Schema>>,
    previous: DeepReadonly<output<Schema>> | undefined,
    options: { readonly signal: AbortSignal },
  ) => unknown
  /**
   * An `SSMClient` of any version of the AWS SDK v3, which keeps its own retries, or `lightClient()` from
   * `liveparam/light`, which serves secrets too. The config does not close it.
   * @default a client for this config, which closes it
   */
  readonly client?: AwsClient | LightClient
  /**
   * A `SecretsManagerClient` of any version of the AWS SDK v3, for binary secrets and secret ARNs. It keeps its own
   * retries, and the config does not close it.
   * @default a light `client`, or a client that is created when one is needed, and closed with the config
   */
  readonly secretsClient?: AwsClient | LightClient
  /**
   * The AWS region. It cannot be combined with `client`.
   * @default the region that the AWS SDK finds in the environment or the shared config file
   */
  readonly region?: string
  /**
   * The URL of another endpoint, such as a local AWS. It cannot be combined with `client`.
   * @default the endpoint that the AWS SDK finds in the environment or the shared config file, or that of the region
   */
  readonly endpoint?: string
  /**
   * Receives messages without values: loads, changes, warnings, rejections and failures. `console`, pino, winston and
   * the Logger of Powertools fit as they are. `false` turns messages off.
   * @default `console` prints one line on stderr when a configuration is rejected, when the config becomes stale or
   * recovers, when a start in mode `background` fails, and for each warning
   */
  readonly logger?: Logger | false
  /**
   * Receives metrics and spans: `openTelemetry()` from `liveparam/otel`, or a custom one.
   * @default undefined
   */
  readonly telemetry?: Telemetry
  /**
   * Keeps the last good reading outside of the process: `encryptedBackup()` from `liveparam/backup`. If AWS cannot be
   * reached until the deadline of the start, the config starts from the backup, in state `stale` (`from-backup`). A denial,
   * and missing or invalid parameters, still fail the start.
   * @default undefined
   */
  readonly backup?: Backup
  /**
   * Closes the config when it aborts. A pending start rejects with `ABORTED`.
   * @default undefined
   */
  readonly signal?: AbortSignal
  /**
   * The clock, for tests.
   * @default the system clock
   */
  readonly clock?: Clock
  /**
   * The randomness of delays, for tests.
   * @default Math.random
   */
  readonly random?: Random
  /**
   * A source other than AWS, for tests and custom stores.
   * @default Parameter Store and Secrets Manager
   */
  readonly source?: ParameterSource
}

/**
 * Makes overrides from environment variables: `fromEnv('SHOP_')` takes the text of `db.maxPoolSize` from
 * `SHOP_DB__MAX_POOL_SIZE`. One underscore joins words, two join keys. A list may be written with commas or as JSON. An
 * empty variable is ignored, with a warning.
 *
 * @throws TypeError if the prefix is empty, because every variable would then be an override.
 */
export function fromEnv(prefix: string): EnvironmentOverrides {
  if (typeof prefix !== 'string' || prefix === '') throw new TypeError('fromEnv(): the prefix must not be empty')
  return Object.freeze({ environmentPrefix: prefix, [brand]: true })
}

export function isEnvironment(value: unknown): value is EnvironmentOverrides {
  return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true
}
