import type { ConfigError, LoadError, Problem } from '../errors.ts'
import type { Cause, StaleReason } from '../refresh/state.ts'
import type { KeyChange } from '../snapshot/diff.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { ExpiringParameter } from './status.ts'

/** The events of a live config. `status()` has the new state before an event is emitted. */
export interface ConfigEvents<Value> {
  /** The first snapshot was published. */
  ready: { readonly snapshot: Snapshot<Value>; readonly cause: Cause }
  /** A new snapshot was published. */
  change: ChangeEvent<Value>
  /** A refresh found no change. `verifiedAt` is the time of the last reading of all parameters, in milliseconds. */
  unchanged: { readonly verifiedAt: number; readonly cause: Cause }
  /** The last snapshot stays in use although it may be outdated. */
  stale: { readonly reason: StaleReason; readonly error?: ConfigError }
  /** The snapshot is up to date again. */
  recovered: { readonly cause: Cause }
  /** A candidate was rejected, and the last snapshot stays in use. Equal problems are emitted once. */
  rejected: { readonly problems: readonly Problem[]; readonly error: LoadError }
  /** Parameters could not be read. Unless a start in mode `strict` failed, the config tries again. */
  error: { readonly error: ConfigError }
  /**
   * A listener, a watcher, or the `create` or `destroy` of a resource threw or rejected with `error`. `resource` is the
   * index in `status().resources`, unless the resource was disposed of.
   */
  listenerError: { readonly event: string; readonly error: unknown; readonly resource?: number }
  /** A warning in one line. Equal warnings are emitted once. */
  warning: { readonly message: string }
  /** A parameter policy announced that the parameter expires, has expired, or has not changed for long. */
  expiring: ExpiringParameter
  /** The config is closed. No event follows. */
  closed: Record<never, never>
}

/** The replacement of a snapshot. */
export interface ChangeEvent<Value> {
  /** The new value. */
  readonly current: Value
  /** The replaced value. */
  readonly previous: Value
  /** The keys that were added, removed, or stored in a new version. */
  readonly changed: readonly KeyChange[]
  /** The revision of the new snapshot. */
  readonly revision: number
  /** The cause of the refresh. */
  readonly cause: Cause
}

// The type has an error for an event that is missing here.
const events: Readonly<Record<keyof ConfigEvents<unknown>, true>> = {
  ready: true,
  change: true,
  unchanged: true,
  stale: true,
  recovered: true,
  rejected: true,
  error: true,
  listenerError: true,
  warning: true,
  expiring: true,
  closed: true,
}

export const eventNames: readonly string[] = Object.keys(events)
