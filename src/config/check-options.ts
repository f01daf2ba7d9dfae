import type { Problem } from '../errors.ts'
import {
  anything,
  aWebUrl,
  type Check,
  hasMethod,
  having,
  isDuration,
  isFunction,
  isRecord,
  someTime,
} from '../messages/check-arguments.ts'
import { nearest } from '../messages/nearest.ts'
import type { Clock, Random } from '../ports.ts'
import { isSchema, whyNotASchema } from '../schema/annotations.ts'
import { isSegment, type Naming, namingRules, whyNotAName } from '../schema/names.ts'
import { plainResult } from '../schema/plain-result.ts'
import { isReference } from '../schema/secret-id.ts'
import { type ConfigOptions, isEnvironment, type Overrides, type PollOptions, type StartupOptions } from './options.ts'
import { isUsableCache } from './shared-cache.ts'

/** Finds every problem of the options, apart from those of the schema. */
export function checkOptions(options: ConfigOptions): Problem[] {
  if (typeof options !== 'object' || options === null)
    return [invalid('options', 'the options are missing', 'pass an object with schema and path')]
  if (isSchema(options) || '_def' in options)
    return [invalid('options', 'this is a schema and not the options', 'pass { schema, path }')]
  return [
    ...checkEach(options, checks, ''),
    ...checkEach(options.startup, startupChecks, 'startup.'),
    ...checkEach(options.poll, pollChecks, 'poll.'),
    ...checkSchemaType(options.schema),
    ...checkPaths(options.path),
    ...checkTogether(options),
  ]
}

/** @throws TypeError if the clock returns something other than a time. */
export function checkClock(clock: Clock): void {
  const now: unknown = plainResult('clock.now()', clock.now())
  if (!Number.isFinite(now)) throw new TypeError('clock.now() must return milliseconds since the Unix epoch')
}

/** The same function. It throws a TypeError when it returns something other than a number. */
export function checkedRandom(random: Random): Random {
  return () => {
    const chance = plainResult('random()', random())
    if (typeof chance === 'number' && !Number.isNaN(chance)) return chance
    throw new TypeError('random() must return a number in [0, 1)')
  }
}

export function isNaming(value: unknown): value is Naming {
  return typeof value === 'function' || namingRules.some((rule) => rule === value)
}

export function isTree(value: unknown): value is Overrides {
  return isRecord(value) && !isEnvironment(value)
}

// The type has an error for an option that is missing here.
const checks: Readonly<Record<keyof ConfigOptions, Check>> = {
  schema: anything,
  path: anything,
  label: [(value) => typeof value === 'string' && /^[A-Za-z_.-][\w.-]{0,99}$/.test(value), 'a parameter label'],
  naming: [isNaming, `a function, or one of ${namingRules.join(', ')}`],
  strategy: oneOf('auto', 'by-name', 'by-path'),
  secretsVia: oneOf('parameter-store', 'secrets-manager'),
  overrides: [(value) => isEnvironment(value) || isTree(value), 'an object of stored text, or fromEnv(prefix)'],
  startup: [isRecord, "an object such as { timeoutMs: 10_000, mode: 'strict' }"],
  notifications: [
    isNotifications,
    'a notification source with a name, such as sqsNotifications({ queueUrl }), or a list of sources',
  ],
  poll: [
    (value) => value === false || isRecord(value),
    'an object such as { everyMs: 60_000, secretsEveryMs: 300_000 }, or false',
  ],
  sharedCache: [isUsableCache, 'redisCache() of liveparam/redis'],
  sentinel: [isSentinel, 'the full name of a parameter, such as /shop/prod/sentinel, or its ARN'],
  splayMs: someTime,
  maxStaleMs: timeFrom(1, '1'),
  allowShrink: [(value) => typeof value === 'boolean', 'true or false'],
  validate: isFunction,
  prepare: isFunction,
  client: [(value) => isClient(value, 'SSM'), 'an SSMClient, or lightClient() of liveparam/light'],
  secretsClient: [(value) => isClient(value, 'Secrets Manager'), 'a SecretsManagerClient'],
  region: [(value) => typeof value === 'string' && value !== '', 'a region such as eu-west-1'],
  endpoint: aWebUrl,
  logger: [(value) => value === false || hasMethod(value, 'warn'), 'an object with a method warn(message), or false'],
  telemetry: having('instrument', 'openTelemetry() of liveparam/otel'),
  backup: having('connect', 'encryptedBackup() of liveparam/backup'),
  signal: [(value) => value instanceof AbortSignal, 'an AbortSignal'],
  clock: [(value) => hasMethod(value, 'now') && hasMethod(value, 'sleep'), 'an object with now() and sleep()'],
  random: isFunction,
  source: having('read', 'an object with a method read(request, options)'),
}

export const optionNames: readonly string[] = Object.keys(checks)

const startupChecks: Readonly<Record<keyof StartupOptions, Check>> = {
  timeoutMs: [(value) => isDuration(value, Number.MIN_VALUE), 'a number of milliseconds, above 0 and finite'],
  mode: oneOf('strict', 'background', 'warm'),
}

