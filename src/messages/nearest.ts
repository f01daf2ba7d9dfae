/** The candidate with the spelling nearest to `word`; `undefined` if none is near enough to be a misspelling. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return new Spellings(candidates).nearest(word)
}

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
    const search = new Search(word)
    for (const [distance, indices] of this.#byLeastDistance(word).entries()) {
      if (distance > search.limit || search.isOver) break
      for (const index of indices) {
        if (search.mayTake(distance, index)) search.compare(this.#candidates[index] ?? '', index)
      }
    }
    return search.best
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

/** The search for one word, with the best candidate so far. */
class Search {
  best: string | undefined
  /** The largest distance that a candidate may have. */
  limit: number
  readonly #word: string
  #index = -1
  #steps = 0

  constructor(word: string) {
    this.#word = word
    this.limit = maxDistance(word.length)
  }

  get isOver(): boolean {
    return this.#steps > maxSteps
  }

  /** Whether a candidate at this distance is better than the best one: nearer, or as near and earlier in the list. */
  mayTake(distance: number, index: number): boolean {
    return distance < this.limit || (distance === this.limit && (this.best === undefined || index < this.#index))
  }

  compare(candidate: string, index: number): void {
    if (candidate === this.#word || this.isOver) return
    const [own, other] = withoutShared(this.#word, candidate)
    const limit = Math.min(this.limit, maxDistance(own.length))
    this.#steps += this.#word.length
    if (Math.abs(other.length - own.length) > limit) return
    this.#steps += own.length * (2 * limit + 1)
    if (this.isOver) return
    const distance = editDistance(own.toLowerCase(), other.toLowerCase(), limit)
    if (distance > limit || !this.mayTake(distance, index)) return
    this.best = candidate
    this.limit = distance
    this.#index = index
  }
}

// All names of two letters are similar.
function maxDistance(length: number): number {
  return length < 3 ? 0 : Math.max(1, Math.floor(length / 3))
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

/**
 * The number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. Computes only the
 * cells near the diagonal: a path through another cell is longer than the limit.
 *
 * @returns More than `limit` if the distance is.
 */
function editDistance(a: string, b: string, limit: number): number {
  const width = b.length + 1
  const far = limit + 1
  let before = new Uint16Array(width).fill(far)
  let row = Uint16Array.from({ length: width }, (_, index) => Math.min(index, far))
  let next = new Uint16Array(width)
  for (let i = 1; i <= a.length; i++) {
    const first = Math.max(1, i - limit)
    const last = Math.min(b.length, i + limit)
    next.fill(far)
    if (first === 1) next[0] = Math.min(i, far)
    let least = first === 1 ? (next[0] ?? far) : far
    for (let j = first; j <= last; j++) {
      const substituted = (row[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? (before[j - 2] ?? far) + 1 : far
      const cell = Math.min(substituted, swapped, (row[j] ?? far) + 1, (next[j - 1] ?? far) + 1)
      next[j] = cell
      least = Math.min(least, cell)
    }
    // A swap reaches back two rows.
    if (least > limit && Math.min(...row.subarray(Math.max(0, first - 1), last + 1)) > limit) return far
    ;[before, row, next] = [row, next, before]
  }
  return row[b.length] ?? far
}
