import type { LiveConfig } from '../../config/live-config.ts'
import type { ConfigHealth, ConfigStatus } from '../../config/status.ts'
import { type Instance, thisInstance } from '../../platform/instance.ts'
import { platform } from '../../platform/node.ts'
import type { PlannedCall } from '../../ports.ts'
import type { AbsentKey } from '../../snapshot/explain.ts'
import type { SnapshotKey } from '../../snapshot/snapshot.ts'
import { ChangeLog, type LoggedChange } from './change-log.ts'
import { shownValue } from './shown-value.ts'

/** The content of the page, as in `status.json`. All times in milliseconds since the Unix epoch. */
export interface StatusReport {
  readonly title: string
  /** The time on the clock of the config. */
  readonly now: number
  readonly health: ConfigHealth
  readonly status: ConfigStatus
  /** The latest first. */
  readonly changes: readonly LoggedChange[]
  /** The calls that a full read makes. */
  readonly calls: readonly PlannedCall[]
  readonly warnings: readonly string[]
  /** The layers. A later layer overrides an earlier one. */
  readonly paths: readonly string[]
  readonly process: Instance
  /** Whether the store was read at least once. */
  readonly isRead: boolean
  /** The keys with a stored value. */
  readonly keys: readonly KeyReport[]
  /** The other keys. */
  readonly absent: readonly AbsentReport[]
}

/** A key with a stored value. */
export interface KeyReport extends SnapshotKey {
  /** Whether the option `hide` withholds the value. */
  readonly isHidden: boolean
  /** At most 200 characters. Absent for a sensitive or hidden key, and where a transform removed the value. */
  readonly value?: string
}

/** A key without a stored value. */
export interface AbsentReport extends AbsentKey {
  /** Whether the option `hide` withholds the value. */
  readonly isHidden: boolean
  /** Whether the configuration has a value for the key, such as a default. */
  readonly hasValue: boolean
  /** As in {@link KeyReport}. */
  readonly value?: string
}

/** Reports on a live config, and logs its changes from now on. */
export class Reporter {
  readonly #config: LiveConfig<unknown>
  readonly #title: string
  readonly #hide: ((key: string) => unknown) | undefined
  readonly #log: ChangeLog

  constructor(config: LiveConfig<unknown>, title: string, hide?: (key: string) => unknown) {
    this.#config = config
    this.#title = title
    this.#hide = hide
    this.#log = new ChangeLog(config, (key) => this.#isHidden(key))
  }

  report(): StatusReport {
    const [status, health] = [this.#config.status(), this.#config.health()]
    const { keys, absent, calls, warnings, paths } = this.#config.explain()
    const isRead = status.revision !== undefined
    const configuration = isRead ? this.#config.pin().value : undefined
    return {
      title: this.#title,
      now: nowOf(status, health),
      health,
      status: this.#hide === undefined ? status : withoutMessage(status),
      changes: this.#log.changes,
      calls,
      warnings,
      paths,
      process: thisInstance(),
      isRead,
      keys: keys.map((key) => this.#reportKey(key, configuration)),
      absent: absent.map((key) => this.#reportAbsent(key, configuration)),
    }
  }

  #reportKey(key: SnapshotKey, configuration: unknown): KeyReport {
    const isHidden = this.#isHidden(key.key)
    const value = key.isSensitive || isHidden ? undefined : shownValue(configuration, key.key)
    return { ...key, isHidden, ...(value !== undefined && { value }) }
  }

  #reportAbsent(key: AbsentKey, configuration: unknown): AbsentReport {
    const isHidden = this.#isHidden(key.key)
    const value = shownValue(configuration, key.key)
    const isShown = value !== undefined && key.isSensitive !== true && !isHidden
    return { ...key, isHidden, hasValue: value !== undefined, ...(isShown && { value }) }
  }

  #isHidden(key: string): boolean {
    if (this.#hide === undefined) return false
    try {
      const answer = this.#hide(key)
      // A promise is not `false`, so it hides the value. Its rejection must not end the process.
      if (typeof answer === 'object') Promise.resolve(answer).catch(() => undefined)
      return answer !== false
    } catch {
      return true
    }
  }
}

// A message of a schema or hook may quote the value of any key.
function withoutMessage(status: ConfigStatus): ConfigStatus {
  if (status.lastError === undefined) return status
  const message = 'The message is not shown because it could quote a hidden value: see the log.'
  return { ...status, lastError: { ...status.lastError, message } }
}

// The config may run on a clock of its own, which only the age of its snapshot reveals.
function nowOf({ verifiedAt }: ConfigStatus, { ageMs }: ConfigHealth): number {
  return verifiedAt === undefined || ageMs === undefined ? platform.clock.now() : verifiedAt + ageMs
}
