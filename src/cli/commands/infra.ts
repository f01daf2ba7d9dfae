import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { printable } from '../../messages/printable.ts'
import type { Arguments } from '../arguments.ts'
import { type Command, type ExitCode, UsageError } from '../command.ts'
import { differences, type Format, formatOf, formats } from '../infra/drift.ts'
import { writePattern } from '../infra/event-pattern.ts'
import { keysWithReferences, listenersOf } from '../infra/needs.ts'
import { type NotificationRoute, notificationStack, routes } from '../infra/notification-stack.ts'
import { fill, keysIn, mapTexts, type Place, placeIn, placeNamedIn, placeOptions } from '../infra/place.ts'
import { type WrittenPolicy, writePolicy } from '../infra/policy.ts'
import { cdk } from '../infra/print-cdk.ts'
import { cloudFormation } from '../infra/print-cloudformation.ts'
import { policyJson, stackJson } from '../infra/print-json.ts'
import { terraform } from '../infra/print-terraform.ts'
import { purposeNames, purposesOf, refusedPurposes } from '../infra/purposes.ts'
import { policyStack, type Stack } from '../infra/stack.ts'
import { describeNext, quoted } from '../next-command.ts'
import { moduleOptions, type OpenedDefinition, openDefinition } from '../open-definition.ts'
import { printText } from '../print-text.ts'
import { wrap } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export const infra: Command = {
  name: 'infra',
  summary: 'Print the IAM policy that a definition needs, or the resources of its notifications',
  usage: '<policy|notifications> [definition]',
  examples: [
    { line: 'liveparam infra policy', means: 'the least that the role of the service needs' },
    {
      line: 'liveparam infra policy --for check --format terraform',
      means: 'what the role of a workflow needs that runs `liveparam check`',
    },
    {
      line: 'liveparam infra policy --check policy.json',
      means: 'in a workflow: fails if the file is not what the definition needs',
    },
  ],
  choices: ['policy', 'notifications'],
  most: 2,
  options: {
    format: {
      type: 'string',
      choices: formats,
      help: 'How to print it: documents, a template in YAML, HCL, or a construct in TypeScript',
    },
    for: {
      type: 'string',
      multiple: true,
      choices: purposeNames,
      refused: refusedPurposes,
      help: 'The command that uses the policy; run is the service itself',
    },
    policies: { type: 'boolean', help: 'For check --policies: allow ssm:DescribeParameters, too' },
    route: {
      type: 'string',
      choices: routes,
      help: 'For notifications: the way on which AWS notifies the service, instead of that of the definition',
    },
    url: { type: 'string', value: '<url>', help: 'For a webhook or an API destination: where the service listens' },
    function: { type: 'string', value: '<arn>', help: 'For lambda: the ARN of the function' },
    secret: {
      type: 'string',
      value: '<name>',
      multiple: true,
      help: 'A secret that stored references name, by its name or ARN; * is any text',
    },
    check: {
      type: 'string',
      value: '<file>',
      help: 'Compare with this file, and fail if it has another meaning: order and spaces do not count',
    },
    ...moduleOptions,
    ...placeOptions,
  },
  details: [
    'Reads no account: the policy follows from the definition alone. Placeholders stand for the account and the region unless they are given. The permission to read histories, ssm:GetParameterHistory, is never part of it.',
  ],
  run: runInfra,
}

async function runInfra(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  const [kind, named] = given.positionals
  if (kind !== 'policy' && kind !== 'notifications') {
    const wrong = kind === undefined ? 'say what to print' : `there is no infra ${JSON.stringify(kind)}`
    throw new UsageError(`${wrong}: policy or notifications`, 'liveparam infra policy', 'liveparam infra notifications')
  }
  checkKind(kind, given)
  const opened = await openDefinition(named, given, terminal)
  const place = placeIn(given, opened.options.region)
  const write = (where: Place) => {
    const writing = { given, opened, place: where }
    return kind === 'policy' ? writtenPolicy(writing) : writtenNotifications(writing)
  }
  const { text, notes } = write(place)
  const file = given.text('check')
  if (file !== undefined) {
    const actual = await readChecked(file, given, terminal)
    const compare = (where: Place) => differences(write(where).text, actual, formatIn(given, kind), file)
    const found = compare(place)
    // Without the options, the file says which account and region it is for. An ARN in a comment does not.
    const named = { ...placeNamedIn(actual, text), ...place }
    const foundThere = found.length === 0 ? found : compare(named)
    const isThere = foundThere.length < found.length
    const command = printCommand(given, file, isThere ? named : {})
    return reportCheck(file, { found: isThere ? foundThere : found, command }, terminal)
  }
  const lines = notes.flatMap((note) => wrap(`note: ${note}`, Math.min(terminal.columns, 100)))
  for (const line of lines) terminal.note(line)
  terminal.print(text)
  return 0
}

