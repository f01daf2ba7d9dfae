import type { ConfigState, KeyChange, LiveConfig, StaleReason } from '../index.ts'
import { describeExpiry, summarize } from '../messages/summaries.ts'
import { shortVersion } from './table.ts'
import type { Style } from './terminal.ts'

/** What happened to a live config. Holds no value. */
export type WatchEvent = {
  readonly event: 'ready' | 'change' | 'stale' | 'recovered' | 'rejected' | 'warning' | 'expiring'
  /** When it happened, in milliseconds since the Unix epoch. */
  readonly at: number
} & Readonly<Record<string, unknown>>

/** One line about an event. */
export interface WatchLine {
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  readonly word: string
  readonly style: Style
  readonly text: string
}

export interface WatchListener {
  now(): number
  /** Whether the definition says how often to poll. Otherwise, a warning about that is not for its author. */
  readonly isPollChosen: boolean
  onEvent(event: WatchEvent): void
  onLine(line: WatchLine): void
}

/** Reports the events of a config that has started. */
export function watchEvents(config: LiveConfig<unknown>, { now, isPollChosen, onEvent, onLine }: WatchListener): void {
  const report = (event: WatchEvent['event'], facts: object, lines: readonly Omit<WatchLine, 'at'>[]) => {
    const at = now()
    onEvent({ event, at, ...facts })
    for (const line of lines) onLine({ at, ...line })
  }
  config.on('change', ({ changed, cause, revision }) => {
    const note = `revision ${revision}, ${cause}`
    report(
      'change',
      { revision, cause, changed },
      changed.map((change) => describeChange(change, note)),
    )
  })
  config.on('stale', ({ reason, error }) => {
    const facts = { reason, ...(error !== undefined && { code: error.code, message: error.message }) }
    // `rejected` has the same error.
    if (reason === 'candidate-rejected') {
      report('stale', { reason }, [])
      return
    }
    const why = error === undefined ? staleMeanings[reason] : summarize(error)
    report('stale', facts, [{ word: 'stale', style: 'bad', text: why }])
  })
  config.on('rejected', ({ problems, error }) => {
    const text = summarize(error)
    report('rejected', { problems }, [{ word: 'rejected', style: 'bad', text }])
  })
  config.on('recovered', ({ cause }) => {
    report('recovered', { cause }, [
      { word: 'recovered', style: 'good', text: `the configuration is up to date (${cause})` },
    ])
  })
  config.on('warning', ({ message }) => {
    if (message.startsWith('poll.everyMs') && !isPollChosen) return
    report('warning', { message }, [{ word: 'warning', style: 'attention', text: message }])
  })
  config.on('expiring', (expiring) => {
    report('expiring', { ...expiring }, [{ word: 'expiring', style: 'attention', text: describeExpiry(expiring) }])
  })
}

/** The words of the status page. */
export const staleMeanings: Readonly<Record<StaleReason, string>> = {
  'source-error': 'the last good configuration is in use: the store cannot be read',
  'candidate-rejected': 'the last good configuration is in use: the stored configuration was rejected',
  'from-backup': 'the configuration of the backup is in use until the store can be read',
  'age-exceeded': 'the configuration in use is older than maxStaleMs allows',
}

export const stateStyles: Readonly<Record<ConfigState, Style>> = {
  initializing: 'attention',
  ready: 'good',
  stale: 'bad',
  failed: 'bad',
  closed: 'quiet',
}

const changeStyles: Readonly<Record<KeyChange['kind'], Style>> = { added: 'good', updated: 'attention', removed: 'bad' }

function describeChange({ key, kind, from, to }: KeyChange, note: string): Omit<WatchLine, 'at'> {
  const isSecret = (to ?? from)?.type === 'Secret'
  const [before, after] = [from && shortVersion(from.version), to && shortVersion(to.version)]
  const isMoved = from !== undefined && to !== undefined && from.parameter !== to.parameter
  const name = isMoved ? `${from.parameter} → ${to.parameter}` : ((to ?? from)?.parameter ?? '')
  // An override has no version.
  const versions = [...new Set([before, after])].filter((version) => version !== undefined && version !== '')
  const isNew = !isMoved && !isSecret && Number(to?.version) <= Number(from?.version)
  const again = isNew ? ', created again' : ''
  const version = versions.length === 0 ? [] : [`version ${versions.join(' → ')}${again}`]
  return { word: kind, style: changeStyles[kind], text: [key, ...version, name, `(${note})`].join('  ') }
}
