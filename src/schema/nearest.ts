/**
 * The candidate that is spelled most like `word`, unless even that one is too far off to be meant. Of names, only the
 * segments count in which they differ.
 */
export function nearest(
  word: string,
  candidates: Iterable<string>,
  budget: ComparisonBudget = { cells: maxCells },
): string | undefined {
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    if (budget.cells <= 0) return best
    if (candidate === word) continue
    budget.cells -= candidate.length
    const [own, other] = withoutShared(word, candidate)
    const limit = Math.min(bestDistance - 1, maxDistance(own.length))
    if (Math.abs(other.length - own.length) > limit) continue
    const distance = editDistance(own.toLowerCase(), other.toLowerCase(), { limit, budget })
    if (distance <= limit) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** How many letters may still be compared. Nobody waits for a suggestion, and it must not hold up the event loop. */
export interface ComparisonBudget {
  cells: number
}

/** Some ten milliseconds. */
export const maxCells = 2_000_000

// Any two names of two letters are but two letters apart; and of more letters than that, none is a slip of the pen.
function maxDistance(length: number): number {
  return length < 3 ? 0 : Math.min(6, Math.max(1, Math.floor(length / 3)))
}

function withoutShared(a: string, b: string): readonly [string, string] {
  let start = 0
  for (let index = 0; index < a.length && a[index] === b[index]; index++) if (a[index] === '/') start = index + 1
  let length = 0
  const longest = Math.min(a.length, b.length) - start
  for (let back = 1; back <= longest && a.at(-back) === b.at(-back); back++) if (a.at(-back) === '/') length = back
  return [a.slice(start, a.length - length), b.slice(start, b.length - length)]
}

// Two letters that have changed places are one mistake. Beyond the limit, any number beyond it is as good.
function editDistance(
  a: string,
  b: string,
  { limit, budget }: { readonly limit: number; readonly budget: ComparisonBudget },
): number {
  let before: number[] = []
  let leastBefore = 0
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next: number[] = [i]
    const first = Math.max(1, i - limit)
    const last = Math.min(b.length, i + limit)
    let least = first === 1 ? i : far
    // What lies further from the diagonal takes more insertions or deletions than the limit.
    for (let j = first; j <= last; j++) {
      const substituted = (row[j - 1] ?? far) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? (before[j - 2] ?? far) + 1 : substituted
      const distance = Math.min(substituted, swapped, (row[j] ?? far) + 1, (next[j - 1] ?? far) + 1)
      next[j] = distance
      least = Math.min(least, distance)
    }
    budget.cells -= last - first + 1
    // Letters that have changed places look two rows back.
    if (least > limit && leastBefore > limit) return far
    leastBefore = least
    before = row
    row = next
  }
  return row[b.length] ?? far
}

const far = Number.POSITIVE_INFINITY