// The options that only one of the two has.
const options: Readonly<Record<'policy' | 'notifications', readonly string[]>> = {
  policy: ['for', 'policies'],
  notifications: ['route', 'url', 'function'],
}

function checkKind(kind: 'policy' | 'notifications', given: Arguments): void {
  const other = kind === 'policy' ? 'notifications' : 'policy'
  const wrong = options[other].find((name) => given.has(name))
  if (wrong === undefined) return
  throw new UsageError(`--${wrong} belongs to infra ${other}`, `liveparam infra ${other}`, 'liveparam help infra')
}

/** The format that is asked for, or that of the file to check. */
function formatIn(given: Arguments, kind: string | undefined): Format {
  const named = formats.find((format) => format === given.text('format'))
  const byFile = formatOf(given.text('check') ?? '')
  return named ?? byFile ?? defaultFormat(kind)
}

function defaultFormat(kind: string | undefined): Format {
  return kind === 'policy' ? 'json' : 'cloudformation'
}

function readChecked(file: string, given: Arguments, terminal: Terminal): Promise<string> {
  return readFile(resolve(terminal.folder, file), 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error ? printable(error.message) : ''
    throw new UsageError(`cannot read ${file}: ${reason}`, printCommand(given, file))
  })
}

interface Checked {
  /** How the file differs. */
  readonly found: readonly string[]
  /** Prints the file as it should be. */
  readonly command: string
}

function reportCheck(file: string, { found, command }: Checked, terminal: Terminal): ExitCode {
  if (found.length === 0) {
    terminal.print(terminal.style(`✓ ${file} is what the definition needs`, 'good'))
    return 0
  }
  terminal.print(terminal.style(`✗ ${file} is not what the definition needs`, 'bad'))
  for (const difference of found) {
    printText(`  ${printable(difference)}`, terminal)
  }
  terminal.print(describeNext(command, terminal))
  return 1
}

/** The same command, which prints the file. */
function printCommand(given: Arguments, file: string, { account, region }: Place = {}): string {
  const places: Readonly<Record<string, string | undefined>> = { account, region }
  const others = Object.keys(infra.options).filter((name) => name !== 'check' && (given.has(name) || places[name]))
  const words = others.flatMap((name) => {
    const values = given.has(name) ? given.texts(name) : [places[name] ?? '']
    return values.length === 0 ? [`--${name}`] : values.flatMap((value) => [`--${name}`, value])
  })
  const [kind] = given.positionals
  const format = formatIn(given, kind)
  const asFile = given.has('format') || format === defaultFormat(kind) ? [] : ['--format', format]
  const command = ['liveparam', 'infra', ...given.positionals, ...words, ...asFile].map(quoted)
  return [...command, '>', quoted(file)].join(' ')
}

interface Writing {
  readonly given: Arguments
  readonly opened: OpenedDefinition
  readonly place: Place
}

interface Written {
  readonly text: string
  readonly notes: readonly string[]
}

function writtenPolicy({ given, opened, place }: Writing): Written {
  const { options, file } = opened
  const policy = policyOf(options, { given, opened, place })
  if (policy.statements.length === 0) {
    throw new UsageError(`${file} makes no calls to AWS: it has a source of its own, and no policy is needed`)
  }
  const statements = mapTexts(policy.statements, (text) => fill(text, place))
  const format = formatIn(given, 'policy')
  const text = format === 'json' ? policyJson(statements) : printed(policyStack(statements), format, 'ConfigPolicy')
  return { text, notes: [...policy.notes, ...hints({ given, opened, place })] }
}

