import { redacted, type StoredVersion } from '../../index.ts'
import { nearest } from '../../messages/nearest.ts'
import { describeFindings } from '../../messages/problem-block.ts'
import type { PlannedCall } from '../../ports.ts'
import { describeSchema } from '../../tools/schemas.ts'
import { valueAt } from '../../tools/value-at.ts'
import type { Arguments } from '../arguments.ts'
import { type Command, type ExitCode, UsageError } from '../command.ts'
import { counted } from '../counted.ts'
import { formatAge, formatDay, formatTime } from '../dates.ts'
import { toJson } from '../json.ts'
import { describeType, isWithin, type KeyFacts, keyFactsOf } from '../key-facts.ts'
import { describeNext, nextCommand, policyCommands } from '../next-command.ts'
import { definitionOptions, isModuleName, openDefinition } from '../open-definition.ts'
import { outputOptions } from '../output-options.ts'
import { printPlace, printSections } from '../print-text.ts'
import { type Survey, survey } from '../survey.ts'
import { formatTable, shortVersion } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'Show where each key comes from: parameter, layer, type, version',
  usage: '[definition] [key]',
  examples: [
    { line: 'liveparam explain', means: 'every key, and the calls that read them' },
    { line: 'liveparam explain db.port', means: 'everything about one key: its names, layers, versions and type' },
    { line: 'liveparam explain db.port --reveal', means: 'with its value, if it is not sensitive; on a terminal only' },
  ],
  most: 2,
  options: {
    ...definitionOptions,
    reveal: { type: 'boolean', help: 'Show the value of one key that is not sensitive, on a terminal' },
    ...outputOptions,
  },
  details: [
    'A key that is not stored is absent, which the schema allows, or missing. The layer is the path that the value comes from; the versions in earlier layers are overridden.',
    'Exit code: 0, or 1 if a start would fail because of the keys that are shown, or 2 for wrong usage.',
  ],
  run: runExplain,
}

/** What `explain` says about a key. */
interface ExplainedKey extends KeyFacts {
  /** What the schema expects, such as `number`. Absent for keys that only the store knows. */
  readonly expected?: string
}

async function runExplain(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  const [definition, key] = splitPositionals(given.positionals)
  const isRevealing = given.has('reveal') && !given.has('values')
  if (isRevealing) checkReveal(key, given, terminal)
  const opened = await openDefinition(definition, given, terminal)
  const found = await survey(opened, terminal)
  const all = explainedKeys(found)
  const keys = key === undefined ? all : keysAt(all, key, opened.file, given)
  const calls = found.planned
  if (given.has('json')) {
    const { file, exportName } = opened
    const report = {
      format: 'liveparam.explain.1',
      definition: { file, export: exportName },
      paths: found.definition.paths,
      where: found.where,
      keys,
      calls,
    }
    terminal.print(toJson(report))
  } else {
    printPlace(terminal, { file: opened.file, paths: found.definition.paths, where: found.where })
    terminal.print('')
    const [only] = keys
    if (key === undefined || keys.length > 1 || only === undefined) printTable(keys, calls, key === undefined, terminal)
    else printKey(only, found, { calls, isRevealing, terminal })
    printProblems(found, keys, key !== undefined, terminal)
    const next = policyCommands(found.error?.problems ?? [], given, opened.file)
    for (const command of next) terminal.note(describeNext(command, terminal))
  }
  if (key === undefined) return found.error === undefined ? 0 : 1
  return keys.every(({ status }) => status === 'ok' || status === 'absent') ? 0 : 1
}

/** `explain config.ts db.port`, `explain db.port` and `explain config.ts`. */
function splitPositionals([first, second]: readonly string[]): readonly [string | undefined, string | undefined] {
  if (second !== undefined) return [first, second]
  return first !== undefined && isModuleName(first) ? [first, undefined] : [undefined, first]
}

