import type { LiveConfig } from '../../config/live-config.ts'
import type { ConfigHealth, ConfigStatus } from '../../config/status.ts'
import { type Instance, thisInstance } from '../../platform/instance.ts'
import { platform } from '../../platform/node.ts'
import type { PlannedCall } from '../../ports.ts'
import type { AbsentKey } from '../../snapshot/explain.ts'
import type { SnapshotKey } from '../../snapshot/snapshot.ts'
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
  /** The calls that reading everything takes. */
  readonly calls: readonly PlannedCall[]
  readonly warnings: readonly string[]
  /** The layers that are read. A later layer overrides an earlier one. */
  readonly paths: readonly string[]
  readonly process: Instance
}

/** What is the same for as long as the revision is. */
export interface KeysReport {
  /** Whether anything was read so far. */
  readonly isRead: boolean
  readonly keys: readonly KeyReport[]
  readonly absent: readonly AbsentReport[]
}

/** A key for which nothing is stored, as far as that is known. */
export interface AbsentReport extends AbsentKey {
  /** Whether the option `hide` withholds the value. */
  readonly isHidden: boolean
  /** Whether the configuration has a value there, such as a default. */
  readonly hasValue: boolean
  /** That value, as of {@link KeyReport.value}. */
  readonly value?: string
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
  /** Whether any value may be hidden. */
  readonly mayHide: boolean
}

export function reportNews({ title, config, log, mayHide }: Reporter): StatusNews {
  const [status, health] = [config.status(), config.health()]
  const { calls, warnings, paths } = config.explain()
  return {
    title,
    now: nowOf(status, health),
    health,
    status: mayHide ? withoutMessage(status) : status,
    changes: log.changes,
    calls,
    warnings,
    paths,
    process: thisInstance(),
  }
}

export function reportKeys({ config, isHidden }: Reporter): KeysReport {
  const { keys, absent } = config.explain()
  const isRead = config.status().revision !== undefined
  const value = isRead ? config.pin().value : undefined
  return {
    isRead,
    keys: keys.map((key) => reportKey(key, value, isHidden(key.key))),
    absent: absent.map((key) => reportAbsent(key, value, isHidden(key.key))),
  }
}

// An error may quote what an author of the schema or of a hook wrote, and so a value of any key.
function withoutMessage(status: ConfigStatus): ConfigStatus {
  if (status.lastError === undefined) return status
  const message = 'The message is not shown here, because it could quote a hidden value: see the log.'
  return { ...status, lastError: { ...status.lastError, message } }
}

// A config may have a clock of its own, which is known by what it says of its age.
function nowOf({ verifiedAt }: ConfigStatus, { ageMs }: ConfigHealth): number {
  return verifiedAt === undefined || ageMs === undefined ? platform.clock.now() : verifiedAt + ageMs
}

function reportAbsent(key: AbsentKey, configuration: unknown, isHidden: boolean): AbsentReport {
  const value = shownValue(configuration, key.key)
  const isShown = value !== undefined && key.isSensitive !== true && !isHidden
  return { ...key, isHidden, hasValue: value !== undefined, ...(isShown && { value }) }
}

function reportKey(key: SnapshotKey, configuration: unknown, isHidden: boolean): KeyReport {
  const value = key.isSensitive || isHidden ? undefined : shownValue(configuration, key.key)
  return { ...key, isHidden, ...(value !== undefined && { value }) }
}
