import type { ConfigStatus, SnapshotKey } from '../index.ts'
import { printable } from '../messages/printable.ts'
import { describePlace } from '../messages/problem-block.ts'
import { counted } from './counted.ts'
import { formatAge, formatClock, formatDay } from './dates.ts'
import { formatTable, shortVersion, wrap } from './table.ts'
import type { Terminal } from './terminal.ts'
import { staleMeanings, stateStyles, type WatchLine } from './watch-log.ts'

/** What the screen of `watch` shows. Holds no value. */
export interface Watched {
  readonly file: string
  readonly paths: readonly string[]
  readonly where: Parameters<typeof describePlace>[0]
  /** Where the values come from, such as `remote`. */
  readonly origin: string
  readonly status: ConfigStatus
  readonly keys: readonly SnapshotKey[]
  /** How many keys of the schema have no stored value. */
  readonly absent: number
  /** The earliest first. */
  readonly lines: readonly WatchLine[]
  readonly now: number
}

interface Frame {
  readonly columns: number
  readonly rows: number
  readonly style: Terminal['style']
}

/** The lines of a whole screen: the state, the keys with their versions, and the last changes. */
export function drawWatch(watched: Watched, frame: Frame): string[] {
  const head = [...describeHead(watched, frame), '']
  const changes = describeLines(watched.lines, frame)
  const rest = Math.max(0, frame.rows - head.length)
  // The last changes get what they need, and half of the screen if there is more.
  const shownChanges = Math.min(changes.length, Math.max(6, Math.floor(rest / 2)))
  const keys = describeKeys(watched.keys, rest - shownChanges - 4, frame)
  const own = Math.max(1, rest - keys.length - 1)
  const last = changes.slice(-own)
  return [...head, ...keys, frame.style('Last changes (Ctrl-C ends)', 'strong'), ...last].slice(0, frame.rows)
}

/** One line of an event: with its date for a file, without it for a screen. */
export function describeLine({ at, word, style: emphasis, text }: WatchLine, { isDated, style }: LineForm): string {
  const time = isDated ? new Date(at).toISOString().replace(/\.\d+Z$/, 'Z') : formatClock(at)
  return `${style(time, 'quiet')}  ${style(word.padEnd(wordWidth), emphasis)}  ${printable(text)}`
}

interface LineForm {
  readonly isDated: boolean
  readonly style: Terminal['style']
}

const wordWidth = 'recovered'.length

function describeHead(watched: Watched, { columns, style }: Frame): string[] {
  const { file, paths, where, status, now } = watched
  const { state, reason, since, lastError } = status
  const place = [...paths, describePlace(where).join(', ')].filter((part) => part !== '').join('  ')
  const meaning = state === 'stale' ? `: ${staleMeanings[reason ?? 'source-error']}` : ''
  const rows = [
    ...factsOf(watched),
    ...(lastError === undefined
      ? []
      : [
          [
            'last error',
            `${formatAge(lastError.at, now)}${state === 'ready' ? ', resolved' : ''}: ${errorText(lastError.message)}`,
          ] as const,
        ]),
  ]
  const cells = rows.map(([name, text]) => [`  ${style(name, 'quiet')}`, printable(text)])
  return [
    cut(`${file}  ${printable(place)}`, columns, (text) => style(file, 'strong') + text.slice(file.length)),
    cut(`● ${state} since ${formatClock(since)} UTC, ${formatAge(since, now)}${meaning}`, columns, (text) =>
      style(text, stateStyles[state]),
    ),
    ...formatTable(
      cells.map(([name = '', text = '']) => [name, shortenEnd(text, columns - headWidth)]),
      columns,
    ),
  ]
}

const headWidth = '  notifications  '.length

