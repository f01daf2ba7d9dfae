import { nearest } from '../messages/nearest.ts'

/** Whether something may be given, and in words what would have to be. */
export type Check = readonly [isValid: (value: unknown) => boolean, expected: string]

/** @throws TypeError that tells what was given and cannot be. */
export function checkGiven(caller: string, given: unknown, checks: Readonly<Record<string, Check>>): void {
  const names = Object.keys(checks)
  if (!isObject(given)) throw new TypeError(`${caller}: pass an object with ${names.join(', ')}`)
  const unknown = Object.keys(given).find((key) => !names.includes(key))
  if (unknown !== undefined)
    throw new TypeError(`${caller}: there is no option ${unknown}: ${adviceFor(unknown, names)}`)
  for (const [key, [isValid, expected]] of Object.entries(checks)) {
    if (!isValid(given[key])) throw new TypeError(`${caller}: ${key} must be ${expected}`)
  }
}

/** The same, or nothing. */
export function optional([isValid, expected]: Check): Check {
  return [(value) => value === undefined || isValid(value), expected]
}

export const aText: Check = [(value) => typeof value === 'string', 'a string']
export const aQueueArn: Check = [
  (value) => typeof value === 'string' && /^arn:[\w-]+:sqs:[\w-]*:\d{12}:[\w-]+$/.test(value),
  'the ARN of a queue',
]
export const aNumber: Check = [(value) => typeof value === 'number' && value >= 0, 'a number from 0 on']
export const anAction: Check = [
  (value) => (Array.isArray(value) ? value : [value]).every(isAction),
  'an action such as ssm:GetParameters, or several; * stands for anything',
]

/** The name that was probably meant, or all of them. */
export function adviceFor(unknown: string, known: readonly string[]): string {
  const close = nearest(unknown, known)
  return close === undefined ? `use one of ${known.join(', ')}` : `did you mean ${close}?`
}

export const anArrayOfText: Check = [
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  'a list of strings',
]
export const aTextMap: Check = [
  (value) => isObject(value) && Object.values(value).every((item) => typeof item === 'string'),
  'an object of strings',
]

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isAction(value: unknown): boolean {
  return typeof value === 'string' && /^(\*|[a-z\d*]+:[\w*]+)$/.test(value)
}
