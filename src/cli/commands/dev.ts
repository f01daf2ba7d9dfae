import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ConfigOptions } from '../../index.ts'
import { type LocalAws, type LocalAwsOptions, type Seed, startLocalAws } from '../../local/index.ts'
import { platform } from '../../platform/node.ts'
import { inspectDefinition } from '../../tools/inspect-definition.ts'
import { parseArn } from '../../tools/names.ts'
import { readSeed } from '../../tools/read-seed.ts'
import type { Arguments } from '../arguments.ts'
import { Child, type ChildEnvironment } from '../child.ts'
import { type Command, type ExitCode, UsageError } from '../command.ts'
import { findDefinition, shownPath } from '../find-definition.ts'
import { followFile } from '../follow-file.ts'
import { describeNext, quoted } from '../next-command.ts'
import { openDefinition } from '../open-definition.ts'
import { runChild } from '../run-child.ts'
import { applySeed } from '../seed-changes.ts'
import { formatTable, shorten } from '../table.ts'
import { interrupted, type Terminal } from '../terminal.ts'

export const dev: Command = {
  name: 'dev',
  summary: 'Run a command with a local AWS that holds the parameters of a file',
  usage: '[definition] [options] -- <command>',
  examples: [
    { line: 'liveparam dev --seed seed.yaml -- npm start', means: 'edit seed.yaml: the service receives each change' },
    { line: 'liveparam dev --seed seed.yaml', means: 'serve until Ctrl-C, for services that run elsewhere' },
  ],
  most: 1,
  takesCommand: true,
  options: {
    seed: { type: 'string', value: '<file>', short: 's', help: 'Parameters and secrets, in YAML or JSON' },
    port: { type: 'string', value: '<port>', help: 'The port on 127.0.0.1. By default a free one' },
    export: { type: 'string', value: '<name>', help: 'The export that is the definition, if the module has several' },
    'topic-variable': {
      type: 'string',
      value: '<name>',
      help: 'Create a topic for changes, and put its ARN into this environment variable of the command',
    },
    'queue-variable': {
      type: 'string',
      value: '<name>',
      help: 'Create a queue for changes, and put its URL into this environment variable of the command',
    },
    'key-variable': {
      type: 'string',
      value: '<name>',
      help: 'Create a key of AWS KMS, and put its ARN into this environment variable of the command',
    },
    values: {
      type: 'string',
      choices: ['never'],
      help: 'Show no value; otherwise those of plain parameters are shown',
    },
  },
  details: [
    'The command gets AWS_ENDPOINT_URL, a region and credentials for the local AWS, and no other AWS_ variable except AWS_SDK_JS_*. Every edit of the file becomes the calls that would make it on AWS, with their events. A mistake in the file is reported with its line, and nothing changes.',
    'The topic of snsNotifications() in the definition is created, and receives the changes. Signals are passed on, and the exit code is that of the command. It refuses to run where NODE_ENV is production.',
  ],
  run: runDev,
}

async function runDev(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  if (terminal.environment.NODE_ENV === 'production') {
    const next = 'NODE_ENV=development liveparam dev --seed seed.yaml -- npm start'
    throw new UsageError('liveparam dev does not run where NODE_ENV is production', next)
  }
  const port = portOf(given)
  checkVariables(given)
  const definition = await readDefinition(given, terminal)
  const file = given.text('seed')
  const path = file === undefined ? undefined : resolve(terminal.folder, file)
  const place = placeOf(definition, terminal)
  if (file !== undefined && path !== undefined && !existsSync(path)) {
    throw new UsageError(
      `there is no file ${file}: write it from what is stored`,
      `liveparam init --seed ${quoted(file)}`,
    )
  }
  const seed = path === undefined ? {} : await readSeed(path, place).catch(throwUsageError)
  const aws = await start({ ...place, port, seed })
  try {
    const environment = {
      ...withoutAws(terminal.environment),
      ...aws.environment,
      ...sendChanges(aws, definition, given),
      ...createKey(aws, given),
    }
    terminal.signal.throwIfAborted()
    terminal.note(`liveparam: a local AWS on ${aws.endpoint} holds ${file ?? 'nothing yet'}`)
    for (const line of describeSeed(seed, definition, { given, terminal })) terminal.note(line)
    const stopFollowing = path === undefined ? () => {} : followSeed(path, { aws, place, seed, terminal })
    try {
      return await (given.rest.length === 0
        ? serve(environment, terminal)
        : runChild(new Child(childOptions(given, terminal)), environment, terminal))
    } finally {
      stopFollowing()
    }
  } finally {
    await aws.close()
  }
}

