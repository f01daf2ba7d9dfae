import { inspect } from 'node:util'
import { printable } from '../../messages/printable.ts'
import { parseKey } from '../../schema/key-path.ts'

/** How much of a value is shown. */
export const maxShownLength = 200

/**
 * What a configuration holds for a key, as text of limited length; undefined when a transform has left nothing there.
 * Goes by what objects show of themselves, so what is redacted stays so.
 */
export function shownValue(configuration: unknown, key: string): string | undefined {
  try {
    const path = parseKey(key)
    if (path === undefined || path.length === 0) return undefined
    let at = configuration
    for (const part of path) {
      const holder = asShown(at)
      if (typeof holder !== 'object' || holder === null) return undefined
      // What an object does not enumerate it does not show.
      const property = Object.getOwnPropertyDescriptor(holder, part)
      if (property?.enumerable !== true) return undefined
      at = property.value
    }
    return at === undefined ? undefined : cut(asText(at))
  } catch {
    // The methods by which objects of the user's own show themselves may throw.
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
