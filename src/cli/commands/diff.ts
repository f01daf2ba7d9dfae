import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describeFindings, describePlace } from '../../messages/problem-block.ts'
import type { Arguments } from '../arguments.ts'
import { type Command, type ExitCode, UsageError } from '../command.ts'
import { compareSides, type KeyDifference, type Side } from '../compare.ts'
import { counted } from '../counted.ts'
import { toJson } from '../json.ts'
import { describeNext, nextCommand, policyCommands } from '../next-command.ts'
import { definitionOptions, moveDefinition, type OpenedDefinition, openDefinition } from '../open-definition.ts'
import { outputOptions } from '../output-options.ts'
import { printSections, printText } from '../print-text.ts'
import { readReport } from '../report.ts'
import { survey } from '../survey.ts'
import { formatTable, shortVersion } from '../table.ts'
import type { Style, Terminal } from '../terminal.ts'

const { path: _, profile: __, ...placeOptions } = definitionOptions

export const diff: Command = {
  name: 'diff',
  summary: 'Compare two environments by key: two paths, two accounts, or a report',
  usage: '<A> <B> [definition]',
  examples: [
    { line: 'liveparam diff /shop/staging /shop/prod', means: 'two paths of one account' },
    { line: 'liveparam diff staging: prod:', means: 'the same path in the accounts of two profiles' },
    { line: 'liveparam diff before.json prod:/shop/prod', means: 'an earlier check --json, and an account now' },
  ],
  most: 3,
  options: {
    ...placeOptions,
    all: { type: 'boolean', help: 'List keys that are equal, too' },
    ...outputOptions,
  },
  details: [
    'A and B are paths (/shop/prod, or layers with commas: /shared,/shop/prod), profiles with a colon (prod: or prod:/shop/prod), or files of check --json. The definition is imported once, so both sides have the same secret ids.',
    'No value is printed. For sensitive keys a digest shows which ones are equal; its key is random and forgotten. A file holds no values: versions of the same parameter are compared.',
    'Exit code: 0 if all keys are equal, 1 if some differ or could not be compared, 2 for wrong usage.',
  ],
  run: runDiff,
}

async function runDiff(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  const [first, second, definition] = given.positionals
  if (first === undefined || second === undefined) {
    throw new UsageError('liveparam diff needs two sides', 'liveparam diff /shop/staging /shop/prod')
  }
  const opened = await openDefinition(definition, given, terminal)
  const [a, b] = await Promise.all([openSide(first, opened, terminal), openSide(second, opened, terminal)])
  const differences = compareSides(a, b)
  const isEqual = differences.every(({ result }) => result === 'equal' || result === 'absent')
  if (given.has('json')) {
    const sides = { a: { name: first, ...placeOf(a) }, b: { name: second, ...placeOf(b) } }
    terminal.print(toJson({ format: 'liveparam.diff.1', isEqual, ...sides, keys: differences }))
  } else {
    const names = [
      ['A', first, a],
      ['B', second, b],
    ] as const
    for (const [label, name, side] of names) {
      const { paths, where } = placeOf(side)
      const shown = [
        terminal.style(label, 'strong'),
        name,
        ...(name.startsWith('/') ? [] : paths),
        describePlace(where).join(', '),
      ]
      printText(shown.filter((part) => part !== '').join('  '), terminal, { indent: 3 })
    }
    printDifferences(differences, given.has('all'), terminal)
    terminal.print('')
    printText(summaryOf(differences), terminal, { style: isEqual ? 'good' : 'bad' })
    for (const [label, name, side] of names) printFailures(label, side, { name, file: opened.file, given, terminal })
    const problems = names.flatMap(([, , side]) => ('survey' in side ? (side.survey.error?.problems ?? []) : []))
    const next = policyCommands(problems, given, opened.file)
    for (const command of next) terminal.note(describeNext(command, terminal))
  }
  return isEqual ? 0 : 1
}

const sidePattern = /^(?:([^/:]+):)?(\/.*)?$/

async function openSide(name: string, opened: OpenedDefinition, terminal: Terminal): Promise<Side> {
  if (name.endsWith('.json') || (!name.includes('/') && existsSync(resolve(terminal.folder, name)))) {
    return { report: await readReport(name, terminal.folder) }
  }
  const [, profile, path = ''] = sidePattern.exec(name) ?? []
  if (profile === undefined && path === '') {
    const message = `${JSON.stringify(name)} is neither a path, nor a profile with a colon, nor a file of check --json`
    throw new UsageError(message, `liveparam diff ${name}: …`)
  }
  const place = { ...(path !== '' && { paths: path.split(',') }), ...(profile !== undefined && { profile }) }
  return { survey: await survey(moveDefinition(opened, place), terminal) }
}

function placeOf(side: Side) {
  if ('report' in side) return { paths: side.report.paths, where: side.report.where, checkedAt: side.report.checkedAt }
  return { paths: side.survey.definition.paths, where: side.survey.where }
}

const marks: Readonly<Record<KeyDifference['result'], readonly [mark: string, style: Style]>> = {
  different: ['≠', 'attention'],
  'only in A': ['-', 'bad'],
  'only in B': ['+', 'good'],
  'not compared': ['?', 'bad'],
  equal: ['=', 'quiet'],
  absent: ['·', 'quiet'],
}

function printDifferences(differences: readonly KeyDifference[], isWhole: boolean, terminal: Terminal): void {
  const shown = isWhole ? differences : differences.filter(({ result }) => result !== 'equal' && result !== 'absent')
  if (shown.length === 0) return
  terminal.print('')
  const head = ['', 'KEY', 'RESULT', 'A', 'B'].map((text) => terminal.style(text, 'quiet'))
  const rows = shown.map(({ key, result, a, b }) => {
    const [mark, style] = marks[result]
    return [terminal.style(mark, style), key, terminal.style(result, style), describeSide(a), describeSide(b)]
  })
  for (const line of formatTable([head, ...rows], terminal.columns, { shortens: [1] })) terminal.print(line)
}

function describeSide(side: KeyDifference['a']): string {
  if (side?.stored === undefined) return side?.status ?? ''
  const { type, version } = side.stored
  return [type, shortVersion(version), ...(side.digest === undefined ? [] : [`#${side.digest}`])]
    .filter((part) => part !== '')
    .join(' ')
}

interface Failing {
  readonly name: string
  readonly file: string
  readonly given: Arguments
  readonly terminal: Terminal
}

function printFailures(label: string, side: Side, { name, file, given, terminal }: Failing): void {
  if (!('survey' in side) || side.survey.error === undefined) return
  const { unreadable } = side.survey.error
  const findings = describeFindings({ missing: [], unreadable, invalid: [] })
  printSections(
    findings.map((text) => (text === 'Could not be read' ? `${text} in ${label}` : text)),
    terminal,
  )
  const [, profile, path] = sidePattern.exec(name) ?? []
  const options = [
    ...(path === undefined ? [] : path.split(',').flatMap((own) => ['--path', own])),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ]
  terminal.note(`note: a start would fail in ${label}, so its stored texts were compared`)
  terminal.note(describeNext(nextCommand(given, { command: 'check', words: [file, ...options] }), terminal))
}

function summaryOf(differences: readonly KeyDifference[]): string {
  const results = ['equal', 'different', 'only in A', 'only in B', 'absent', 'not compared'] as const
  const counts = results.flatMap((result) => {
    const count = differences.filter((difference) => difference.result === result).length
    return count === 0 ? [] : [`${count} ${result === 'absent' ? 'absent in both' : result}`]
  })
  return `${counted(differences.length, 'key')}: ${counts.join(', ')}`
}
