import type { ConfigError } from '../errors.ts'
import type { SourceUsage } from '../ports.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { ExpiringParameter } from './expiries.ts'
import type { NotificationStatus } from './inbox.ts'
import { type ConfigState, type Life, nextWake, type StaleReason } from './life.ts'

/** How a live config fares. All times in milliseconds since the Unix epoch. No values. */
export interface ConfigStatus {
  /** What it is now. */
  readonly state: ConfigState
  /** Why it is stale. */
  readonly reason?: StaleReason
  /** When it came to be so. */
  readonly since: number
  /** Absent before the first snapshot. */
  readonly revision?: number
  /** When what is served was read; absent before the first snapshot. */
  readonly loadedAt?: number
  /** When what is served was last known to be what is stored. */
  readonly verifiedAt?: number
  /** When it looks again, unless it is told of a change before; absent while it looks, and when it never does. */
  readonly nextLookAt?: number
  /** Looks that failed without a minute of health between them. */
  readonly failures: number
  /** The last thing that went wrong. */
  readonly lastError?: { readonly code: string; readonly message: string; readonly at: number }
  /** What came of the option `notifications`. */
  readonly notifications: NotificationStatus
  /** Changes that were found by polling while notifications seemed to work. */
  readonly missedByPush: number
  /** What policies have announced of parameters that are in use, and have not changed since. */
  readonly expiring: readonly ExpiringParameter[]
  /** What reading has taken so far. */
  readonly usage: SourceUsage
  /** What `resource()` has made, in the order in which it was asked for. */
  readonly resources: readonly ResourceStatus[]
}

/** How something fares that is made of the configuration. */
export interface ResourceStatus {
  /** Whether it was made of what is served. */
  readonly isCurrent: boolean
  /** How often in a row it could not be made. */
  readonly failures: number
}

/** What a health check wants to know. */
export interface ConfigHealth {
  /** `degraded`: an old snapshot is served on purpose, or a resource is made of an old one. `down`: there is none, or it is older than `maxStaleMs`. */
  readonly status: 'up' | 'degraded' | 'down'
  /** As of `status()`. */
  readonly state: ConfigState
  /** Why it is stale. */
  readonly reason?: StaleReason
  /** Of what is served; absent before the first snapshot. */
  readonly revision?: number
  /** How long ago what is served was known to be what is stored, in milliseconds. */
  readonly ageMs?: number
}

/** What a status is made of. */
export interface StatusParts {
  readonly life: Life
  readonly snapshot: Snapshot<unknown> | undefined
  readonly lastError: { readonly error: ConfigError; readonly at: number } | undefined
  readonly notifications: NotificationStatus
  readonly expiring: readonly ExpiringParameter[]
  readonly usage: SourceUsage
  readonly resources: readonly ResourceStatus[]
}

export function describeStatus({ life, snapshot, lastError, ...parts }: StatusParts): ConfigStatus {
  const { state, reason, since, failures } = life
  const nextLookAt = nextWake(life)
  return {
    state,
    ...(reason !== undefined && { reason }),
    since,
    ...(snapshot !== undefined && { revision: snapshot.revision, loadedAt: snapshot.loadedAt }),
    ...(life.verifiedAt !== undefined && { verifiedAt: life.verifiedAt }),
    ...(nextLookAt !== undefined && { nextLookAt }),
    failures,
    ...(lastError !== undefined && {
      lastError: { code: lastError.error.code, message: lastError.error.message, at: lastError.at },
    }),
    missedByPush: life.push.missed,
    ...parts,
  }
}

/** What a health is made of. */
export interface HealthParts extends Pick<StatusParts, 'life' | 'snapshot' | 'resources'> {
  readonly now: number
}

export function describeHealth({ life, snapshot, resources, now }: HealthParts): ConfigHealth {
  const { state, reason, verifiedAt } = life
  const isCurrent = state === 'ready' && resources.every((resource) => resource.isCurrent)
  const isServing = snapshot !== undefined && state !== 'closed' && reason !== 'age-exceeded'
  return {
    status: !isServing ? 'down' : isCurrent ? 'up' : 'degraded',
    state,
    ...(reason !== undefined && { reason }),
    ...(snapshot !== undefined && { revision: snapshot.revision }),
    ...(verifiedAt !== undefined && { ageMs: Math.max(0, now - verifiedAt) }),
  }
}
