import type { Problem } from '../errors.ts'
import { isDuration, isWebUrl } from '../messages/check-arguments.ts'
import { nearest } from '../messages/nearest.ts'
import { isSchema, whyNotASchema } from '../schema/annotations.ts'
import { isSegment, type Naming, namingRules } from '../schema/naming.ts'
import { whyNotAName } from '../schema/parameter-name.ts'
import { isReference } from '../schema/secret-id.ts'
import { type ConfigOptions, isEnvironment, type Overrides, optionNames } from './options.ts'

/** Everything that is wrong with the options, the schema aside. */
export function checkOptions(options: ConfigOptions): Problem[] {
  if (typeof options !== 'object' || options === null) {
    const detail = 'the options are missing'
    return [{ code: 'INVALID_OPTION', key: 'options', detail, remedy: 'pass an object with schema and path' }]
  }
  if (isSchema(options) || '_def' in options) {
    const detail = 'this is a schema and not the options'
    return [{ code: 'INVALID_OPTION', key: 'options', detail, remedy: 'pass { schema, path }' }]
  }
  const unknown = unknownKeys(options, Object.keys(optionNames), '')
  const startup = isObject(options.startup) ? unknownKeys(options.startup, ['timeoutMs', 'mode'], 'startup.') : []
  const poll = isObject(options.poll) ? unknownKeys(options.poll, ['everyMs', 'secretsEveryMs'], 'poll.') : []
  const invalid = Object.entries(checks).flatMap(([key, check]) => {
    const value: unknown = Reflect.get(options, key)
    const problem = value === undefined && key !== 'schema' ? undefined : check(value)
    return problem === undefined ? [] : [{ code: 'INVALID_OPTION' as const, key, ...problem }]
  })
  return [...unknown, ...startup, ...poll, ...invalid, ...checkPaths(options.path), ...checkTogether(options)]
}

function unknownKeys(object: object, known: readonly string[], prefix: string): Problem[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const close = nearest(key, known)
      const remedy = close === undefined ? `the options are ${known.join(', ')}` : `did you mean ${prefix}${close}?`
      return { code: 'UNKNOWN_OPTION', key: `${prefix}${key}`, detail: 'there is no such option', remedy }
    })
}

type Check = (value: unknown) => { readonly detail: string; readonly remedy: string } | undefined

const strategies = ['auto', 'by-name', 'by-path']
const services = ['parameter-store', 'secrets-manager']
const pollTimes = ['everyMs', 'secretsEveryMs'] as const

const pollForm =
  'an object such as { everyMs: 60_000, secretsEveryMs: 300_000 }, in milliseconds from 1_000 on, or false'
const checkPoll = expect(isPoll, pollForm)

const checks: Readonly<Record<string, Check>> = {
  schema: (value) => {
    if (isSchema(value)) return undefined
    const detail = value === undefined ? 'the schema is missing' : whyNotASchema(value)
    return { detail, remedy: 'pass a z.object() of zod 4' }
  },
  label: expect((value) => typeof value === 'string' && /^[A-Za-z_.-][\w.-]{0,99}$/.test(value), 'a parameter label'),
  naming: expect(isNaming, `a function, or one of ${namingRules.join(', ')}`),
  strategy: expect((value) => strategies.some((name) => name === value), `one of ${strategies.join(', ')}`),
  secretsVia: expect((value) => services.some((name) => name === value), `one of ${services.join(', ')}`),
  overrides: expect((value) => isEnvironment(value) || isTree(value), 'an object of stored text, or fromEnv(prefix)'),
  startup: expect(isStartup, "an object such as { timeoutMs: 10_000, mode: 'strict' }, in milliseconds above 0"),
  notifications: expect(
    isNotifications,
    'a notification source, with a name, such as sqsNotifications({ queueUrl }), or a list of them',
  ),
  poll: (value) => {
    const short = isObject(value) ? pollTimes.find((name) => isBelow(value[name], 1_000)) : undefined
    return short === undefined ? checkPoll(value) : { detail: `${short} is below 1,000`, remedy: `pass ${pollForm}` }
  },
  sentinel: expect(isSentinel, 'the full name of a parameter, such as /shop/prod/sentinel, or its ARN'),
  splayMs: expect((value) => isDuration(value, 0), 'a number of milliseconds, 0 or more and finite'),
  maxStaleMs: expect((value) => isDuration(value, 1), 'a number of milliseconds, 1 or more and finite'),
  allowShrink: expect((value) => typeof value === 'boolean', 'true or false'),
  validate: expect(isFunction, 'a function'),
  prepare: expect(isFunction, 'a function'),
  client: expect((value) => isClient(value, 'SSM'), 'an SSMClient'),
  secretsClient: expect((value) => isClient(value, 'Secrets Manager'), 'a SecretsManagerClient'),
  region: expect((value) => typeof value === 'string' && value !== '', 'a region such as eu-west-1'),
  endpoint: expect(isWebUrl, 'a URL that starts with http:// or https://'),
  logger: expect(isLogger, 'an object with a method warn(message), or false'),
  telemetry: expect((value) => hasMethod(value, 'instrument'), 'openTelemetry() of liveparam/otel'),
  signal: expect((value) => value instanceof AbortSignal, 'an AbortSignal'),
  clock: expect((value) => hasMethod(value, 'now') && hasMethod(value, 'sleep'), 'an object with now() and sleep()'),
  random: expect(isFunction, 'a function'),
  source: expect((value) => hasMethod(value, 'read'), 'an object with a method read(request, options)'),
}

