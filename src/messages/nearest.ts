/** The candidate with the spelling nearest to `word`; `undefined` if none is near enough to be a misspelling. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = maxDistance(word.length)
  let best: string | undefined
  let least = limit + 1
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) >= least) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase(), least - 1)
    if (distance >= least) continue
    best = candidate
    least = distance
  }
  return best
}

/** The largest distance of a misspelling from a word of this length. All words of two letters are similar. */
export function maxDistance(length: number): number {
  return length < 3 ? 0 : Math.max(1, Math.floor(length / 3))
}

/**
 * The number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. Computes only the
 * cells near the diagonal: a path through another cell is longer than the limit.
 *
 * @returns More than `limit` if the distance is.
 */
export function editDistance(a: string, b: string, limit: number): number {
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
