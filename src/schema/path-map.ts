import { type KeyPath, keyOf } from './key-path.ts'

/** Values by path, to be found from above and from below in as many steps as a path has parts. */
export class PathMap<Value> {
  readonly #at = new Map<string, Value>()
  /** By path, the first value at or below it. */
  readonly #within = new Map<string, Value>()

  constructor(entries: Iterable<readonly [path: KeyPath, value: Value]>) {
    for (const [path, value] of entries) {
      const key = keyOf(path)
      if (!this.#at.has(key)) this.#at.set(key, value)
      for (let length = path.length; length >= 0; length--) {
        const prefix = keyOf(path.slice(0, length))
        // Whoever came before has seen to everything above.
        if (this.#within.has(prefix)) break
        this.#within.set(prefix, value)
      }
    }
  }

  /** Whether there is one at the path, or above it. */
  isBelowOne(path: KeyPath): boolean {
    return this.#at.size > 0 && [...path, ''].some((_, length) => this.#at.has(keyOf(path.slice(0, length))))
  }

  /** The first at the path, or below it. */
  firstWithin(path: KeyPath): Value | undefined {
    return this.#at.size > 0 ? this.#within.get(keyOf(path)) : undefined
  }

  /** Whether there is one at the path, above or below it. */
  isAround(path: KeyPath): boolean {
    return this.#at.size > 0 && (this.#within.has(keyOf(path)) || this.isBelowOne(path))
  }
}
