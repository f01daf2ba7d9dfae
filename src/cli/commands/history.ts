import type { ParameterHistory } from '@aws-sdk/client-ssm'
import { nearest } from '../../messages/nearest.ts'
import { inspectDefinition } from '../../tools/inspect-definition.ts'
import { splitSelector } from '../../tools/names.ts'
import { openCalls } from '../../tools/read-aws.ts'
import type { Arguments } from '../arguments.ts'
import { type Command, type ExitCode, UsageError } from '../command.ts'
import { formatAge, formatTime } from '../dates.ts'
import { toJson } from '../json.ts'
import { nextCommand } from '../next-command.ts'
import { describeCallFailure } from '../next-steps.ts'
import { definitionOptions, isModuleName, type OpenedDefinition, openDefinition } from '../open-definition.ts'
import { outputOptions } from '../output-options.ts'
import { formatTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const history: Command = {
  name: 'history',
  summary: 'Show the versions of a key: dates, users and labels',
  usage: '[definition] <key>',
  examples: [
    { line: 'liveparam history db.host', means: 'who wrote which version when, in every layer' },
    { line: 'liveparam history /shop/prod/db/host --json', means: 'the same by the name of a parameter, for programs' },
  ],
  most: 2,
  options: { ...definitionOptions, ...outputOptions },
  details: [
    'Calls ssm:GetParameterHistory, whose permission alone reads the values of all versions: give it to people, and not to the role of a service. No value is printed. Secrets have no history in Parameter Store.',
    'Exit code: 0, or 1 if nothing is stored, or 2 for wrong usage or a failed call.',
  ],
  run: runHistory,
}

/** One version. Holds no value. */
interface Version {
  readonly parameter: string
  readonly version: number
  readonly type: string
  readonly dataType?: string
  readonly modifiedAt?: number
  /** The ARN of the user or role that wrote it. */
  readonly user?: string
  readonly labels: readonly string[]
}

async function runHistory(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  const [first, second] = given.positionals
  const isNamed = second !== undefined || (first !== undefined && isModuleName(first))
  const key = isNamed ? second : first
  if (key === undefined) throw new UsageError('liveparam history needs a key', 'liveparam history db.host')
  const opened = await openDefinition(isNamed ? first : undefined, given, terminal)
  const names = namesOf(opened, key, given)
  const { call, close } = openCalls(opened.options, { profile: opened.profile, signal: terminal.signal })
  const versions: Version[] = []
  try {
    const read = (input: object) => call<Page>('GetParameterHistory', input)
    for (const name of names) {
      terminal.progress(`Reading the history of ${name}…`)
      versions.push(...(await readVersions(name, read)))
    }
  } catch (error) {
    const failed = { what: 'the history', action: 'ssm:GetParameterHistory', words: given.positionals }
    throw await describeCallFailure(error, failed, { given, terminal })
  } finally {
    await close()
  }
  if (given.has('json')) terminal.print(toJson({ format: 'liveparam.history.1', key, names, versions }))
  else printVersions(names, versions, terminal)
  return versions.length === 0 ? 1 : 0
}

/** The parameters of a key, in the order of precedence. */
function namesOf({ options, file }: OpenedDefinition, key: string, given: Arguments): readonly string[] {
  const { keys, isInRecord } = inspectDefinition(options)
  if (key.startsWith('/')) return [splitSelector(key).name]
  const found = keys.find((known) => known.key === key)
  if (found?.secret !== undefined) {
    throw new UsageError(
      `${key} is a secret, which has no history in Parameter Store`,
      `aws secretsmanager list-secret-version-ids --secret-id ${found.secret.id}`,
    )
  }
  if (found !== undefined) return found.names.map((name) => splitSelector(name).name)
  const close = nearest(
    key,
    keys.map((known) => known.key),
  )
  if (close === undefined && isInRecord(key)) {
    throw new UsageError(
      `the schema does not name ${key}: give the name of its parameter`,
      nextCommand(given, { command: 'explain', words: [file, key] }),
    )
  }
  const guess = close === undefined ? '' : `: did you mean ${close}?`
  throw new UsageError(
    `there is no key ${JSON.stringify(key)}${guess}`,
    close === undefined
      ? nextCommand(given, { command: 'explain', words: [file] })
      : nextCommand(given, { command: 'history', words: [file, close] }),
  )
}

interface Page {
  readonly Parameters?: ParameterHistory[]
  readonly NextToken?: string
}

async function readVersions(name: string, readPage: (input: object) => Promise<Page>): Promise<readonly Version[]> {
  const versions: Version[] = []
  let NextToken: string | undefined
  do {
    const input = { Name: name, WithDecryption: false, MaxResults: 50, ...(NextToken !== undefined && { NextToken }) }
    const page = await readPage(input).catch((error: unknown): Page => {
      if (Object(error).errorName === 'ParameterNotFound') return {}
      throw error
    })
    versions.push(...(page.Parameters ?? []).map((found) => withoutValue(name, found)))
    NextToken = page.NextToken || undefined
  } while (NextToken !== undefined)
  return versions.sort((left, right) => right.version - left.version)
}

function withoutValue(parameter: string, found: ParameterHistory): Version {
  const { Version: version = 0, Type: type = '', DataType, LastModifiedDate, LastModifiedUser, Labels = [] } = found
  return {
    parameter,
    version,
    type,
    labels: Labels,
    ...(DataType !== undefined && { dataType: DataType }),
    ...(LastModifiedDate !== undefined && { modifiedAt: LastModifiedDate.getTime() }),
    ...(LastModifiedUser !== undefined && { user: LastModifiedUser }),
  }
}

function printVersions(names: readonly string[], versions: readonly Version[], terminal: Terminal): void {
  for (const [index, name] of names.entries()) {
    if (index > 0) terminal.print('')
    terminal.print(terminal.style(name, 'strong'))
    const own = versions.filter(({ parameter }) => parameter === name)
    if (own.length === 0) terminal.print('  nothing is stored')
    const isWide = terminal.columns >= 100
    const hasLabels = own.some(({ labels }) => labels.length > 0)
    const head = ['  VERSION', 'WRITTEN', ...(isWide ? [''] : []), 'USER', 'TYPE', ...(hasLabels ? ['LABELS'] : [])]
    const rows = own.map(({ version, modifiedAt, user = '', type, labels }) => [
      `  ${version}`,
      modifiedAt === undefined ? '' : formatTime(modifiedAt),
      ...(isWide ? [modifiedAt === undefined ? '' : formatAge(modifiedAt, terminal.now())] : []),
      shortUser(user),
      type,
      ...(hasLabels ? [labels.join(', ')] : []),
    ])
    const quiet = head.map((text) => terminal.style(text, 'quiet'))
    const table = formatTable([quiet, ...rows], terminal.columns, { shortens: [isWide ? 3 : 2] })
    if (rows.length > 0) for (const line of table) terminal.print(line)
  }
}

/** `assumed-role/deploy/ci` of an ARN. */
function shortUser(arn: string): string {
  return arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') : arn
}
