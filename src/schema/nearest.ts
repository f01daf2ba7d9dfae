/**
 * The candidate that is spelled most like `word`, unless even that one is too far off to be meant. Of names, only the
 * segments count in which they differ.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    if (candidate === word) continue
    const [own, other] = withoutShared(word, candidate)
    const limit = Math.min(bestDistance - 1, maxDistance(own.length))
    if (Math.abs(other.length - own.length) > limit) continue
    const distance = editDistance(own.toLowerCase(), other.toLowerCase())
    if (distance <= limit) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

// Any two names of two letters are but two letters apart.
function maxDistance(length: number): number {
  return length < 3 ? 0 : Math.max(1, Math.floor(length / 3))
}

function withoutShared(a: string, b: string): readonly [string, string] {
  let start = 0
  for (let index = 0; index < a.length && a[index] === b[index]; index++) if (a[index] === '/') start = index + 1
  let length = 0
  const longest = Math.min(a.length, b.length) - start
  for (let back = 1; back <= longest && a.at(-back) === b.at(-back); back++) if (a.at(-back) === '/') length = back
  return [a.slice(start, a.length - length), b.slice(start, b.length - length)]
}

// Two letters that have changed places are one mistake.
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : substituted
      next.push(Math.min(substituted, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}
