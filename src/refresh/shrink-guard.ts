import type { StoredKeys } from '../snapshot/diff.ts'
import type { RefreshTask } from './state.ts'

const smallConfig = 10

/** Holds back a candidate that lost more than half of its parameters, until a second reading agrees. */
export class ShrinkGuard {
  /** The parameters of the candidate that is held back. */
  #remains: string | undefined

  /** @returns How many parameters the candidate lost, if it is held back; otherwise 0. */
  countLost(before: StoredKeys, after: StoredKeys, { scope, cause }: RefreshTask): number {
    const lost = before.size > smallConfig ? lostParameters(before, after) : 0
    if (lost * 2 <= before.size) {
      this.reset()
      return 0
    }
    const remains = JSON.stringify([...after.values()].map(({ winner }) => winner.parameter).sort())
    // Only the recheck of a held-back candidate is full.
    const isRecheck = cause === 'recheck' && scope === 'full'
    if (isRecheck && this.#remains === remains) {
      this.reset()
      return 0
    }
    // Readings between the first one and the recheck do not count.
    if (isRecheck || this.#remains === undefined) this.#remains = remains
    return lost
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
