import type { $ZodType, output } from 'zod/v4/core'
import type { AwsClient } from '../aws/client.ts'
import type { SecretsVia, Strategy } from '../aws/routes.ts'
import type { Clock, Logger, NotificationSource, ParameterSource, Random } from '../ports.ts'
import type { DeepReadonly } from './deep-readonly.ts'
import type { Telemetry } from './telemetry.ts'

/** Stored text by key, as it would stand in Parameter Store: `{ db: { port: '5433' } }`. */
export interface Overrides {
  /** Text for one key, or more keys below it. */
  readonly [key: string]: string | Overrides
}

/** Overrides that are taken from environment variables when the configuration is loaded. Made by `fromEnv`. */
export interface EnvironmentOverrides {
  /** What the names of the variables begin with, such as `SHOP_`. */
  readonly environmentPrefix: string
}

// Tells them from the text for a key `environmentPrefix`. Registered, so that another installed copy recognizes it.
const brand: symbol = Symbol.for('liveparam.environment')

/** How the first snapshot is awaited. */
export interface StartupOptions {
  /**
   * How long reading, validating and preparing may take together, in milliseconds; a refresh has as long, and 10 s at
   * least. In Lambda the default is what the init phase leaves: 5 s, or less when the process has been starting for more
   * than 4 s; on Lambda Managed Instances it is 10 s.
   * @default 10_000
   */
  readonly timeoutMs?: number
  /**
   * `strict`: without a first snapshot by then, the start has failed. `background`: that is told as an `error` event,
   * and `ready` goes on waiting while it is tried again. So does `loadConfig`, however long that takes: use
   * `createConfig`, which gives the handle at once.
   * @default 'strict'
   */
  readonly mode?: 'strict' | 'background'
}

/** How often to read without a notification of a change. */
export interface PollOptions {
  /**
   * In milliseconds, at least 1,000; give or take a tenth, so that instances do not read together.
   * @default 60_000, or 6,000 for each call of a poll if that is longer; at least 300_000 while notifications work
   */
  readonly everyMs?: number
  /**
   * How often secrets are read again, in milliseconds, at least 1,000. Each time costs a decryption of each secret:
   * a secret cannot be asked for its version alone.
   * @default 300_000
   */
  readonly secretsEveryMs?: number
}

