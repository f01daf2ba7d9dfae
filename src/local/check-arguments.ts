import { nearest } from '../messages/nearest.ts'

/** A test for a value, and the description of valid values. */
export type Check = readonly [isValid: (value: unknown) => boolean, expected: string]

/** @throws TypeError For an unknown or invalid option. The message names it. */
export function checkArguments(caller: string, given: unknown, checks: Readonly<Record<string, Check>>): void {
  const names = Object.keys(checks)
  if (!isObject(given)) throw new TypeError(`${caller}: pass an object with ${names.join(', ')}`)
  const unknown = Object.keys(given).find((key) => !names.includes(key))
  if (unknown !== undefined)
    throw new TypeError(`${caller}: there is no option ${unknown}: ${adviceFor(unknown, names)}`)
  for (const [key, [isValid, expected]] of Object.entries(checks)) {
    if (!isValid(given[key])) throw new TypeError(`${caller}: ${key} must be ${expected}`)
  }
}

/** Checks an object whose `kind` decides about its other options. */
export function checkKind(
  caller: string,
  given: unknown,
  kinds: Readonly<Record<string, Readonly<Record<string, Check>>>>,
  common: Readonly<Record<string, Check>>,
): void {
  const kind = isObject(given) ? given.kind : undefined
  const checks = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (checks === undefined) throw new TypeError(`${caller}: kind must be one of ${Object.keys(kinds).join(', ')}`)
  checkArguments(`${caller}: ${kind}`, given, { ...common, ...checks })
}

/** Makes a check accept `undefined`. */
export function optional([isValid, expected]: Check): Check {
  return [(value) => value === undefined || isValid(value), expected]
}

export const isString: Check = [(value) => typeof value === 'string', 'a string']
export const isQueueArn: Check = [
  (value) => typeof value === 'string' && /^arn:[\w-]+:sqs:[\w-]*:\d{12}:[\w-]+$/.test(value),
  'the ARN of a queue',
]
export const isNonNegative: Check = [(value) => typeof value === 'number' && value >= 0, 'a number, 0 or more']
export const isActionPattern: Check = [
  (value) => (Array.isArray(value) ? value : [value]).every(isAction),
  'an action such as ssm:GetParameters, or a list of actions; * matches any text',
]

/** Suggests the nearest known name, or lists names. */
export function adviceFor(unknown: string, known: readonly string[], listed: readonly string[] = known): string {
  const close = nearest(unknown, known)
  return close === undefined ? `use one of ${listed.join(', ')}` : `did you mean ${close}?`
}

export const isStringArray: Check = [
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  'a list of strings',
]
export const isStringMap: Check = [
  (value) => isObject(value) && Object.values(value).every((item) => typeof item === 'string'),
  'an object of strings',
]

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isAction(value: unknown): boolean {
  return typeof value === 'string' && /^(\*|[a-z\d*]+:[\w*]+)$/.test(value)
}