function factsOf({ status, keys, absent, origin, now }: Watched): (readonly [string, string])[] {
  const { revision = 0, loadedAt = now, verifiedAt = loadedAt, nextPollAt, usage, failures } = status
  const calls = Object.values(usage.calls)
  const total = (of: 'answered' | 'throttled' | 'failed') => calls.reduce((sum, count) => sum + count[of], 0)
  const next = nextPollAt === undefined ? '' : `, next poll ${until(nextPollAt - now)}`
  return [
    ['revision', `${revision}, origin ${origin}, loaded ${ago(loadedAt, now)}`],
    [
      'verified',
      `${ago(verifiedAt, now)}${next}${failures === 0 ? '' : `, ${counted(failures, 'failed refresh', 'failed refreshes')}`}`,
    ],
    ['keys', `${keys.length} stored${absent === 0 ? '' : `, ${absent} absent`}`],
    ['notifications', describeNotifications(status)],
    [
      'calls',
      [
        `${total('answered')} answered`,
        ...(['throttled', 'failed'] as const).flatMap((of) => (total(of) === 0 ? [] : [`${total(of)} ${of}`])),
        counted(usage.decryptions, 'decryption'),
      ].join(', '),
    ],
  ]
}

function describeNotifications({ notifications: { sources, received }, missedNotifications }: ConfigStatus): string {
  if (sources.length === 0) return 'none: polls find the changes'
  const states = sources.map(({ name, isHealthy, failure }) => {
    if (isHealthy) return `${name} is listening`
    return failure === undefined
      ? `${name} does not listen yet`
      : `${name} cannot listen: ${failure.detail}: ${failure.remedy}`
  })
  return [
    ...states,
    `${received} received`,
    ...(missedNotifications === 0 ? [] : [`${missedNotifications} missed`]),
  ].join(', ')
}

/** The keys with their versions, as many as fit. */
function describeKeys(keys: readonly SnapshotKey[], rows: number, { columns, style }: Frame): string[] {
  if (rows < 4 || keys.length === 0) return []
  const isWhole = keys.length <= rows - 1
  // The latest versions are of most interest if not all fit.
  const latest = isWhole ? keys : [...keys].sort((left, right) => (right.modifiedAt ?? 0) - (left.modifiedAt ?? 0))
  const shown = latest.slice(0, isWhole ? keys.length : rows - 2)
  const head = ['KEY', 'PARAMETER', 'TYPE', 'VERSION', 'WRITTEN'].map((text) => style(text, 'quiet'))
  const cells = shown.map(({ key, parameter, type, version, modifiedAt }) => [
    printable(key),
    printable(parameter),
    type,
    shortVersion(version),
    modifiedAt === undefined ? '' : formatDay(modifiedAt),
  ])
  const more = keys.length - shown.length
  return [
    ...formatTable([head, ...cells], columns, { shortens: [0, 1] }),
    ...(more === 0 ? [] : [style(`… and ${more} more (liveparam explain lists them)`, 'quiet')]),
    '',
  ]
}

function describeLines(lines: readonly WatchLine[], { columns, style }: Frame): string[] {
  const start = ' '.repeat('00:00:00'.length + 2 + wordWidth + 2)
  return lines.flatMap((line) => {
    // The indentation of the first line is that of the others.
    const [text = '', ...others] = wrap(start + printable(line.text), columns)
    return [describeLine({ ...line, text: text.slice(start.length) }, { isDated: false, style }), ...others]
  })
}

function errorText(message: string): string {
  return (message.split('\n')[0] ?? '').replace(
    /^liveparam: (?:could not refresh .*, the last one stays in use: )?/,
    '',
  )
}

function cut(text: string, columns: number, emphasise: (text: string) => string): string {
  return emphasise(shortenEnd(text, columns))
}

function shortenEnd(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`
}

function ago(ms: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - ms) / 1_000))
  return seconds < 60 ? `${seconds} s ago` : formatAge(ms, now)
}

function until(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  return seconds < 1 ? 'now' : seconds < 90 ? `in ${seconds} s` : `in ${Math.round(seconds / 60)} min`
}
