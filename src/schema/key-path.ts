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
  if (path.length === 0) return '(root)'
  return path.map((part, index) => formatPart(part, index === 0)).join('')
}

/** The inverse of {@link formatKey}; `undefined` for any other text. */
export function parseKey(key: string): KeyPath | undefined {
  if (key === '(root)') return []
  const path: (string | number)[] = []
  for (let rest = key; rest !== ''; ) {
    const [matched, word, index, quoted] = (path.length === 0 ? firstPart : laterPart).exec(rest) ?? []
    if (matched === undefined) return undefined
    path.push(word ?? (quoted === undefined ? Number(index) : String(JSON.parse(quoted))))
    rest = rest.slice(matched.length)
  }
  return path.length === 0 ? undefined : path
}

const firstPart = /^(?:([\w$*-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/
const laterPart = /^(?:\.([\w$*-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/

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

/** Values by path. A lookup above or below a path takes as many steps as the path has parts. */
export class PathMap<Value> {
  readonly #at = new Map<string, Value>()
  /** For each path, the first value at it or below it. */
  readonly #within = new Map<string, Value>()

  constructor(entries: Iterable<readonly [path: KeyPath, value: Value]>) {
    for (const [path, value] of entries) {
      const key = keyOf(path)
      if (!this.#at.has(key)) this.#at.set(key, value)
      for (let length = path.length; length >= 0; length--) {
        const prefix = keyOf(path.slice(0, length))
        // An earlier path has added everything above.
        if (this.#within.has(prefix)) break
        this.#within.set(prefix, value)
      }
    }
  }

  /** Whether there is a value at the path or above it. */
  isBelowOne(path: KeyPath): boolean {
    return this.#at.size > 0 && [...path, ''].some((_, length) => this.#at.has(keyOf(path.slice(0, length))))
  }

  /** The first value at the path or below it. */
  firstWithin(path: KeyPath): Value | undefined {
    return this.#at.size > 0 ? this.#within.get(keyOf(path)) : undefined
  }

  /** Whether there is a value at the path, above it or below it. */
  isAround(path: KeyPath): boolean {
    return this.#at.size > 0 && (this.#within.has(keyOf(path)) || this.isBelowOne(path))
  }
}

function formatPart(part: string | number, isFirst: boolean): string {
  if (typeof part === 'number') return `[${part}]`
  if (/^[\w$*-]+$/.test(part)) return isFirst ? part : `.${part}`
  return `[${JSON.stringify(part)}]`
}
