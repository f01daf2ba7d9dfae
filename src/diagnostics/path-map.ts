import { type KeyPath, keyOf } from '../schema/key-path.ts'

/** A map that says only whether there is a path. */
export function pathSet(paths: readonly KeyPath[]): PathMap<true> {
  return new PathMap(paths.map((path) => [path, true] as const))
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
