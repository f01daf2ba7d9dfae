import type { StoredKeys } from '../snapshot/diff.ts'
import type { Refusal } from './candidate.ts'
import { hasShrunk } from './refusals.ts'
import type { RefreshTask } from './state.ts'

/** Holds back a candidate that lost more than half of its parameters, until a second reading agrees. */
export class ShrinkGuard {
  /** The parameters of the candidate that is held back. */
  #remains: string | undefined

  /** @returns The refusal, if the candidate is held back. */
  check(before: StoredKeys, after: StoredKeys, { scope, cause }: RefreshTask): Refusal | undefined {
    const lost = lostParameters(before, after)
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
    return hasShrunk(lost, before.size)
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
