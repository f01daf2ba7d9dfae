import type { Clock, EncryptionKeys, ParameterSource, Random, ReadRequest } from '../ports.ts'
import type { BackedUpConfig, ConnectedBackup } from '../refresh/backup.ts'
import type { RefreshPort } from '../refresh/loop.ts'
import type { EventDetails } from '../refresh/state.ts'
import type { Published } from '../snapshot/snapshot.ts'

/** A cache that the instances of a fleet share, so that one of them reads AWS for all. Made by `redisCache()`. */
export interface SharedCache {
  /** A short name, such as `redis`. */
  readonly name: string
  /** The keys that it encrypts with, for tools that write permissions. */
  readonly encryption?: EncryptionKeys
}

/** The part of a shared cache that a config uses. */
export interface UsableCache extends SharedCache {
  share(context: SharedCacheContext): SharedSource
}

/** Reads for one config, from the cache or from AWS. */
export interface SharedSource extends ParameterSource {
  /** The same refreshes. The source has to know what they are for, and how they end. */
  around(refresher: RefreshPort<Published>): RefreshPort<Published>
  /** What a start uses if AWS cannot be read: the shared reading, or the backup of the config. */
  backup(config: BackedUpConfig, own: ConnectedBackup | undefined): ConnectedBackup
}

/** One config, as a shared cache sees it. */
export interface SharedCacheContext {
  /** Reads AWS. */
  readonly source: ParameterSource
  readonly paths: readonly string[]
  /** The request that reads everything that the schema covers. */
  readonly request: ReadRequest
  readonly clock: Clock
  readonly random: Random
  readonly startupTimeoutMs: number
  /** The age at which a snapshot is too old, in milliseconds; `undefined` without a limit. */
  readonly maxStaleMs: number | undefined
  /** Whether the process may be frozen between invocations, so that no timer and no connection of the cache may run. */
  readonly isInvoked: boolean
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>
  warn(message: string): void
  /** Makes the config refresh: hinted names, or everything. */
  send(
    event: Extract<EventDetails<Published>, { readonly type: 'hintReceived' | 'refreshRequested' | 'subscribed' }>,
  ): void
}

export function isUsableCache(value: unknown): value is UsableCache {
  return typeof value === 'object' && value !== null && 'share' in value && typeof value.share === 'function'
}
