import type { Problem, ReadFailure } from '../errors.ts'

/** The keys that lead from the root of the configuration to a value. */
export type KeyPath = readonly (string | number)[]

/** A problem with a key or, without a path, with a parameter or with all parameters under a path. */
export interface PlacedProblem {
  readonly path?: KeyPath
  readonly problem: Problem
  /** Set if the value could not be read. */
  readonly failure?: ReadFailure
}

/** `db.port`, `limits["eu.west"]`, `origins[0]`; the root is `(root)`. */
export function formatKey(path: KeyPath): string {
  let key = ''
  for (const part of path) {
    if (typeof part === 'number') key += `[${part}]`
    else if (!/^[\w$*-]+$/.test(part)) key += `[${JSON.stringify(part)}]`
    else key += key === '' ? part : `.${part}`
  }
  return key === '' ? '(root)' : key
}

/** Converts a path of zod, whose keys may be symbols. */
export function toKeyPath(path: readonly PropertyKey[]): KeyPath {
  return path.map((part) => (typeof part === 'number' ? part : String(part)))
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: KeyPath, ancestor: KeyPath): boolean {
  return ancestor.length <= path.length && ancestor.every((part, index) => part === path[index])
}

/** A string that is the same for equal paths only. */
export function keyOf(path: KeyPath): string {
  return JSON.stringify(path)
}
