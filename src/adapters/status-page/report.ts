import type { LiveConfig } from '../../live-config.ts'
import { platform } from '../../platform/node.ts'
import type { PlannedCall } from '../../ports.ts'
import type { AbsentKey } from '../../snapshot/explain.ts'
import type { SnapshotKey } from '../../snapshot/snapshot.ts'
import type { ConfigHealth, ConfigStatus } from '../../status.ts'
import type { ChangeLog, LoggedChange } from './change-log.ts'
import { shownValue } from './shown-value.ts'

/** Everything that the page tells, as `status.json` has it. All times in milliseconds since the Unix epoch. */
export interface StatusReport extends StatusNews, KeysReport {}

/** What may be another the next moment. */
export interface StatusNews {
  readonly title: string
  /** What the time is for the config. */
  readonly now: number
  readonly health: ConfigHealth
  readonly status: ConfigStatus
  /** The latest first. */
  readonly changes: readonly LoggedChange[]
  /** The calls that one look makes. */
  readonly calls: readonly PlannedCall[]
  readonly warnings: readonly string[]
}

/** What is the same for as long as the revision is. */
export interface KeysReport {
  readonly keys: readonly KeyReport[]
  readonly absent: readonly AbsentKey[]
}

/** Where the value of a key came from. */
export interface KeyReport extends SnapshotKey {
  /** Whether the option `hide` withholds the value. */
  readonly isHidden: boolean
  /** At most 200 characters; absent if it is sensitive or hidden, and where a transform has left nothing of it. */
  readonly value?: string
}

/** What reports are made from. */
export interface Reporter {
  readonly title: string
  readonly config: LiveConfig<unknown>
  readonly log: ChangeLog
  isHidden(key: string): boolean
}

export function reportNews({ title, config, log }: Reporter): StatusNews {
  const [status, health] = [config.status(), config.health()]
  const { calls, warnings } = config.explain()
  return { title, now: nowOf(status, health), health, status, changes: log.changes, calls, warnings }
}

export function reportKeys({ config, isHidden }: Reporter): KeysReport {
  const { keys, absent } = config.explain()
  const value = config.status().revision === undefined ? undefined : config.pin().value
  return { keys: keys.map((key) => reportKey(key, value, isHidden(key.key))), absent }
}

// A config may have a clock of its own, which is known by what it says of its age.
function nowOf({ verifiedAt }: ConfigStatus, { ageMs }: ConfigHealth): number {
  return verifiedAt === undefined || ageMs === undefined ? platform.clock.now() : verifiedAt + ageMs
}

function reportKey(key: SnapshotKey, configuration: unknown, isHidden: boolean): KeyReport {
  const value = key.isSensitive || isHidden ? undefined : shownValue(configuration, key.key)
  return { ...key, isHidden, ...(value !== undefined && { value }) }
}
