import { nearest } from './nearest.ts'
import { printable } from './printable.ts'

/** Whether a value is valid for an option, and a description of the valid values. */
export type Check = readonly [isValid: (value: unknown) => boolean, expected: string]

/** @throws TypeError for an unknown option, with the nearest valid name, and for an invalid value. */
export function checkArguments(caller: string, given: unknown, checks: Readonly<Record<string, Check>>): void {
  if (!isRecord(given)) throw new TypeError(`${caller}: pass an object with ${Object.keys(checks).join(', ')}`)
  for (const key of Object.keys(given)) checkName(caller, 'option', key, Object.keys(checks))
  for (const [key, [isValid, expected]] of Object.entries(checks)) {
    const value = given[key]
    if (value !== undefined && !isValid(value)) throw new TypeError(`${caller}: ${key} must be ${expected}`)
  }
}

/** @throws TypeError for a name that is not in `known`, with the nearest name. */
export function checkName(caller: string, what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  const close = nearest(name, known)
  const remedy = close === undefined ? `the ${what}s are ${known.join(', ')}` : `did you mean ${close}?`
  throw new TypeError(printable(`${caller}: there is no ${what} ${name}: ${remedy}`))
}

/** @throws TypeError if the value is not a function. */
export function checkFunction(caller: string, name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(`${caller}: ${name} must be a function`)
}

export const isFunction: Check = [(value) => typeof value === 'function', 'a function']
export const isString: Check = [(value) => typeof value === 'string', 'a string']
export const someObject: Check = [isRecord, 'an object']
export const someTime: Check = [(value) => isDuration(value, 0), 'a number of milliseconds, 0 or more and finite']
export const aWebUrl: Check = [isWebUrl, 'a URL that begins with http:// or https://']
/** For a value that the caller checks itself. */
export const anything: Check = [() => true, '']

/** Whether a value is a duration in milliseconds that a timer can wait for. */
export function isDuration(value: unknown, min: number): boolean {
  return typeof value === 'number' && value >= min && value <= longestMs
}

// About 30,000 years. A much longer time would end after the last valid Date.
const longestMs = 1e15

export function isWebUrl(value: unknown): boolean {
  return typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value)
}

/** Checks for an object with this method. */
export function having(method: string, expected: string): Check {
  return [(value) => hasMethod(value, method), expected]
}

export function hasMethod(value: unknown, name: string): value is Record<string, unknown> {
  return isRecord(value) && typeof value[name] === 'function'
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