function writtenNotifications(writing: Writing): Written {
  const { given, opened, place } = writing
  const listeners = listenersOf(opened.options)
  const route = routeIn(given) ?? listeners.map(({ name }) => routeOf(name)).find((known) => known !== undefined)
  const chosen = route ?? 'topic'
  const listener = listeners.find(({ name }) => routeOf(name) === chosen)
  const others = listeners.filter((other) => other !== listener)
  const policy = policyOf({ ...opened.options, notifications: others }, writing)
  const { pattern, notes } = writePattern(opened.options, given.texts('secret'))
  const stack = notificationStack({
    route: chosen,
    pattern,
    statements: policy.statements,
    listener,
    name: nameOf(opened),
    url: needed(given, chosen, ['webhook', 'api-destination'], 'url'),
    functionArn: needed(given, chosen, ['lambda'], 'function'),
  })
  const text = printed(
    mapTexts(stack, (part) => fill(part, place)),
    formatIn(given, 'notifications'),
    'ConfigNotifications',
  )
  const isGuessed = route === undefined
  return {
    text,
    notes: [
      ...(isGuessed ? ['the definition has no notifications: this is a topic, for snsNotifications()'] : []),
      ...policy.notes,
      ...notes,
      ...hints(writing),
    ],
  }
}

function policyOf(options: OpenedDefinition['options'], { given, place }: Writing): WrittenPolicy {
  const names = given.texts('for')
  const purposes = purposesOf(names.length === 0 ? ['run'] : names)
  const secrets = given.texts('secret')
  return writePolicy({ options, purposes, secrets, describes: given.has('policies') }, place, keysIn(given))
}

function hints({ given, opened, place }: Writing): readonly string[] {
  const following = given.has('secret') ? [] : keysWithReferences(opened.options)
  const isJson = formatIn(given, given.positionals[0]) === 'json'
  const isOpen = isJson && (place.account === undefined || place.region === undefined)
  return [
    ...(following.length === 0
      ? []
      : [`${listed(following)} can hold references to secrets: name those secrets with --secret`]),
    ...(isOpen ? ['replace ACCOUNT and REGION, or give --account and --region'] : []),
  ]
}

function routeIn(given: Arguments): NotificationRoute | undefined {
  return routes.find((route) => route === given.text('route'))
}

function routeOf(name: string): NotificationRoute | undefined {
  const known: Readonly<Record<string, NotificationRoute>> = {
    sqs: 'queue',
    sns: 'topic',
    webhook: 'webhook',
    lambda: 'lambda',
  }
  return known[name]
}

/** The value of an option that some routes need. @throws UsageError if it is missing, or belongs to another route. */
function needed(
  given: Arguments,
  route: NotificationRoute,
  users: readonly NotificationRoute[],
  option: string,
): string {
  const value = given.text(option)
  const isUsed = users.includes(route)
  if (!isUsed && value !== undefined) {
    throw new UsageError(`--${option} belongs to --route ${users.join(' and ')}, and not to ${route}`)
  }
  if (isUsed && value === undefined) {
    const form = option === 'url' ? '--url https://shop.example.com/config-changes' : '--function <arn>'
    throw new UsageError(`--route ${route} needs --${option}`, `liveparam infra notifications --route ${route} ${form}`)
  }
  const isValid = option === 'url' ? /^https:\/\//.test(value ?? '') : /^arn:[\w-]+:lambda:/.test(value ?? '')
  if (value !== undefined && !isValid) {
    const expected = option === 'url' ? 'a URL that begins with https://' : 'the ARN of a function'
    throw new UsageError(`--${option} takes ${expected}`)
  }
  return value ?? ''
}

/** A name for rules and the like, such as `liveparam-shop-prod`. */
function nameOf({ options: { path = [] } }: OpenedDefinition): string {
  const last = [path].flat().at(-1) ?? ''
  const words = String(last)
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '')
  return ['liveparam', ...words].join('-').slice(0, 64)
}

function printed(stack: Stack, format: Format, className: string): string {
  if (format === 'json') return stackJson(stack)
  if (format === 'cloudformation') return cloudFormation(stack)
  return format === 'terraform' ? terraform(stack) : cdk(stack, className)
}

const mostListed = 5

function listed(keys: readonly string[]): string {
  const shown = keys.slice(0, mostListed).join(', ')
  return keys.length > mostListed ? `${shown} and ${keys.length - mostListed} other keys` : shown
}