/** Everything that can be said about a configuration. */
export interface ConfigOptions<Schema extends $ZodType = $ZodType> {
  /** A zod 4 object or record (of `zod` or `zod/mini`): its keys are what is read. */
  readonly schema: Schema
  /**
   * The path, or paths, that the keys live under, such as `/shop/prod`. Of several, a later one wins for each key.
   * Needed unless every key has an absolute name or is a secret.
   * @default []
   */
  readonly path?: string | readonly string[]
  /**
   * Reads every parameter below `path` at the version that carries this label; those without it are not there.
   * @default undefined
   */
  readonly label?: string
  /**
   * How keys are spelled as path segments: `exact`, `kebab-case`, `snake_case`, `PascalCase`, or a function of the key.
   * @default 'exact'
   */
  readonly naming?: 'exact' | 'kebab-case' | 'snake_case' | 'PascalCase' | ((key: string) => string)
  /**
   * How AWS is read. `auto`: the names that the schema knows by name (`ssm:GetParameters`, ten a call, in parallel), and
   * by path (`ssm:GetParametersByPath`) what only the store knows, such as the keys of a record. `by-name` does
   * without paths; `by-path` lists by path alone, and asks by name for SecureStrings that have moved, secrets, the
   * sentinel and what a notification names. Of a look, none replaces another that is denied.
   * @default 'auto'
   */
  readonly strategy?: Strategy
  /**
   * The service that hands out secrets by their names. `parameter-store`: ten per call, within its 40 calls per second.
   * `secrets-manager`: one per call (`secretsmanager:GetSecretValue`), within a quota of its own of 10,000 per second.
   * Binary secrets, ARNs and secrets that AWS services manage always come from Secrets Manager.
   * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
   * @default 'parameter-store'
   */
  readonly secretsVia?: SecretsVia
  /**
   * Text that is laid over what is stored, by key; or `fromEnv(prefix)`. For a laptop, and for tests.
   * @default undefined
   */
  readonly overrides?: Overrides | EnvironmentOverrides
  /**
   * How the first snapshot is awaited, and for how long.
   * @default { timeoutMs: 10_000, mode: 'strict' }
   */
  readonly startup?: StartupOptions
  /**
   * Where to learn of changes: `sqsNotifications()` or `snsNotifications()` of `liveparam/sqs`, or one of your own.
   * @default none: changes are found by polling
   */
  readonly notifications?: NotificationSource | readonly NotificationSource[]
  /**
   * How often to look without being told; `false` for never.
   * @default every minute, or six seconds for each call that a look makes; five minutes while notifications work
   */
  readonly poll?: PollOptions | false
  /**
   * A parameter, by its full name or ARN, that whoever writes several parameters moves last. While a poll finds it
   * where it was, nothing else is read, every quarter of an hour aside; and what is read when it has moved is taken only
   * if it has not moved again meanwhile. Notifications, secrets and `refresh()` pass it by.
   * @default undefined
   */
  readonly sentinel?: string
  /**
   * Reads the policies of parameters, too: after the start, every day, and when one falls due. `expiring` tells of
   * those that are due, as it does of those that notifications tell of. Takes `ssm:DescribeParameters`, which AWS allows
   * for all parameters or none, and few times a second.
   * @default false
   */
  readonly policies?: boolean
  /**
   * Up to how long to wait, at random, before following a notification: for fleets that should not read all at once.
   * In milliseconds.
   * @default 0
   */
  readonly splayMs?: number
  /**
   * How old, in milliseconds, what is served may be before `health()` says `down`. It is served all the same.
   * @default undefined
   */
  readonly maxStaleMs?: number
  /**
   * Takes more than half of more than ten parameters that are gone at once for gone without a second look.
   * @default false
   */
  readonly allowShrink?: boolean
  /**
   * Looks at a candidate that satisfies the schema; throws to refuse it, or returns `false`, or a promise of that. Has
   * 10 s at most, of the time that the look has. What it throws is reported by its place in the code and not by its
   * message, if the configuration holds a secret.
   * @default undefined
   */
  readonly validate?: (
    next: DeepReadonly<output<Schema>>,
    previous: DeepReadonly<output<Schema>> | undefined,
    options: { readonly signal: AbortSignal },
  ) => unknown
  /**
   * Gets ready for a candidate that is about to be published: opens a connection with it, say. Throws to refuse it.
   * Has 10 s at most, of the time that the look has.
   * @default undefined
   */
  readonly prepare?: (
    next: DeepReadonly<output<Schema>>,
    previous: DeepReadonly<output<Schema>> | undefined,
    options: { readonly signal: AbortSignal },
  ) => unknown
  /**
   * An `SSMClient` to read with, of any version of the SDK. It keeps its own retries and is not closed.
   * @default a client made for this config, closed with it
   */
  readonly client?: AwsClient
  /**
   * A `SecretsManagerClient` for binary secrets and secret ARNs, of any version of the SDK. It keeps its own retries and
   * is not closed.
   * @default a client made when one is needed, closed with the config
   */
  readonly secretsClient?: AwsClient
  /**
   * The AWS region. Not together with `client`.
   * @default what the AWS SDK finds in the environment and the shared config file
   */
  readonly region?: string
  /**
   * The URL of another endpoint, such as that of a local AWS. Not together with `client`.
   * @default the endpoint of the region
   */
  readonly endpoint?: string
  /**
   * Gets messages, without values: what was loaded or has changed, what is odd, rejected or stale. `console`, pino,
   * winston and the Logger of Powertools fit as they are. `false` for silence.
   * @default one line on stderr, by `console`, when the config is rejected, stale or recovered, and when a start in mode
   * `background` fails
   */
  readonly logger?: Logger | false
  /**
   * Where metrics and spans go: `openTelemetry()` of `liveparam/otel`, or one of your own.
   * @default undefined
   */
  readonly telemetry?: Telemetry
  /**
   * Closes the config when it aborts; a start that is under way is then rejected.
   * @default undefined
   */
  readonly signal?: AbortSignal
  /**
   * The time. For tests.
   * @default the system's
   */
  readonly clock?: Clock
  /**
   * Randomness, for the spread of retries. For tests.
   * @default Math.random
   */
  readonly random?: Random
  /**
   * Somewhere else to read from than AWS. For tests, and for stores of your own.
   * @default Parameter Store and Secrets Manager
   */
  readonly source?: ParameterSource
}

/** A registry: an option that is missing here does not compile. */
export const optionNames: Record<keyof ConfigOptions, true> = {
  schema: true,
  path: true,
  label: true,
  naming: true,
  strategy: true,
  secretsVia: true,
  overrides: true,
  startup: true,
  notifications: true,
  poll: true,
  sentinel: true,
  policies: true,
  splayMs: true,
  maxStaleMs: true,
  allowShrink: true,
  validate: true,
  prepare: true,
  client: true,
  secretsClient: true,
  region: true,
  endpoint: true,
  logger: true,
  telemetry: true,
  signal: true,
  clock: true,
  random: true,
  source: true,
}

/**
 * Overrides from environment variables: `fromEnv('SHOP_')` takes the text for `db.maxPoolSize` from
 * `SHOP_DB__MAX_POOL_SIZE`. Words are joined by one underscore, keys by two. A list may be written with commas or as
 * JSON. A variable that is set to an empty text is ignored, with a warning.
 *
 * @throws TypeError when the prefix is empty: any variable would then be an override.
 */
export function fromEnv(prefix: string): EnvironmentOverrides {
  if (typeof prefix !== 'string' || prefix === '') throw new TypeError('fromEnv(): the prefix must not be empty')
  return Object.freeze({ environmentPrefix: prefix, [brand]: true })
}

/** Whether overrides come from the environment. */
export function isEnvironment(value: unknown): value is EnvironmentOverrides {
  return typeof value === 'object' && value !== null && Reflect.get(value, brand) === true
}
