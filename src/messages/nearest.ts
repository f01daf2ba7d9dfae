/** The candidate that is spelled most like `word`, unless even that one is too far off to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return new Spellings(candidates).nearest(word)
}

// What one search may cost: some milliseconds, however many candidates there are and however long they are.
const maxSteps = 250_000

/**
 * Candidates that words are compared with. Of names, only the segments count in which two differ.
 *
 * Few candidates are compared letter by letter: the ones that consist of almost the same letters, the most similar first.
 * A search that has cost too much ends, with the best candidate so far.
 */
export class Spellings {
  readonly #candidates: readonly string[]
  readonly #letters: Uint16Array

  constructor(candidates: Iterable<string>) {
    this.#candidates = [...candidates]
    this.#letters = new Uint16Array(this.#candidates.length * kinds)
    for (const [index, candidate] of this.#candidates.entries()) countLetters(candidate, this.#letters, index * kinds)
  }

  /** The candidate that is spelled most like `word`, unless even that one is too far off to be meant. */
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

  /** The indices of the candidates by how many letters of the word they lack, or have too many of: no less far off. */
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

/** A word, and the best candidate so far. */
class Search {
  best: string | undefined
  /** How far off a candidate may be. */
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

  /** Whether a candidate that is so far off can be better than the best: nearer, or as near and before it. */
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

// Any two names of two letters are but two letters apart.
function maxDistance(length: number): number {
  return length < 3 ? 0 : Math.max(1, Math.floor(length / 3))
}

// Letters of one kind are counted together: the distance that follows is too small then, which does no harm.
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
 * How many letters have to be put in, taken out or replaced. Two letters that have changed places are one mistake. Only
 * the cells near the diagonal are computed: a way through another is longer than the limit.
 *
 * @returns More than the limit if the distance is.
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
