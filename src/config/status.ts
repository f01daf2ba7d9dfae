import type { ReadFailure } from '../errors.ts'
import type { ConfigRuntime, PolicyNotice, SourcePlace, SourceUsage } from '../ports.ts'
import type { ConfigState, StaleReason } from '../refresh/state.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** The state of a live config, without values. All times are in milliseconds since the Unix epoch. */
export interface ConfigStatus {
  /** Where the config runs, which decides when it refreshes. */
  readonly runtime: ConfigRuntime
  /** The present state. */
  readonly state: ConfigState
  /** Why the config is stale. Absent in other states. */
  readonly reason?: StaleReason
  /** When the state or its reason last changed. */
  readonly since: number
  /** The revision of the snapshot. Absent before the first one. */
  readonly revision?: number
  /** The origin of the snapshot: `backup` or `shared-cache` until AWS was read, if it could not be. Absent before the first one. */
  readonly origin?: Snapshot<unknown>['origin']
  /** When AWS last confirmed the backup or the shared reading in use. Absent for another origin. */
  readonly savedAt?: number
  /** When the snapshot was read. Absent before the first one. */
  readonly loadedAt?: number
  /** When a reading last confirmed the snapshot. Absent before the first one. */
  readonly verifiedAt?: number
  /**
   * When the next refresh is due, unless a notification arrives first. Absent during a refresh and when none is
   * scheduled.
   */
  readonly nextPollAt?: number
  /** The number of failed refreshes since the config was last healthy for a minute, plus consecutive rejections. */
  readonly failures: number
  /** The last error. */
  readonly lastError?: { readonly code: string; readonly message: string; readonly at: number }
  /** The state of the option `notifications`. */
  readonly notifications: NotificationStatus
  /** The number of changes that polling found while notifications were healthy. */
  readonly missedNotifications: number
  /** Announcements of parameter policies, for parameters in use that have not changed since. */
  readonly expiring: readonly ExpiringParameter[]
  /** The calls and decryptions so far. */
  readonly usage: SourceUsage
  /** The AWS account and region that were read. Absent before the first answer and for custom sources without it. */
  readonly place?: SourcePlace
  /** The resources, in the order of the calls of `resource()`. */
  readonly resources: readonly ResourceStatus[]
}

/** Counts notifications since the config was created. */
export interface NotificationStatus {
  /** One for each source, in the order of the option. */
  readonly sources: readonly SourceStatus[]
  /** Events about stored values, duplicates included. */
  readonly received: number
  /** Repeated deliveries of an event. */
  readonly duplicates: number
  /** Events about parameters and secrets that the schema does not use. */
  readonly unrelated: number
  /** Events about changes that the snapshot already has. */
  readonly upToDate: number
  /** Messages that liveparam does not understand. */
  readonly ignored: number
  /** The delay of the last event that caused a refresh, in milliseconds. AWS sends its time in whole seconds. */
  readonly lagMs?: number
}

/** The state of a notification source. */
export interface SourceStatus {
  /** Its name, such as `sqs`. */
  readonly name: string
  /** Whether it is listening. */
  readonly isHealthy: boolean
  /** Why it is not listening. */
  readonly failure?: Omit<ReadFailure, 'cause'>
}

/** An announcement of a parameter policy. All times are in milliseconds since the Unix epoch. */
export interface ExpiringParameter {
  /** The full name. */
  readonly parameter: string
  /** The keys that the parameter stores, also those that a later layer overrides. */
  readonly keys: readonly string[]
  /**
   * `ExpirationNotification`: AWS will delete the parameter. `Expiration`: AWS deleted it. `NoChangeNotification`: it
   * has not changed for the time in its policy.
   */
  readonly policy: PolicyNotice['policy']
  /** When AWS deletes or deleted the parameter. */
  readonly expiresAt?: number
  /** When the config received the announcement. */
  readonly noticedAt: number
}

/** The state of a resource. */
export interface ResourceStatus {
  /** The option `name` of `resource()`. */
  readonly name?: string
  /** Whether it was created from the present snapshot. */
  readonly isCurrent: boolean
  /** The number of consecutive failures of `create`. */
  readonly failures: number
}

/** The answer for a health check. */
export interface ConfigHealth extends Pick<ConfigStatus, 'state' | 'reason' | 'revision' | 'origin'> {
  /**
   * `degraded`: the snapshot is stale, or a resource was created from an earlier one. `down`: there is no snapshot, it
   * is older than `maxStaleMs`, or the config is closed.
   */
  readonly status: 'up' | 'degraded' | 'down'
  /** The time since a reading last confirmed the snapshot, in milliseconds. Absent before the first one. */
  readonly ageMs?: number
}
