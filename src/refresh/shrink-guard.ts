import type { Problem } from '../errors.ts'
import type { StoredKeys } from '../snapshot/diff.ts'
import type { RefreshTask } from './task.ts'

const smallConfig = 10

/** Holds back a candidate that lost more than half of its parameters, until a second reading agrees. */
export class ShrinkGuard {
  /** The parameters of the candidate that is held back. */
  #remains: string | undefined

  /** @returns The problem, if the candidate is held back. */
  check(before: StoredKeys, after: StoredKeys, { scope, cause }: RefreshTask): Problem | undefined {
    const lost = before.size > smallConfig ? lostParameters(before, after) : 0
    if (lost * 2 <= before.size) {
      this.reset()
      return undefined
    }
    const remains = JSON.stringify([...after.values()].map(({ winner }) => winner.parameter).sort())
    // Only the recheck of a held-back candidate is full.
    const isRecheck = cause === 'recheck' && scope === 'full'
    if (isRecheck && this.#remains === remains) {
      this.reset()
      return undefined
    }
    // Readings between the first one and the recheck do not count.
    if (isRecheck || this.#remains === undefined) this.#remains = remains
    const detail = `${lost} of ${before.size} parameters disappeared at once`
    const remedy =
      'liveparam reads them again in 30 s and accepts the loss if they are still missing; or set allowShrink'
    return { code: 'SHRUNK', detail, remedy }
  }

  reset(): void {
    this.#remains = undefined
  }
}

function lostParameters(before: StoredKeys, after: StoredKeys): number {
  let lost = 0
  let names: Set<string> | undefined
  for (const [id, { winner }] of before) {
    if (after.get(id)?.winner.parameter === winner.parameter) continue
    names ??= new Set([...after.values()].map((key) => key.winner.parameter))
    if (!names.has(winner.parameter)) lost++
  }
  return lost
}
