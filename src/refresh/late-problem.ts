import type { Problem } from '../errors.ts'
import type { SourceUsage } from '../ports.ts'

/** How far a refresh was at its deadline. */
export interface Progress {
  readonly before: SourceUsage
  readonly now: SourceUsage
  /** Whether the reading had ended, and the schema was validating. */
  readonly isValidating: boolean
}

/** The problem of a reading or validation that did not end soon after the deadline. */
export function timeoutProblem({ before, now, isValidating }: Progress): Problem {
  const described = describeCalls(before, now)
  const calls = described === undefined ? '' : ` (${described})`
  if (isValidating) {
    const detail = `everything was read${calls}, and the schema was still validating at the deadline`
    const remedy = 'check its asynchronous refinements and transforms, or raise startup.timeoutMs'
    return { code: 'TIMEOUT', detail, remedy }
  }
  const detail = `the reading had not ended at the deadline${calls}`
  if (between(before, now, 'throttled') > 0) {
    const remedy = 'spread the starts, raise the throughput of Parameter Store, or raise startup.timeoutMs'
    return { code: 'THROTTLED', detail, remedy }
  }
  return { code: 'TIMEOUT', detail, remedy: 'check why the source does not answer, or raise startup.timeoutMs' }
}

/** The calls between two moments, answered and throttled; `undefined` if the source counts none. */
export function describeCalls(before: SourceUsage, now: SourceUsage): string | undefined {
  if (Object.keys(now.calls).length === 0) return undefined
  const answered = between(before, now, 'answered')
  const throttled = between(before, now, 'throttled')
  return `${answered} ${answered === 1 ? 'call was' : 'calls were'} answered, ${throttled} throttled`
}

function between(before: SourceUsage, now: SourceUsage, outcome: 'answered' | 'throttled'): number {
  return total(now, outcome) - total(before, outcome)
}

function total({ calls }: SourceUsage, outcome: 'answered' | 'throttled'): number {
  return Object.values(calls).reduce((sum, usage) => sum + usage[outcome], 0)
}
