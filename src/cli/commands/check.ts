import { describeFindings } from '../../messages/problem-block.ts'
import type { Arguments } from '../arguments.ts'
import type { Command, ExitCode } from '../command.ts'
import { annotationsOf } from '../github.ts'
import { type KeyFacts, keyFactsOf } from '../key-facts.ts'
import { type Note, notesOf } from '../notes.ts'
import { definitionOptions, openDefinition } from '../open-definition.ts'
import { outputOptions } from '../output-options.ts'
import { compareReports, type Report, readReport } from '../report.ts'
import { printPlace } from '../shown-place.ts'
import { problemsOf, type Survey, survey } from '../survey.ts'
import { formatTable, shorten, wrap } from '../table.ts'
import type { Style, Terminal } from '../terminal.ts'

export const check: Command = {
  name: 'check',
  summary: 'Compare what is stored with the schema, as a start would',
  usage: '[definition]',
  examples: [
    { line: 'liveparam check', means: 'does the store hold what config.ts needs?' },
    {
      line: 'liveparam check --path /shop/prod --profile prod --strict --format github',
      means: 'in a workflow, before a deployment: notes fail too, and become annotations',
    },
    {
      line: 'liveparam check --json > before.json; …; liveparam check --against before.json',
      means: 'what changed in between, by key',
    },
  ],
  most: 1,
  options: {
    ...definitionOptions,
    strict: { type: 'boolean', help: 'Fail if there are notes, too' },
    policies: { type: 'boolean', help: 'Also report parameters that expire (calls ssm:DescribeParameters)' },
    ignore: {
      type: 'string',
      value: '<name>',
      multiple: true,
      help: "Do not report this stored name if the schema does not cover it; * is any text, such as '/shared/*'",
    },
    against: { type: 'string', value: '<file>', help: 'Compare with an earlier check --json' },
    all: { type: 'boolean', help: 'List every key, also if there are more than 40' },
    format: {
      type: 'string',
      choices: ['text', 'json', 'github'],
      help: 'How to print the result; github adds annotations for GitHub Actions',
    },
    ...outputOptions,
  },
  details: [
    'Reports in one run everything that a start would refuse: what is missing, unreadable or invalid. Notes do not refuse a start: stored names that the schema does not cover, data types that disagree with it, sensitive keys that are not encrypted. No value is printed.',
    'Exit code: 0 if a start would succeed, 1 if it would fail (with --strict: or if there are notes), 2 for wrong usage.',
  ],
  run: runCheck,
}

async function runCheck(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  const against = given.text('against')
  const before = against === undefined ? undefined : await readReport(against, terminal.folder)
  const opened = await openDefinition(given.positionals[0], given, terminal)
  if (opened.options.prepare !== undefined)
    terminal.note('note: the hook prepare is not called, because it may open connections')
  const found = await survey(opened, terminal, { lists: true, policies: given.has('policies') })
  const keys = keyFactsOf(found)
  const notes = [
    ...notesOf(found, keys, { ignored: given.texts('ignore'), now: terminal.now() }),
    ...(before === undefined ? [] : compareReports(before, keys)),
  ]
  const problems = problemsOf(found)
  const isAccepted = found.error === undefined && (notes.length === 0 || !given.has('strict'))
  const report: Report = {
    format: 'liveparam.check.1',
    isAccepted,
    definition: { file: opened.file, export: opened.exportName },
    paths: found.spec.layers.paths,
    where: found.where,
    checkedAt: new Date(terminal.now()).toISOString(),
    keys,
    problems,
    notes,
    calls: found.calls,
    elapsedMs: found.elapsedMs,
  }
  const format = given.has('json') ? 'json' : (given.text('format') ?? 'text')
  if (format === 'json') terminal.print(JSON.stringify(report, undefined, 2))
  else {
    if (format === 'github') for (const line of annotationsOf(report, given.has('strict'))) terminal.print(line)
    printReport(report, found, { terminal, isWhole: given.has('all') })
  }
  return isAccepted ? 0 : 1
}

interface Printing {
  readonly terminal: Terminal
  readonly isWhole: boolean
}

// A longer table shows only the keys that need attention.
const longTable = 40

