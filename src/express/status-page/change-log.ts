import type { ChangeEvent } from '../../config/events.ts'
import type { LiveConfig } from '../../config/live-config.ts'
import type { KeyChange } from '../../snapshot/diff.ts'
import { shownValue } from './shown-value.ts'

/** A change of the configuration, with the values that may be shown. */
export interface LoggedChange {
  readonly revision: number
  /** When the published snapshot was read, in milliseconds since the Unix epoch. */
  readonly at: number
  /** The cause of the refresh. */
  readonly cause: ChangeEvent<unknown>['cause']
  readonly keys: readonly LoggedKeyChange[]
  /** How many more keys changed. */
  readonly omitted: number
}

/** The change of one key. A key that is hidden, or that is or was sensitive, has no values. */
export interface LoggedKeyChange extends KeyChange {
  readonly before?: string
  readonly after?: string
}

const maxChanges = 20
const maxKeys = 50

/** Keeps the last changes of a config, from now on. */
export class ChangeLog {
  readonly #isHidden: (key: string) => boolean
  #changes: readonly LoggedChange[] = []

  constructor(config: LiveConfig<unknown>, isHidden: (key: string) => boolean) {
    this.#isHidden = isHidden
    config.on('change', (change) => this.#log(change, config.pin().loadedAt))
  }

  /** The latest first. A key that is hidden now has no values in earlier changes either. */
  get changes(): readonly LoggedChange[] {
    return this.#changes.map((change) => ({
      ...change,
      keys: change.keys.map((key) => (this.#isHidden(key.key) ? withoutValues(key) : key)),
    }))
  }

  #log(event: ChangeEvent<unknown>, at: number): void {
    const { changed, cause, revision } = event
    const keys = changed.slice(0, maxKeys).map((change) => this.#show(change, event))
    const newest = { revision, at, cause, keys, omitted: changed.length - keys.length }
    // The earlier values of a key that becomes sensitive may have been secret too.
    const secrets = new Set(changed.filter(({ isSensitive }) => isSensitive).map(({ key }) => key))
    const earlier = this.#changes.slice(0, maxChanges - 1)
    this.#changes = [newest, ...(secrets.size === 0 ? earlier : earlier.map((change) => redact(change, secrets)))]
  }

  #show(change: KeyChange, { previous, current }: Pick<ChangeEvent<unknown>, 'previous' | 'current'>): LoggedKeyChange {
    if (change.isSensitive || this.#isHidden(change.key)) return change
    const before = change.from && shownValue(previous, change.key)
    const after = change.to && shownValue(current, change.key)
    return { ...change, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }
  }
}

function redact(change: LoggedChange, secrets: ReadonlySet<string>): LoggedChange {
  const keys = change.keys.map((key) => (secrets.has(key.key) ? { ...withoutValues(key), isSensitive: true } : key))
  return { ...change, keys }
}

function withoutValues({ before: _, after: __, ...change }: LoggedKeyChange): LoggedKeyChange {
  return change
}