function expect(isValid: (value: unknown) => boolean, what: string): Check {
  return (value) =>
    isValid(value) ? undefined : { detail: 'this is not what the option takes', remedy: `pass ${what}` }
}

function checkPaths(path: unknown): Problem[] {
  const list: readonly unknown[] = Array.isArray(path) ? path : path === undefined ? [] : [path]
  return list.flatMap((item, index) => {
    const fault = whyNotAPath(item)
    const reason = fault ?? (list.indexOf(item) === index ? undefined : 'it stands in the list twice')
    if (reason === undefined) return []
    const shown = typeof item === 'string' ? JSON.stringify(item.slice(0, 200)) : typeof item
    const form = 'a path is like /shop/prod: it starts with a slash and has single slashes between its segments'
    const remedy = fault === undefined ? 'leave one of the two out: of several, a later one wins' : form
    return [
      {
        code: 'INVALID_PATH',
        key: Array.isArray(path) ? `path[${index}]` : 'path',
        detail: `${shown}: ${reason}`,
        remedy,
      },
    ]
  })
}

function whyNotAPath(path: unknown): string | undefined {
  if (typeof path !== 'string') return 'it is not a string'
  if (path === '') return 'it is empty'
  if (!path.startsWith('/')) return 'it does not start with a slash'
  if (path === '/') return undefined
  if (isReference(path)) return 'it is a reference to a secret, which secret(id, schema) declares in the schema'
  const segments = path.replace(/\/$/, '').slice(1).split('/')
  if (!segments.every(isSegment)) return 'its segments have to be letters, digits, dots, dashes and underscores'
  return segments.length > 15 ? 'it has more than the 15 levels that Parameter Store allows' : undefined
}

function checkTogether({ client, region, endpoint, source, strategy, secretsVia }: ConfigOptions): Problem[] {
  const idle = {
    ...((client !== undefined || source !== undefined) && { region, endpoint }),
    ...(source !== undefined && { strategy, secretsVia }),
  }
  const reason = source === undefined ? 'client' : 'source'
  return Object.entries(idle)
    .filter(([, value]) => value !== undefined)
    .map(([key]) => {
      const detail = `it has no effect together with ${reason}`
      return {
        code: 'INVALID_OPTION' as const,
        key,
        detail,
        remedy: `set it on the ${reason}, or leave one of them out`,
      }
    })
}

export function isNaming(value: unknown): value is Naming {
  return isFunction(value) || namingRules.some((rule) => rule === value)
}

function isStartup(value: unknown): boolean {
  if (!isObject(value)) return false
  const { timeoutMs = 1, mode = 'strict' } = value
  return isDuration(timeoutMs, Number.MIN_VALUE) && (mode === 'strict' || mode === 'background')
}

function isPoll(value: unknown): boolean {
  if (value === false) return true
  return isObject(value) && pollTimes.every((name) => value[name] === undefined || isDuration(value[name], 1_000))
}

function isBelow(value: unknown, least: number): boolean {
  return typeof value === 'number' && value < least
}

function isLogger(value: unknown): boolean {
  return value === false || hasMethod(value, 'warn')
}

function isSentinel(value: unknown): boolean {
  const isFull = typeof value === 'string' && /^(\/|arn:)/.test(value)
  return isFull && whyNotAName(value, 'leaf') === undefined
}

function isNamed(source: unknown): boolean {
  return isObject(source) && typeof source.name === 'string' && source.name !== ''
}

function isNotifications(value: unknown): boolean {
  return (Array.isArray(value) ? value : [value]).every((source) => hasMethod(source, 'listen') && isNamed(source))
}

export function isTree(value: unknown): value is Overrides {
  return isObject(value) && !Array.isArray(value) && !isEnvironment(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isFunction(value: unknown): value is (...args: never[]) => unknown {
  return typeof value === 'function'
}

// By what it says of itself, since another copy of the SDK has another class.
function isClient(value: unknown, service: string): boolean {
  if (!isObject(value) || !hasMethod(value, 'send')) return false
  const { serviceId = service } = isObject(value.config) ? value.config : {}
  return serviceId === service
}

function hasMethod(value: unknown, name: string): boolean {
  return isObject(value) && isFunction(value[name])
}
