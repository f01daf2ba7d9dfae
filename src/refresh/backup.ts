import type { Backup, Clock, ParameterSource, Random } from '../ports.ts'
import type { Published } from '../snapshot/snapshot.ts'
import type { CandidateSpec, Refusal } from './candidate.ts'
import type { KeptReading } from './hints.ts'
import type { Publisher } from './reader.ts'
import type { Attempt } from './refresher.ts'
import type { TrackedSource } from './tracked-source.ts'

/** The parts of a config that its backup works with. */
export interface BackedUpConfig {
  readonly spec: Pick<CandidateSpec, 'layers' | 'planned'>
  readonly source: Pick<TrackedSource, 'place' | 'where'>
  readonly publisher: Publisher
  readonly clock: Clock
  readonly random: Random
  /** Whether the process may be frozen between invocations: the backup is then written during one. */
  readonly isInvoked: boolean
}

/** Makes a candidate of a saved reading, and prepares its publication. */
export type RestoreAttempt = (saved: ParameterSource, signal: AbortSignal) => Promise<Attempt>

/** The snapshot of a backup with its age, or a clause that says why the backup was not used. */
export type Restoration =
  | { readonly published: Published; readonly ageMs: number; readonly ignored?: undefined }
  | { readonly published?: undefined; readonly ignored?: string }

/** A backup as liveparam makes it. */
export interface ConnectableBackup extends Backup {
  connect(config: BackedUpConfig): ConnectedBackup
}

/** The backup of one config. Its methods never reject. */
export interface ConnectedBackup {
  /** Makes a snapshot of the backup before the first one. `refusal` is absent if AWS was not read yet. */
  restore(refusal: Refusal | undefined, attempt: RestoreAttempt, signal: AbortSignal): Promise<Restoration>
  /** Writes the reading of a snapshot in the background, if AWS has confirmed it. */
  save(kept: KeptReading | undefined, published: Published | undefined): void
  /** Begins an invocation, where the process may be frozen between them. */
  resume(): void
  /** Ends an invocation. Resolves when nothing is running. */
  pause(): Promise<unknown>
  /** Writes what waits, within a time limit. */
  close(): Promise<unknown>
}

/** Every backup comes from liveparam. The public type hides how a config uses it. */
export function asConnectable(backup: Backup): ConnectableBackup
export function asConnectable(backup: Backup): Backup {
  return backup
}
