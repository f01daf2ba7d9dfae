import type { ReadFailure } from '../errors.ts'
import type { ConfigRuntime, PolicyNotice, SourcePlace, SourceUsage } from '../ports.ts'
import type { ConfigState, StaleReason } from '../refresh/state.ts'

/** How a live config fares. All times in milliseconds since the Unix epoch. No values. */
export interface ConfigStatus {
  /** Where the config runs: it decides when the config is refreshed. */
  readonly runtime: ConfigRuntime
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
  readonly nextPollAt?: number
  /** Refreshes that failed without a minute of health between them, and the last ones in a row that were rejected. */
  readonly failures: number
  /** The last thing that went wrong. */
  readonly lastError?: { readonly code: string; readonly message: string; readonly at: number }
  /** What came of the option `notifications`. */
  readonly notifications: NotificationStatus
  /** Changes that were found by polling while notifications seemed to work. */
  readonly missedNotifications: number
  /** What policies have announced of parameters that are in use, and have not changed since. */
  readonly expiring: readonly ExpiringParameter[]
  /** What reading has taken so far. */
  readonly usage: SourceUsage
  /** The AWS account and region that the parameters come from; absent before the first answer and for other sources. */
  readonly place?: SourcePlace
  /** What `resource()` has made, in the order in which it was asked for. */
  readonly resources: readonly ResourceStatus[]
}

/** What came of the notifications so far. */
export interface NotificationStatus {
  /** One for each source, in the order of the option. */
  readonly sources: readonly SourceStatus[]
  /** Events about stored values, duplicates included. */
  readonly received: number
  /** Events that were delivered before. */
  readonly duplicates: number
  /** Events about parameters and secrets that the schema has no use for. */
  readonly unrelated: number
  /** Events that told of what was here already. */
  readonly upToDate: number
  /** Messages that were not understood. */
  readonly ignored: number
  /** How long the last event that mattered was on its way, in milliseconds; AWS tells when it happened in whole seconds. */
  readonly lagMs?: number
}

/** How a notification source fares. */
export interface SourceStatus {
  /** Such as `sqs`. */
  readonly name: string
  /** Whether it can listen. */
  readonly isHealthy: boolean
  /** Why it cannot listen for now. */
  readonly failure?: Omit<ReadFailure, 'cause'>
}

/** A parameter of whose policies something was announced. All times in milliseconds since the Unix epoch. */
export interface ExpiringParameter {
  /** The full name. */
  readonly parameter: string
  /** The keys whose values it holds, or would hold if no other layer did. */
  readonly keys: readonly string[]
  /**
   * `ExpirationNotification`: it will be deleted. `Expiration`: it was. `NoChangeNotification`: nobody has changed it for
   * as long as its policy says.
   */
  readonly policy: PolicyNotice['policy']
  /** When the parameter is, or was, deleted. */
  readonly expiresAt?: number
  /** When this was learned. */
  readonly noticedAt: number
}

/** How something fares that is made of the configuration. */
export interface ResourceStatus {
  /** The option `name` of `resource()`. */
  readonly name?: string
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