function printReport(report: Report, { error }: Survey, { terminal, isWhole }: Printing): void {
  const { definition, paths, where, keys, notes, isAccepted } = report
  const width = Math.min(terminal.columns, 120)
  const lines = (text: string) => wrap(text, width).map((line) => terminal.print(line))
  printPlace(terminal, { file: definition.file, paths, where })
  const shown = isWhole || keys.length <= longTable ? keys : keys.filter(({ status }) => !isFine(status))
  const table = describeKeys(shown, terminal)
  if (table.length > 0) terminal.print('')
  for (const line of table) terminal.print(line)
  const hidden = keys.length - shown.length
  if (hidden > 0) terminal.print(terminal.style(`… and ${hidden} keys that are fine (--all lists them)`, 'quiet'))
  for (const text of error === undefined ? [] : describeFindings(error)) lines(highlighted(text, terminal))
  for (const text of describeNotes(notes)) lines(highlighted(text, terminal))
  terminal.print('')
  lines(terminal.style(summaryOf(report), isAccepted ? (notes.length > 0 ? 'attention' : 'good') : 'bad'))
  for (const text of nextSteps(report)) lines(`  → ${text}`)
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
  const longest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length))
  const names = keys.map(({ stored, names: own }) => stored?.parameter ?? own[0] ?? '')
  const types = keys.map(({ stored }) => typeOf(stored))
  const keyWidth = Math.max(12, Math.min(longest(keys.map(({ key }) => key)), Math.floor(terminal.columns / 3)))
  const statusWidth = longest(['STATUS', ...keys.map(({ status }) => status)])
  const others = [1, keyWidth, statusWidth, longest(['TYPE', ...types]), versionWidth]
  const nameWidth = Math.max(16, terminal.columns - others.reduce((sum, width) => sum + width + 2, 0))
  const rows = keys.map(({ key, status, stored }, index) => {
    const [mark, style] = marks[status]
    return [
      terminal.style(mark, style),
      shorten(key, keyWidth),
      terminal.style(status, style),
      shorten(names[index] ?? '', nameWidth),
      types[index] ?? '',
      shorten(stored?.version ?? '', versionWidth),
    ]
  })
  return formatTable([head, ...rows], terminal.columns)
}

// The version of a secret is an id.
const versionWidth = 10

function typeOf(stored: KeyFacts['stored']): string {
  const { type = '', dataType = 'text' } = stored ?? {}
  return dataType === 'text' ? type : `${type} ${dataType}`
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

function highlighted(line: string, terminal: Terminal): string {
  return /^\S/.test(line) ? terminal.style(line, 'strong') : line
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
    `${keys.length === 1 ? '1 key' : `${keys.length} keys`}: ${counts.join(', ')}`,
    ...(isWithout ? [problems.length === 1 ? '1 problem' : `${problems.length} problems`] : []),
    ...(notes.length === 0 ? [] : [notes.length === 1 ? '1 note' : `${notes.length} notes`]),
    `${calls === 1 ? '1 call' : `${calls} calls`} in ${elapsedMs} ms`,
  ]
  const verdict = isAccepted
    ? '✓ a start would succeed'
    : problems.length > 0
      ? '✗ a start would fail'
      : '✗ failed by --strict'
  return `${verdict} · ${parts.join(' · ')}`
}

/** The commands to type next. */
function nextSteps({ definition: { file }, problems, paths }: Report): string[] {
  const codes = new Set(problems.map(({ code }) => code))
  const [path = '/shop/prod'] = paths
  return [
    ...(codes.has('NO_REGION') ? [`liveparam check ${file} --region eu-west-1`] : []),
    ...(codes.has('NO_CREDENTIALS') || codes.has('EXPIRED_CREDENTIALS')
      ? [`aws sso login --profile <profile>; liveparam check ${file} --profile <profile>`]
      : []),
    ...(codes.has('ACCESS_DENIED') || codes.has('DECRYPTION_FAILED') ? [`liveparam explain ${file}`] : []),
    ...(codes.has('EMPTY_PATH')
      ? [`aws ssm get-parameters-by-path --recursive --path ${parentOf(path)} --query 'Parameters[].Name'`]
      : []),
  ]
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}
