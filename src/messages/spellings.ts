import { editDistance, maxDistance } from './nearest.ts'

// The limit for one search: some milliseconds, for any number and length of candidates.
const maxSteps = 250_000

/**
 * Compares words with candidates. In names, only the differing segments count.
 *
 * Only candidates with almost the same letters are compared letter by letter, the most similar first. A search that
 * reaches its limit returns the best candidate so far.
 */
export class Spellings {
  readonly #candidates: readonly string[]
  readonly #letters: Uint16Array

  constructor(candidates: Iterable<string>) {
    this.#candidates = [...candidates]
    this.#letters = new Uint16Array(this.#candidates.length * kinds)
    for (const [index, candidate] of this.#candidates.entries()) countLetters(candidate, this.#letters, index * kinds)
  }

  /** The candidate with the spelling nearest to `word`; `undefined` if none is near enough to be a misspelling. */
  nearest(word: string): string | undefined {
    let best = { index: -1, distance: maxDistance(word.length) }
    let steps = 0
    // Nearer, or as near and earlier in the list.
    const isBetter = (distance: number, index: number) =>
      distance < best.distance || (distance === best.distance && (best.index === -1 || index < best.index))
    for (const [leastDistance, indices] of this.#byLeastDistance(word).entries()) {
      for (const index of indices) {
        const candidate = this.#candidates[index]
        if (candidate === undefined || candidate === word || !isBetter(leastDistance, index)) continue
        const [own, other] = withoutShared(word, candidate)
        const limit = Math.min(best.distance, maxDistance(own.length))
        const isTooLong = Math.abs(other.length - own.length) > limit
        steps += word.length + (isTooLong ? 0 : own.length * (2 * limit + 1))
        if (steps > maxSteps) return this.#candidates[best.index]
        if (isTooLong) continue
        const distance = editDistance(own.toLowerCase(), other.toLowerCase(), limit)
        if (distance <= limit && isBetter(distance, index)) best = { index, distance }
      }
    }
    return this.#candidates[best.index]
  }

  /** The indices of the candidates by a lower bound of their distance: the number of letters that are missing or extra. */
  #byLeastDistance(word: string): number[][] {
    const own = new Uint16Array(kinds)
    countLetters(word, own, 0)
    const limit = maxDistance(word.length)
    const found: number[][] = Array.from({ length: limit + 1 }, () => [])
    for (let index = 0; index < this.#candidates.length; index++) {
      const distance = leastDistance(own, this.#letters, index * kinds)
      found[distance]?.push(index)
    }
    return found
  }
}

// Letters with the same remainder are counted together, which makes the lower bound smaller and stays correct.
const kinds = 32

function countLetters(text: string, letters: Uint16Array, start: number): void {
  const lower = text.toLowerCase()
  for (let index = 0; index < lower.length; index++) {
    const kind = start + (lower.charCodeAt(index) % kinds)
    letters[kind] = (letters[kind] ?? 0) + 1
  }
}

function leastDistance(own: Uint16Array, letters: Uint16Array, start: number): number {
  let missing = 0
  let surplus = 0
  for (let kind = 0; kind < kinds; kind++) {
    const difference = (own[kind] ?? 0) - (letters[start + kind] ?? 0)
    if (difference > 0) missing += difference
    else surplus -= difference
  }
  return Math.max(missing, surplus)
}

function withoutShared(a: string, b: string): readonly [string, string] {
  const longest = Math.min(a.length, b.length)
  let start = 0
  for (let index = 0; index < longest && a[index] === b[index]; index++) if (a[index] === '/') start = index + 1
  let length = 0
  for (let back = 1; back <= longest - start && a[a.length - back] === b[b.length - back]; back++) {
    if (a[a.length - back] === '/') length = back
  }
  return [a.slice(start, a.length - length), b.slice(start, b.length - length)]
}
