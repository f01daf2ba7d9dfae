import type { ConfigError } from '../errors.ts'
import type { ConfigRuntime, SourcePlace, SourceUsage } from '../ports.ts'
import type { RefreshLoop } from '../refresh/loop.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { ConfigHealth, ConfigStatus, ExpiringParameter, NotificationStatus, ResourceStatus } from './status.ts'

/** What a status is made of. */
export interface StatusParts {
  readonly runtime: ConfigRuntime
  readonly loop: RefreshLoop<unknown>
  readonly snapshot: Snapshot<unknown> | undefined
  readonly lastError: { readonly error: ConfigError; readonly at: number } | undefined
  readonly notifications: NotificationStatus
  readonly expiring: readonly ExpiringParameter[]
  readonly usage: SourceUsage
  readonly place: SourcePlace | undefined
  readonly resources: readonly ResourceStatus[]
}

export function describeStatus({ runtime, loop, snapshot, lastError, place, ...parts }: StatusParts): ConfigStatus {
  const { state, reason, since, verifiedAt, failures, rejections, health } = loop.state
  const { nextRefreshAt } = loop
  return {
    runtime,
    state,
    ...(reason !== undefined && { reason }),
    since: loop.toClockTime(since),
    ...(snapshot !== undefined && { revision: snapshot.revision, loadedAt: snapshot.loadedAt }),
    ...(verifiedAt !== undefined && { verifiedAt: loop.toClockTime(verifiedAt) }),
    ...(nextRefreshAt !== undefined && { nextPollAt: Math.round(nextRefreshAt) }),
    failures: failures + rejections,
    ...(lastError !== undefined && {
      lastError: { code: lastError.error.code, message: lastError.error.message, at: lastError.at },
    }),
    ...(place !== undefined && { place }),
    missedNotifications: health.missed,
    ...parts,
  }
}

/** What a health is made of. */
export interface HealthParts extends Pick<StatusParts, 'loop' | 'snapshot' | 'resources'> {
  readonly now: number
}

export function describeHealth({ loop, snapshot, resources, now }: HealthParts): ConfigHealth {
  const { state, reason, verifiedAt } = loop.state
  const isCurrent = state === 'ready' && resources.every((resource) => resource.isCurrent)
  const isServing = snapshot !== undefined && state !== 'closed' && reason !== 'age-exceeded'
  return {
    status: !isServing ? 'down' : isCurrent ? 'up' : 'degraded',
    state,
    ...(reason !== undefined && { reason }),
    ...(snapshot !== undefined && { revision: snapshot.revision }),
    ...(verifiedAt !== undefined && { ageMs: Math.max(0, now - loop.toClockTime(verifiedAt)) }),
  }
}