function checkReveal(key: string | undefined, given: Arguments, terminal: Terminal): void {
  if (key === undefined) throw new UsageError('--reveal needs one key', 'liveparam explain db.port --reveal')
  if (!terminal.isInteractive) {
    throw new UsageError(
      '--reveal shows a value on a terminal only, and stdout is not a terminal',
      nextCommand(given, { command: 'explain', words: given.positionals }),
    )
  }
}

function explainedKeys(found: Survey): readonly ExplainedKey[] {
  const schemas = new Map(found.definition.keys.map(({ key, schema }) => [key, schema]))
  return keyFactsOf(found).map((facts) => {
    const schema = schemas.get(facts.key)
    return schema === undefined ? facts : { ...facts, expected: describeSchema(schema) }
  })
}

/** The key, and the keys below it. @throws UsageError if no key matches. */
function keysAt(all: readonly ExplainedKey[], key: string, file: string, given: Arguments): readonly ExplainedKey[] {
  const isMeant = (facts: KeyFacts) => isWithin(facts.key, key)
  const keys = all.filter(isMeant)
  if (keys.length > 0) return keys
  // A name is as good as a key.
  const byName = all.filter(({ names, stored }) => names.includes(key) || stored?.parameter === key)
  if (byName.length > 0) return byName
  const close = nearest(
    key,
    all.map((facts) => facts.key),
  )
  const guess = close === undefined ? '' : `: did you mean ${close}?`
  const next = nextCommand(given, { command: 'explain', words: close === undefined ? [file] : [file, close] })
  throw new UsageError(`there is no key ${JSON.stringify(key)}${guess}`, next)
}

function printTable(
  keys: readonly ExplainedKey[],
  calls: readonly PlannedCall[],
  isWhole: boolean,
  terminal: Terminal,
): void {
  const hasOverrides = keys.some(({ overridden }) => overridden.length > 0)
  const isWide = terminal.columns >= 100
  const head = [
    'KEY',
    'PARAMETER',
    'TYPE',
    'VERSION',
    ...(isWide ? ['WRITTEN'] : []),
    ...(hasOverrides ? ['OVERRIDES'] : []),
  ]
  const rows = keys.map(({ key, stored, names, status, overridden }) => [
    key,
    stored?.parameter ?? names[0] ?? '',
    stored === undefined ? status : describeType(stored),
    shortVersion(stored?.version),
    ...(isWide ? [stored?.modifiedAt === undefined ? '' : formatDay(stored.modifiedAt)] : []),
    ...(hasOverrides ? [overridden.map(({ layer }) => layer).join(', ')] : []),
  ])
  const table = [head.map((text) => terminal.style(text, 'quiet')), ...rows]
  const shortens = [0, 1, ...(hasOverrides ? [head.length - 1] : [])]
  for (const line of formatTable(table, terminal.columns, { shortens })) terminal.print(line)
  if (isWhole && calls.length > 0) printCalls(calls, terminal)
}

const fewCalls = 6

function printCalls(calls: readonly PlannedCall[], terminal: Terminal): void {
  terminal.print('')
  terminal.print(terminal.style(`One reading makes ${counted(calls.length, 'call')}`, 'strong'))
  for (const call of calls.slice(0, fewCalls)) terminal.print(describeCall(call, terminal.columns))
  if (calls.length > fewCalls) terminal.print(`  … and ${calls.length - fewCalls} more (--json lists them)`)
}

/** A call with as many of its names as fit, and at least one. */
function describeCall({ action, subjects }: PlannedCall, columns: number): string {
  const lines = subjects.map((_, index) => {
    const more = subjects.length - index - 1
    return `  ${action}  ${subjects.slice(0, index + 1).join(' ')}${more === 0 ? '' : ` and ${more} more`}`
  })
  return lines.findLast((line) => line.length <= columns) ?? lines[0] ?? ''
}

