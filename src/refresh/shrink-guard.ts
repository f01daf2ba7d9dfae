import type { Problem } from '../errors.ts'
import type { StoredKeys } from '../snapshot/snapshot.ts'
import type { RefreshTask } from './task.ts'

const smallConfig = 10

/** A path that was deleted by mistake, or a store that answers half: seen twice, it is meant. */
export class ShrinkGuard {
  // What was left when most was gone, until it is looked at again.
  #remains: string | undefined

  /** @returns Why what is stored now is not published, if so much of what was there before is gone. */
  check(before: StoredKeys, after: StoredKeys, { scope, cause }: RefreshTask): Problem | undefined {
    const lost = lostParameters(before, after)
    if (before.size <= smallConfig || lost * 2 <= before.size) {
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
    // The second look has to find what the first one found.
    if (isRecheck || this.#remains === undefined) this.#remains = remains
    const detail = `${lost} of ${before.size} parameters are gone at once`
    const remedy = 'they are looked at again in 30 s, and then taken for gone; or set allowShrink'
    return { code: 'SHRUNK', detail, remedy }
  }

  /** Nothing is gone any more. */
  reset(): void {
    this.#remains = undefined
  }
}

function lostParameters(before: StoredKeys, after: StoredKeys): number {
  const missing = [...before].filter(([id, { winner }]) => after.get(id)?.winner.parameter !== winner.parameter)
  if (missing.length === 0) return 0
  const names = new Set([...after.values()].map(({ winner }) => winner.parameter))
  return missing.filter(([, { winner }]) => !names.has(winner.parameter)).length
}