function childOptions({ rest }: Arguments, { folder }: Terminal): ConstructorParameters<typeof Child>[0] {
  return { command: rest, folder, clock: platform.clock, killAfterMs: 0 }
}

const variables = ['topic-variable', 'queue-variable', 'key-variable']

function checkVariables(given: Arguments): void {
  const wrong = variables.find((option) => given.has(option) && !/^[A-Za-z_]\w*$/.test(given.text(option) ?? ''))
  if (wrong === undefined) return
  throw new UsageError(`--${wrong} takes the name of an environment variable, such as TOPIC_ARN`, 'liveparam help dev')
}

function portOf(given: Arguments): number {
  const text = given.text('port') ?? '0'
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new UsageError('--port takes a number from 0 to 65535, and 0 is a free port', 'liveparam help dev')
}

/** The part of a definition that a local AWS for it needs. */
interface Definition {
  readonly region?: string
  readonly topics: readonly Topic[]
  /** Whether the value of a parameter is not shown. */
  isSensitive(name: string): boolean
}

interface Topic {
  readonly name: string
  readonly account: string
  readonly region: string
}

/** Reads the definition if there is one. A service in another language has none. */
async function readDefinition(given: Arguments, terminal: Terminal): Promise<Definition> {
  const [named] = given.positionals
  const isNamed = named !== undefined || given.has('export')
  const file = isNamed ? named : findUnnamed(given, terminal)
  if (!isNamed && file === undefined) return { topics: [], isSensitive: () => false }
  try {
    const { options } = await openDefinition(file, given, terminal)
    noteRemoteQueues(options, given, terminal)
    return { ...regionOf(options), topics: topicsOf(options), isSensitive: inspectDefinition(options).isSensitive }
  } catch (error) {
    if (isNamed || file === undefined) throw error
    // A module of this name may have another purpose, or need the variable that this command sets.
    if (!variables.some((option) => given.has(option))) {
      const { message, next } = error instanceof UsageError ? error : readingFailed(shownPath(file, terminal.folder))
      terminal.note(`note: no definition is used, so no topic is created and no value shown: ${message}`)
      for (const command of next) terminal.note(describeNext(command, terminal))
    }
    return { topics: [], isSensitive: () => true }
  }
}

// The reason can quote a value, so only `check` shows it.
function readingFailed(file: string): UsageError {
  return new UsageError(`reading ${file} failed`, `liveparam check ${quoted(file)}`)
}

function findUnnamed(given: Arguments, terminal: Terminal): string | undefined {
  try {
    return findDefinition(undefined, terminal.folder, given)
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

function regionOf({ region }: ConfigOptions): Pick<Definition, 'region'> {
  return typeof region === 'string' ? { region } : {}
}

function topicsOf(options: ConfigOptions): Topic[] {
  return sourcesOf(options).flatMap(({ listensTo = '' }) => {
    const arn = parseArn(listensTo)
    return arn?.service !== 'sns' ? [] : [{ name: arn.resource, account: arn.account, region: arn.region }]
  })
}

// The SDK calls a queue at the host of its URL, also if the client has another endpoint.
function noteRemoteQueues(options: ConfigOptions, given: Arguments, terminal: Terminal): void {
  if (given.has('queue-variable')) return
  const remote = sourcesOf(options).find(({ listensTo = '' }) => /^https:/.test(listensTo))
  if (remote === undefined) return
  terminal.note(
    `note: the queue ${remote.listensTo} of the definition is not local: read its URL from a variable, and name it with --queue-variable`,
  )
}

function sourcesOf({ notifications = [] }: ConfigOptions): readonly { readonly listensTo?: string }[] {
  return [notifications].flat()
}

function placeOf({ topics: [topic], region }: Definition, { environment }: Terminal): LocalAwsOptions {
  if (topic !== undefined) return { region: topic.region, accountId: topic.account }
  const chosen = region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION
  return chosen === undefined || chosen === '' ? {} : { region: chosen }
}

async function start(options: LocalAwsOptions): Promise<LocalAws> {
  return startLocalAws(options).catch((error: NodeJS.ErrnoException) => {
    const { code } = error
    if (code !== 'EADDRINUSE' && code !== 'EACCES') return throwUsageError(error)
    const reason = code === 'EACCES' ? 'needs more rights' : 'is in use'
    throw new UsageError(
      `the port ${options.port} ${reason}: choose another one, or leave out --port for a free one`,
      'liveparam help dev',
    )
  })
}

function throwUsageError(error: unknown): never {
  if (!(error instanceof TypeError)) throw error
  throw new UsageError(error.message.replace(/^startLocalAws\(\): /, ''))
}

/** Nothing of the environment leads to a real account. The settings of the SDK, such as for its warnings, stay. */
function withoutAws(environment: ChildEnvironment): ChildEnvironment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^aws_(?!sdk_js_)/i.test(name)))
}

