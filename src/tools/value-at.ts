import type { KeyPath } from '../schema/key-path.ts'
import { parseKey } from '../schema/parse-key.ts'

/** The value of a key, or at a path, in the value of a snapshot. */
export function valueAt(value: unknown, key: string | KeyPath): unknown {
  let found = value
  for (const part of typeof key === 'string' ? (parseKey(key) ?? []) : key) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Reflect.get(found, part)
  }
  return found
}
