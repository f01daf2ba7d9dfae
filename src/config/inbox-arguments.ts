import type { ReadFailure } from '../errors.ts'
import type { Hint, PolicyNotice } from '../ports.ts'

/** Copies a hint. Returns `undefined` for any other value that a custom source passes. */
export function toHint(given: unknown): Hint | undefined {
  return copyOf<Hint>(given, {
    kind: isOneOf('parameter', 'secret'),
    name: isFilled,
    operation: isOneOf('put', 'label', 'delete'),
    arn: isOptional(isText),
    label: isOptional(isText),
    version: isOptional(isText),
    occurredAt: isOptional(isTime),
    eventId: isOptional(isText),
  })
}

/** Copies a notice. Returns `undefined` for any other value. */
export function toNotice(given: unknown): PolicyNotice | undefined {
  return copyOf<PolicyNotice>(given, {
    parameter: isFilled,
    policy: isOneOf('Expiration', 'ExpirationNotification', 'NoChangeNotification'),
    expiresAt: isOptional(isTime),
    occurredAt: isOptional(isTime),
    eventId: isOptional(isText),
  })
}

/** Copies a failure. Any other value is a failure without a reason. */
export function toFailure(given: ReadFailure): ReadFailure {
  const shape = { code: isFilled, isTransient: isBoolean, detail: isText, remedy: isText }
  return copyOf<ReadFailure>(given, shape) === undefined ? unexplained : { ...given }
}

const unexplained: ReadFailure = {
  code: 'UNREACHABLE',
  isTransient: true,
  detail: 'the notification source failed without a valid reason',
  remedy: 'have it call failed() with a code, a detail and a remedy',
}

type Check = (value: unknown) => boolean

function copyOf<Shape extends object>(
  given: unknown,
  checks: { readonly [Key in keyof Shape]?: Check },
): Shape | undefined {
  try {
    const entries = Object.entries<Check | undefined>(checks).map(([key, check]) => {
      const value: unknown = Reflect.get(Object(given), key)
      return { key, value, isValid: check?.(value) === true }
    })
    if (!entries.every(({ isValid }) => isValid)) return undefined
    return Object.fromEntries(entries.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]]))) as Shape
  } catch {
    // A getter or a proxy can throw.
    return undefined
  }
}

function isOptional(check: Check): Check {
  return (value) => value === undefined || check(value)
}

function isOneOf(...values: readonly string[]): Check {
  return (value) => typeof value === 'string' && values.includes(value)
}

function isFilled(value: unknown): boolean {
  return isText(value) && value !== ''
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isTime(value: unknown): boolean {
  return Number.isFinite(value)
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean'
}
