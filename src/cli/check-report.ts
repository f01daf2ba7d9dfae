import type { LoadError } from '../errors.ts'
import { describeFindings } from '../messages/problem-block.ts'
import { counted } from './counted.ts'
import { describeType, type KeyFacts } from './key-facts.ts'
import { describeNext } from './next-command.ts'
import type { Note } from './notes.ts'
import { printPlace, printSections, printText } from './print-text.ts'
import type { Report } from './report.ts'
import { formatTable, shortVersion } from './table.ts'
import type { Style, Terminal } from './terminal.ts'

/** How a report is printed for people. */
export interface Printing {
  readonly terminal: Terminal
  /** Whether to list every key of a long table. */
  readonly isWhole: boolean
  /** The commands to type next. */
  readonly next: readonly string[]
}

// A longer table shows only the keys that need attention.
const longTable = 40

/** Prints what `check` found: a table of keys, what a start would refuse, notes, and one line that sums it up. */
export function printReport(report: Report, error: LoadError | undefined, { terminal, isWhole, next }: Printing): void {
  const { definition, paths, where, keys, notes, isAccepted } = report
  printPlace(terminal, { file: definition.file, paths, where })
  const shown = isWhole || keys.length <= longTable ? keys : keys.filter(({ status }) => !isFine(status))
  const table = describeKeys(shown, terminal)
  if (table.length > 0) terminal.print('')
  for (const line of table) terminal.print(line)
  const hidden = keys.length - shown.length
  if (hidden > 0) terminal.print(terminal.style(`… and ${hidden} keys that are fine (--all lists them)`, 'quiet'))
  printSections([...(error === undefined ? [] : describeFindings(error)), ...describeNotes(notes)], terminal)
  terminal.print('')
  const style = isAccepted ? (notes.length > 0 ? 'attention' : 'good') : 'bad'
  printText(summaryOf(report), terminal, { style })
  for (const command of next) terminal.note(describeNext(command, terminal))
}

const marks: Readonly<Record<KeyFacts['status'], readonly [mark: string, style: Style]>> = {
  ok: ['✓', 'good'],
  absent: ['·', 'quiet'],
  missing: ['✗', 'bad'],
  unreadable: ['✗', 'bad'],
  invalid: ['✗', 'bad'],
}

function describeKeys(keys: readonly KeyFacts[], terminal: Terminal): string[] {
  if (keys.every(({ status }) => status === 'unreadable')) return []
  const head = ['', 'KEY', 'STATUS', 'PARAMETER', 'TYPE', 'VERSION'].map((text) => terminal.style(text, 'quiet'))
  const rows = keys.map(({ key, status, stored, names }) => {
    const [mark, style] = marks[status]
    return [
      terminal.style(mark, style),
      key,
      terminal.style(status, style),
      stored?.parameter ?? names[0] ?? '',
      stored === undefined ? '' : describeType(stored),
      shortVersion(stored?.version),
    ]
  })
  return formatTable([head, ...rows], terminal.columns, { shortens: [1, 3] })
}

const fewShown = 20

function describeNotes(notes: readonly Note[]): string[] {
  if (notes.length === 0) return []
  const groups = [...new Set(notes.map(({ code, detail, remedy }) => JSON.stringify([code, detail, remedy])))]
  const lines = groups.flatMap((group) => {
    const alike = notes.filter(({ code, detail, remedy }) => JSON.stringify([code, detail, remedy]) === group)
    const [first] = alike
    if (first === undefined) return []
    const rest = [`      ${first.detail}`, ...(first.remedy === undefined ? [] : [`      → ${first.remedy}`])]
    const subjects = alike.map((note) => subjectOf(note))
    if (alike.length === 1) return [`  ${subjects[0] === '' ? '' : `${subjects[0]}  `}[${first.code}]`, ...rest]
    const more = subjects.length - fewShown
    return [
      `  ${subjects.length} names  [${first.code}]`,
      ...subjects.slice(0, fewShown).map((subject) => `    - ${subject}`),
      ...(more > 0 ? [`    … and ${more} more (--json lists them)`] : []),
      ...rest,
    ]
  })
  return ['', 'Notes', ...lines]
}

function subjectOf({ code, key, parameter }: Note): string {
  // The key of a name that is not covered is a guess, which its remedy names.
  const parts = code === 'NOT_COVERED' ? [parameter] : [key, parameter]
  return parts.filter((part) => part !== undefined).join('  ')
}

function isFine(status: KeyFacts['status']): boolean {
  return status === 'ok' || status === 'absent'
}

function summaryOf({ isAccepted, keys, problems, notes, calls, elapsedMs }: Report): string {
  const statuses = Object.keys(marks) as KeyFacts['status'][]
  const counts = statuses.flatMap((status) => {
    const count = keys.filter((facts) => facts.status === status).length
    return count === 0 ? [] : [`${count} ${status}`]
  })
  const isWithout = problems.length > 0 && keys.every(({ status }) => isFine(status))
  const parts = [
    `${counted(keys.length, 'key')}: ${counts.join(', ')}`,
    ...(isWithout ? [counted(problems.length, 'problem')] : []),
    ...(notes.length === 0 ? [] : [counted(notes.length, 'note')]),
    `${counted(calls, 'call')} in ${elapsedMs} ms`,
  ]
  const verdict = isAccepted
    ? '✓ a start would succeed'
    : problems.length > 0
      ? '✗ a start would fail'
      : '✗ failed by --strict'
  return `${verdict} · ${parts.join(' · ')}`
}