/** Sends every change to the topics of the definition, and to those that the command line names. */
function sendChanges(aws: LocalAws, { topics }: Definition, given: Arguments): ChildEnvironment {
  const [topicVariable, queueVariable] = [given.text('topic-variable'), given.text('queue-variable')]
  const pattern = { source: ['aws.ssm', 'aws.secretsmanager'] }
  const [first] = topics
  const local = topics.filter(({ account, region }) => account === first?.account && region === first.region)
  const names = new Set(local.map(({ name }) => name))
  if (topicVariable !== undefined && names.size === 0) names.add('config-changes')
  const arns = [...names].map((name) => createTopic(aws, name))
  for (const arn of arns) aws.events.route(pattern, arn)
  const topic = topicVariable === undefined ? {} : { [topicVariable]: arns[0] }
  if (queueVariable === undefined) return topic
  const { arn, url } = aws.queues.create('config-changes')
  aws.events.route(pattern, arn)
  return { ...topic, [queueVariable]: url }
}

/** Creates the key of a shared cache or a backup. */
function createKey(aws: LocalAws, given: Arguments): ChildEnvironment {
  const variable = given.text('key-variable')
  return variable === undefined ? {} : { [variable]: aws.keys.create().arn }
}

function createTopic(aws: LocalAws, name: string): string {
  if (name.endsWith('.fifo')) {
    throw new UsageError(`the topic ${name} is a FIFO topic, which the local AWS does not have: use a standard topic`)
  }
  return aws.topics.create(name).arn
}

interface Showing {
  readonly given: Arguments
  readonly terminal: Terminal
}

const mostRows = 40

function describeSeed(seed: Seed, definition: Definition, { given, terminal }: Showing): string[] {
  const rows = [
    ...Object.entries(seed.parameters ?? {}).map(([name, entry]) => {
      const { type = 'String', value } = typeof entry === 'string' ? { value: entry } : entry
      const isHidden = given.has('values') || type === 'SecureString' || definition.isSensitive(name)
      return { name, type, value: isHidden ? '[redacted]' : value.replaceAll(/[\s\p{Cc}]+/gu, ' ') }
    }),
    ...Object.keys(seed.secrets ?? {}).map((name) => ({ name, type: 'secret', value: '[redacted]' })),
  ]
  if (rows.length === 0) return []
  const width = Math.min(terminal.columns, 120)
  const shown = rows.slice(0, mostRows)
  const nameWidth = Math.min(Math.max(...shown.map(({ name }) => name.length)), Math.floor(width / 2))
  const valueWidth = Math.max(12, width - nameWidth - 'SecureString'.length - 6)
  const table = formatTable(
    [
      ['  NAME', 'TYPE', 'VALUE'].map((text) => terminal.style(text, 'quiet')),
      ...shown.map(({ name, type, value }) => [`  ${shorten(name, nameWidth)}`, type, shorten(value, valueWidth)]),
    ],
    width,
  )
  return rows.length > mostRows ? [...table, `  … and ${rows.length - mostRows} more`] : table
}

interface Following {
  readonly aws: LocalAws
  readonly place: LocalAwsOptions
  readonly seed: Seed
  readonly terminal: Terminal
}

/** Writes every edit of the file: all of it, or nothing if there is a mistake. */
function followSeed(path: string, { aws, place, seed, terminal }: Following): () => void {
  let current = seed
  return followFile(path, async () => {
    try {
      const next = await readSeed(path, place)
      // An editor may empty a file before it writes it.
      if (isEmpty(next) && !isEmpty(current)) throw new TypeError(`${path}: the file is empty`)
      const changes = applySeed(aws, current, next)
      current = next
      for (const { name, action } of changes) terminal.note(`liveparam: ${action} ${name}`)
    } catch (error) {
      const reason = error instanceof TypeError ? error.message : `${path} cannot be read`
      terminal.note(`liveparam: ${reason}: nothing has changed`)
    }
  })
}

function isEmpty({ parameters = {}, secrets = {} }: Seed): boolean {
  return Object.keys(parameters).length === 0 && Object.keys(secrets).length === 0
}

/** Prints the environment, and serves until the user ends it. */
async function serve(environment: ChildEnvironment, terminal: Terminal): Promise<ExitCode> {
  const own = Object.entries(environment).filter(([name, value]) => terminal.environment[name] !== value)
  terminal.print(`export ${own.map(([name, value]) => `${name}=${value}`).join(' ')}`)
  await interrupted(terminal)
  return 0
}