const pollChecks: Readonly<Record<keyof PollOptions, Check>> = {
  everyMs: timeFrom(1_000, '1,000'),
  secretsEveryMs: timeFrom(1_000, '1,000'),
}

function oneOf(...values: readonly string[]): Check {
  return [(value) => values.some((known) => known === value), `one of ${values.join(', ')}`]
}

function timeFrom(ms: number, shown: string): Check {
  return [(value) => isDuration(value, ms), `a number of milliseconds, ${shown} or more and finite`]
}

function invalid(key: string, detail: string, remedy: string): Problem {
  return { code: 'INVALID_OPTION', key, detail, remedy }
}

function checkEach(given: unknown, known: Readonly<Record<string, Check>>, prefix: string): Problem[] {
  if (!isRecord(given)) return []
  const names = Object.keys(known)
  const unknown = Object.keys(given).filter((key) => !names.includes(key))
  const refused = Object.entries(known).filter(([key, [isValid]]) => given[key] !== undefined && !isValid(given[key]))
  return [
    ...unknown.map((key): Problem => {
      const close = nearest(key, names)
      const remedy = close === undefined ? `the options are ${names.join(', ')}` : `did you mean ${prefix}${close}?`
      return { code: 'UNKNOWN_OPTION', key: `${prefix}${key}`, detail: 'there is no such option', remedy }
    }),
    ...refused.map(([key, [, expected]]) => invalid(`${prefix}${key}`, 'the value is not allowed', `pass ${expected}`)),
  ]
}

function checkSchemaType(schema: unknown): Problem[] {
  if (isSchema(schema)) return []
  const detail = schema === undefined ? 'the schema is missing' : whyNotASchema(schema)
  return [invalid('schema', detail, 'pass a z.object() of zod 4')]
}

/** The option `path` as a list. */
export function listOfPaths(path: unknown): readonly unknown[] {
  if (path === undefined) return []
  return Array.isArray(path) ? path : [path]
}

function checkPaths(path: unknown): Problem[] {
  const list = listOfPaths(path)
  return list.flatMap((item, index) => {
    const fault = whyNotAPath(item)
    if (fault === undefined && list.indexOf(item) === index) return []
    const shown = typeof item === 'string' ? JSON.stringify(item.slice(0, 200)) : typeof item
    const remedy =
      fault === undefined
        ? 'remove one of the two: for each key, the last path in the list that stores it wins'
        : 'a path is like /shop/prod: it starts with a slash and has single slashes between its segments'
    const detail = `${shown}: ${fault ?? 'it is in the list twice'}`
    return [{ code: 'INVALID_PATH', key: Array.isArray(path) ? `path[${index}]` : 'path', detail, remedy }]
  })
}

function whyNotAPath(path: unknown): string | undefined {
  if (typeof path !== 'string') return 'it is not a string'
  if (path === '') return 'it is empty'
  if (!path.startsWith('/')) return 'it does not start with a slash'
  if (path === '/') return undefined
  if (isReference(path))
    return 'it is a reference to a secret: declare the secret in the schema with secret(id, schema)'
  const segments = path.replace(/\/$/, '').slice(1).split('/')
  if (!segments.every(isSegment)) return 'its segments must consist of letters, digits, dots, dashes and underscores'
  return segments.length > 15 ? 'it has more than the 15 levels that Parameter Store allows' : undefined
}

const warmNeeds = 'the mode warm starts from a backup'

function checkTogether(options: ConfigOptions): Problem[] {
  const { client, region, endpoint, source, strategy, secretsVia, startup, backup, sharedCache } = options
  const lacksBackup = startup?.mode === 'warm' && (backup ?? sharedCache) === undefined
  const idle = {
    ...((client !== undefined || source !== undefined) && { region, endpoint }),
    ...(source !== undefined && { strategy, secretsVia }),
  }
  const other = source === undefined ? 'client' : 'source'
  const remedy = `set it on the ${other}, or remove one of the two options`
  const idleProblems = Object.entries(idle)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => invalid(key, `the option has no effect together with ${other}`, remedy))
  return lacksBackup ? [...idleProblems, invalid('startup.mode', warmNeeds, 'set backup or sharedCache')] : idleProblems
}

function isSentinel(value: unknown): boolean {
  const isFull = typeof value === 'string' && /^(\/|arn:)/.test(value)
  return isFull && whyNotAName(value, 'leaf') === undefined
}

function isNotifications(value: unknown): boolean {
  return (Array.isArray(value) ? value : [value]).every(
    (source) => hasMethod(source, 'listen') && typeof source.name === 'string' && source.name !== '',
  )
}

// Another copy of the SDK has other classes.
function isClient(value: unknown, service: string): boolean {
  if (isRecord(value) && hasMethod(value.secretsManager, 'call')) return true
  if (!hasMethod(value, 'send')) return false
  const { serviceId = service } = isRecord(value.config) ? value.config : {}
  return serviceId === service
}
