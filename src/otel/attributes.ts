import type { Attributes } from '@opentelemetry/api'
import type { RefreshCause } from '../index.ts'
import type { ConfigInfo, RefreshReport } from '../source/index.ts'

/** What spans and metrics say of a refresh alike. */
export function describeRefresh(cause: RefreshCause, { outcome, error }: RefreshReport): Attributes {
  const type = errorType(outcome, error)
  return {
    'liveparam.refresh.cause': cause,
    'liveparam.refresh.outcome': outcome,
    ...(type !== undefined && { 'error.type': type }),
  }
}

/** Calls so far, whatever became of them. */
export function countCalls(config: ConfigInfo): number {
  const tallies = Object.values(config.status().usage.calls)
  return tallies.reduce(
    (sum, { answered, throttled, failed, aborted }) => sum + answered + throttled + failed + aborted,
    0,
  )
}

// One of the codes that docs/errors.md lists: of several problems one that could not be read, if there is any.
function errorType(outcome: RefreshReport['outcome'], error: RefreshReport['error']): string | undefined {
  if (outcome !== 'rejected' && outcome !== 'failed') return undefined
  const [problem] = [...(error?.unreadable ?? []), ...(error?.problems ?? [])]
  return problem?.code ?? '_OTHER'
}
