import type { ConfigError, LoadError, Problem } from '../errors.ts'
import type { StaleReason } from '../refresh/state.ts'
import type { Cause } from '../refresh/task.ts'
import type { KeyChange } from '../snapshot/diff.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { ExpiringParameter } from './status.ts'

/** What a live config tells of itself. The state is the new one when an event is told. */
export interface ConfigEvents<Value> {
  /** There is a first snapshot. */
  ready: { readonly snapshot: Snapshot<Value>; readonly cause: Cause }
  /** Another snapshot is published. */
  change: ChangeEvent<Value>
  /** A look has shown that what it looked at is served as it is stored. All of it was looked at at `verifiedAt`. */
  unchanged: { readonly verifiedAt: number; readonly cause: Cause }
  /** From now on the last snapshot is served although it may not be what is stored. */
  stale: { readonly reason: StaleReason; readonly error?: ConfigError }
  /** What is served is what is stored again. */
  recovered: { readonly cause: Cause }
  /** What is stored was read, and cannot be used: the last snapshot is kept. Told once for the same problems. */
  rejected: { readonly problems: readonly Problem[]; readonly error: LoadError }
  /** What is stored could not be read; that is tried again. */
  error: { readonly error: ConfigError }
  /**
   * A listener, a watcher or what makes or destroys a resource threw or rejected. The error is the caller's own.
   * `resource` is the place of that resource in `status().resources`, unless it was disposed of.
   */
  listenerError: { readonly event: string; readonly error: unknown; readonly resource?: number }
  /** Something is odd, and does no harm for now. One line. */
  warning: { readonly message: string }
  /** A policy of a parameter announces that it expires, has expired, or has not changed for long. */
  expiring: ExpiringParameter
  /** The last event. */
  closed: Record<never, never>
}

/** A snapshot that takes the place of another. */
export interface ChangeEvent<Value> {
  /** The configuration from now on. */
  readonly current: Value
  /** The configuration that it takes the place of. */
  readonly previous: Value
  /** Whatever is stored in another version than before. */
  readonly changed: readonly KeyChange[]
  /** Of the new snapshot. */
  readonly revision: number
  /** Why somebody looked. */
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