/** Whether a call reads one of these names. */
function reads({ action, subjects }: PlannedCall, names: readonly string[]): boolean {
  const isPath = action === 'ssm:GetParametersByPath'
  return subjects.some((subject) => {
    const secret = `secret ${subject.replace('/aws/reference/secretsmanager/', '')}`
    return names.some((name) => name === subject || name === secret || (isPath && name.startsWith(`${subject}/`)))
  })
}

interface KeyPrinting {
  readonly calls: readonly PlannedCall[]
  readonly isRevealing: boolean
  readonly terminal: Terminal
}

function printKey(facts: ExplainedKey, found: Survey, { calls, isRevealing, terminal }: KeyPrinting): void {
  const { key, status, expected, stored, names, overridden, isSensitive } = facts
  const now = terminal.now()
  const own = calls.filter((call) => reads(call, [...names, ...(stored === undefined ? [] : [stored.parameter])]))
  const rows: [string, string][] = [
    ['status', status],
    ...(expected === undefined ? [] : [['expects', expected] as [string, string]]),
    ...(stored === undefined ? [] : versionRows(stored, now)),
    ...overridden.map((version): [string, string] => ['overrides', describeVersion(version, now)]),
    ...(names.length > 1 || stored === undefined ? names.map((name): [string, string] => ['names', name]) : []),
    ['sensitive', isSensitive ? 'yes: its value is never shown' : 'no'],
    ...(isRevealing ? [['value', shownValue(facts, found)] as [string, string]] : []),
    ...[...new Set(own.map(({ action }) => action))].map((action): [string, string] => ['read by', action]),
  ]
  terminal.print(terminal.style(key, 'strong'))
  const cells = rows.map(([name, text], index) => [`  ${rows[index - 1]?.[0] === name ? '' : name}`, text])
  for (const line of formatTable(cells, terminal.columns, { wraps: true })) terminal.print(line)
}

function versionRows(stored: StoredVersion, now: number): [string, string][] {
  const { parameter, layer, version, modifiedAt, reference } = stored
  const written = modifiedAt === undefined ? '' : `, written ${formatTime(modifiedAt)}, ${formatAge(modifiedAt, now)}`
  return [
    ['parameter', parameter],
    ...(layer === parameter || layer === 'secret' ? [] : [['layer', layer] as [string, string]]),
    ['type', describeType(stored)],
    ...(version === '' ? [] : [['version', `${version}${written}`] as [string, string]]),
    ...(reference === undefined
      ? []
      : [['reference', `${reference.secret}, version ${reference.version}`] as [string, string]]),
  ]
}

function describeVersion(version: StoredVersion, now: number): string {
  const { parameter, version: number, modifiedAt } = version
  const written = modifiedAt === undefined ? '' : `, written ${formatAge(modifiedAt, now)}`
  return `${parameter}  ${describeType(version)}${number === '' ? '' : `, version ${number}`}${written}`
}

/** The value of a key, as JSON; `[redacted]` for every part of it that is sensitive. */
function shownValue({ key, isSensitive }: KeyFacts, { snapshot }: Survey): string {
  if (isSensitive) return '[redacted]'
  if (snapshot === undefined) return 'not known, because a start would fail'
  const value = valueAt(redacted(snapshot.value), key)
  return value === undefined
    ? 'undefined'
    : JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
}

/** The problems of a start; only those of the shown keys, if not all are shown. */
function printProblems({ error }: Survey, keys: readonly KeyFacts[], isPart: boolean, terminal: Terminal): void {
  if (error === undefined) return
  const isMeant = ({ key }: { readonly key?: string }) =>
    !isPart || key === undefined || keys.some((shown) => isWithin(key, shown.key))
  const { missing, unreadable, invalid } = error
  const parts = {
    missing: missing.filter(isMeant),
    unreadable: unreadable.filter(isMeant),
    invalid: invalid.filter(isMeant),
  }
  printSections(describeFindings(parts), terminal)
}
