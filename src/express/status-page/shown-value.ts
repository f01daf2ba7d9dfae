import { inspect } from 'node:util'
import { printable } from '../../messages/printable.ts'
import { parseKey } from '../../schema/parse-key.ts'

const maxShownLength = 200

/**
 * The value of a key as text of limited length, or `undefined` where a transform removed it. Reads objects through their
 * `toJSON`, so redacted values stay redacted.
 */
export function shownValue(configuration: unknown, key: string): string | undefined {
  try {
    const path = parseKey(key)
    if (path === undefined || path.length === 0) return undefined
    let value = configuration
    for (const part of path) {
      const parent = asShown(value)
      if (typeof parent !== 'object' || parent === null) return undefined
      const property = Object.getOwnPropertyDescriptor(parent, part)
      if (property?.enumerable !== true) return undefined
      value = property.value
    }
    return value === undefined ? undefined : cut(asText(value))
  } catch {
    // A toJSON or inspect method of the user may throw.
    return undefined
  }
}

function asShown(value: unknown): unknown {
  const isRedacting = typeof value === 'object' && value !== null && Object.hasOwn(value, 'toJSON')
  return isRedacting && 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (value instanceof URL) return value.href
  return inspect(value, { depth: 4, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 50, maxStringLength: 100 })
}

function cut(text: string): string {
  return text.length > maxShownLength ? `${printable(text.slice(0, maxShownLength))}…` : printable(text)
}
