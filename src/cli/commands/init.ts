import { constants } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { $ZodType } from 'zod/v4/core'
import { inspectDefinition } from '../../tools/inspect-definition.ts'
import { isArn, isBelow, segmentsOf, whyNotAName } from '../../tools/names.ts'
import type { Arguments } from '../arguments.ts'
import { askText, askWhich, Cancelled } from '../ask.ts'
import { type Command, type ExitCode, UsageError } from '../command.ts'
import { counted } from '../counted.ts'
import { type DefinitionText, writeDefinition } from '../definition-text.ts'
import { looksSecret, type ZodFeatures } from '../guess-schema.ts'
import { describeNext, nextCommand, quoted } from '../next-command.ts'
import { definitionOptions, openDefinition } from '../open-definition.ts'
import { writeSeed } from '../seed-text.ts'
import { openStoredReader, type StoredEntry, type StoredReader } from '../stored-parameters.ts'
import type { Terminal } from '../terminal.ts'

const { path: _, export: __, ...placeOptions } = definitionOptions

export const init: Command = {
  name: 'init',
  summary: 'Write a definition, or a seed for dev, from what is stored below a path',
  usage: '<path …>',
  examples: [
    { line: 'liveparam init /shop/prod', means: 'writes config.ts, after a few questions' },
    { line: 'liveparam init /shared /shop/prod --yes', means: 'two layers, without questions' },
    { line: 'liveparam init --seed seed.yaml', means: 'what config.ts reads, for liveparam dev, without secrets' },
  ],
  most: Number.POSITIVE_INFINITY,
  options: {
    ...placeOptions,
    output: { type: 'string', value: '<file>', short: 'o', help: 'The file of the definition. config.ts by default' },
    seed: { type: 'string', value: '<file>', short: 's', help: 'Write a seed instead, in YAML or JSON' },
    yes: { type: 'boolean', short: 'y', help: 'Ask nothing' },
    force: { type: 'boolean', short: 'f', help: 'Replace the file if it exists' },
  },
  details: [
    'Types come from the data types of the parameters, else from their texts, which a comment marks. A SecureString is not decrypted, and becomes a sensitive key, as do names such as db/password. Values are not printed.',
    'A seed holds the values of plain parameters, and a placeholder for every SecureString, secret and sensitive key. Without a path it holds what the definition in this folder reads.',
    'Exit code: 0, or 2 if nothing was written, or 130 if a question was not answered.',
  ],
  run: runInit,
}

async function runInit(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  for (const path of given.positionals) checkPath(path)
  const reader = openStoredReader(given, terminal)
  try {
    return await (given.has('seed') ? initSeed(given, reader, terminal) : initDefinition(given, reader, terminal))
  } catch (error) {
    if (error instanceof Cancelled) return 130
    throw error
  } finally {
    await reader.close()
  }
}

function checkPath(path: string): void {
  if (/\.[cm]?[jt]s$/.test(path)) {
    throw new UsageError(
      `${path} is a file, and liveparam init needs a path: name the file with --output`,
      `liveparam init /shop/prod --output ${path}`,
    )
  }
  const reason = whyNotAPath(path)
  if (reason !== undefined)
    throw new UsageError(`${JSON.stringify(path)} is not a path: ${reason}`, 'liveparam help init')
}

function whyNotAPath(path: string): string | undefined {
  if (path === '/') return undefined
  if (!path.startsWith('/') || path.endsWith('/')) return 'a path is like /shop/prod'
  return whyNotAName(path, 'branch')
}

async function initDefinition(given: Arguments, reader: StoredReader, terminal: Terminal): Promise<ExitCode> {
  const file = given.text('output') ?? 'config.ts'
  if (!/\.[cm]?[jt]s$/.test(file)) {
    throw new UsageError(`${file} is not a module: name a TypeScript or JavaScript file`, 'liveparam help init')
  }
  const target = resolve(terminal.folder, file)
  await checkFree(target, file, given)
  const isAsking = terminal.canAsk && !given.has('yes')
  const paths = await choosePaths(given, reader, { isAsking, terminal })
  const layers = await readLayers(paths, given, reader)
  terminal.progress('')
  const chosen = isAsking ? await chooseEntries(paths, layers) : layers
  const all = chosen.flat()
  const secrets = isAsking ? await chooseSecrets(all) : all.filter(looksSecret).map(({ name }) => name)
  const { features, zod } = await zodOf(target)
  const written = writeDefinition({ paths, layers: chosen, secrets: new Set(secrets), features, zod })
  await save(target, written.text, given)
  terminal.print(summaryOf(file, paths, written))
  for (const command of commandsAfter(file, target, given, terminal)) terminal.note(describeNext(command, terminal))
  return 0
}

async function checkFree(target: string, file: string, given: Arguments): Promise<void> {
  const exists = await access(target, constants.F_OK).then(
    () => true,
    () => false,
  )
  if (exists && !given.has('force')) throw existing(file, given)
}

function existing(file: string, given: Arguments): UsageError {
  const other = given.has('seed') ? ['--seed', 'other.yaml'] : ['--output', 'other.ts']
  const own = given.has('seed') ? ['--seed', file] : given.has('output') ? ['--output', file] : []
  const again = (...added: readonly string[]) =>
    nextCommand(given, { command: 'init', words: [...given.positionals, ...added] })
  return new UsageError(
    `${file} exists: replace it with --force, or write another file`,
    again(...own, '--force'),
    again(...other),
  )
}

async function save(target: string, text: string, given: Arguments): Promise<void> {
  // A file that was created in between is not replaced either.
  await writeFile(target, text, { flag: given.has('force') ? 'w' : 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw existing(target, given)
    throw new UsageError(`${target} cannot be written: ${error.code ?? 'for an unknown reason'}`)
  })
}

interface Asking {
  readonly isAsking: boolean
  readonly terminal: Terminal
}

async function choosePaths(
  { positionals }: Arguments,
  reader: StoredReader,
  { isAsking, terminal }: Asking,
): Promise<readonly string[]> {
  if (positionals.length > 0) return positionals
  if (!isAsking) throw new UsageError('liveparam init needs a path', 'liveparam init /shop/prod')
  terminal.progress('Reading the names of parameters…')
  const known = await reader.paths()
  terminal.progress('')
  const choices = known.map((path) => ({ value: path, label: path }))
  return [await askText('Below which path is the configuration?', choices, whyNotAPath)]
}

async function readLayers(
  paths: readonly string[],
  given: Arguments,
  reader: StoredReader,
): Promise<readonly (readonly StoredEntry[])[]> {
  const layers: (readonly StoredEntry[])[] = []
  for (const path of paths) {
    const entries = await reader.below(path)
    if (entries.length === 0) throw nothingBelow(path, given)
    layers.push(entries)
  }
  return layers
}

function nothingBelow(path: string, given: Arguments): UsageError {
  const parent = path.slice(0, Math.max(1, path.lastIndexOf('/')))
  return new UsageError(
    `nothing is stored below ${path}: check its spelling, and the region and account that are read`,
    nextCommand(given, { command: 'init', words: [parent] }),
  )
}

/** Asks which of the paths below belong to the configuration, if there are several. */
async function chooseEntries(
  paths: readonly string[],
  layers: readonly (readonly StoredEntry[])[],
): Promise<readonly (readonly StoredEntry[])[]> {
  const chosen: (readonly StoredEntry[])[] = []
  for (const [index, entries] of layers.entries()) {
    const path = paths[index] ?? '/'
    const counts = new Map<string, number>()
    for (const entry of entries) counts.set(groupOf(entry, path), (counts.get(groupOf(entry, path)) ?? 0) + 1)
    const choices = [...counts].map(([value, count]) => {
      const hint = counted(count, 'parameter')
      return { value, label: value, ...(value.endsWith('/') && { hint }) }
    })
    const all = choices.map(({ value }) => value)
    const message = `Which parameters of ${path} belong to the configuration?`
    const wanted = all.length < 2 ? all : await askWhich(message, choices, { chosen: all, required: true })
    chosen.push(entries.filter((entry) => wanted.includes(groupOf(entry, path))))
  }
  return chosen
}

/** The name of a parameter, or the path of its first segment: `/shop/prod/db/`. */
function groupOf({ name }: StoredEntry, path: string): string {
  const [first = '', ...others] = segmentsOf(name).slice(segmentsOf(path).length)
  return others.length === 0 ? name : `${path === '/' ? '' : path}/${first}/`
}

async function chooseSecrets(entries: readonly StoredEntry[]): Promise<readonly string[]> {
  const plain = entries.filter(({ type }) => type !== 'SecureString')
  if (plain.length === 0) return []
  const choices = plain.map(({ name }) => ({ value: name, label: name }))
  const chosen = plain.filter(looksSecret).map(({ name }) => name)
  const message = 'Which of these are secret? (Every SecureString is.)'
  return askWhich(message, choices, { chosen, required: false })
}

/** The zod that the module will import. */
async function zodOf(target: string): Promise<{ readonly features: ZodFeatures; readonly zod: string }> {
  const latest = { features: { hasHostname: true }, zod: 'zod' }
  try {
    const { resolve: find } = createRequire(pathToFileURL(target))
    const manifest: { readonly version: string } = JSON.parse(await readFile(find('zod/package.json'), 'utf8'))
    const zod = manifest.version.startsWith('3.') ? 'zod/v4' : 'zod'
    return { features: { hasHostname: 'hostname' in (await import(pathToFileURL(find(zod)).href)) }, zod }
  } catch {
    return latest
  }
}

function summaryOf(file: string, paths: readonly string[], { keys, sensitive, guessed }: DefinitionText): string {
  const counts = [
    counted(keys, 'key'),
    ...(sensitive === 0 ? [] : [`${sensitive} of them sensitive`]),
    ...(guessed === 0 ? [] : [`${guessed} with a comment to check`]),
  ]
  return `wrote ${file} for ${paths.join(' and ')}: ${counts.join(', ')}`
}

/** What to type until the definition can be used. */
function commandsAfter(file: string, target: string, given: Arguments, { nodeVersion }: Terminal): readonly string[] {
  const { resolve: find } = createRequire(pathToFileURL(target))
  const isMissing = (name: string) => {
    try {
      return find(`${name}/package.json`) === ''
    } catch {
      return true
    }
  }
  const missing = ['liveparam', 'zod'].filter(isMissing)
  const needsJiti = /\.[cm]?ts$/.test(file) && !readsTypeScript(nodeVersion) && isMissing('jiti')
  return [
    ...(missing.length === 0 ? [] : [`npm install ${missing.join(' ')}`]),
    ...(needsJiti ? ['npm install --save-dev jiti'] : []),
    nextCommand(given, { command: 'check', words: [file] }),
  ]
}

/** Whether this Node removes types by itself. @see https://nodejs.org/api/typescript.html */
function readsTypeScript(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

async function initSeed(given: Arguments, reader: StoredReader, terminal: Terminal): Promise<ExitCode> {
  const file = given.text('seed') ?? 'seed.yaml'
  const target = resolve(terminal.folder, file)
  await checkFree(target, file, given)
  const known = await readDefinition(given, terminal)
  const paths = given.positionals.length > 0 ? given.positionals : known.paths
  if (paths.length === 0)
    throw new UsageError('liveparam init --seed needs a path', `liveparam init /shop/prod --seed ${file}`)
  const read: StoredEntry[] = []
  for (const path of paths) read.push(...(await reader.below(path)))
  terminal.progress('')
  const entries = [...new Map(read.map((entry) => [entry.name, entry])).values()]
  const isSecret = (entry: StoredEntry) =>
    entry.type === 'SecureString' || known.isSensitive(entry.name) || looksSecret(entry)
  if (entries.length === 0 && known.secrets.size === 0) throw nothingBelow(paths[0] ?? '/', given)
  const { text, omitted } = await writeSeed({ entries, isSecret, secrets: known.secrets }, file)
  await save(target, text, given)
  const count = entries.length + known.secrets.size
  const placeholders = omitted.length === 0 ? '' : `, ${omitted.length} of them with a placeholder instead of a secret`
  terminal.print(`wrote ${file} from ${paths.join(' and ')}: ${counted(count, 'entry', 'entries')}${placeholders}`)
  terminal.note(describeNext(`liveparam dev --seed ${quoted(file)}`, terminal))
  return 0
}

interface KnownDefinition {
  readonly paths: readonly string[]
  readonly secrets: ReadonlyMap<string, $ZodType>
  isSensitive(name: string): boolean
}

/** The definition of this folder, if there is one. With paths on the command line, it only says what is secret. */
async function readDefinition(given: Arguments, terminal: Terminal): Promise<KnownDefinition> {
  try {
    const { options } = await openDefinition(undefined, given, terminal)
    const { keys, paths, isSensitive } = inspectDefinition(options)
    const secrets = keys.flatMap(({ secret, schema }) =>
      secret === undefined || isArn(secret.id) ? [] : [[secret.id, schema] as const],
    )
    const isMeant = given.positionals.length === 0 || paths.some((path) => given.positionals.includes(path))
    return {
      paths: paths.filter((path) => !paths.some((other) => isBelow(path, other))),
      secrets: new Map(isMeant ? secrets : []),
      isSensitive,
    }
  } catch (error) {
    if (given.positionals.length === 0) throw error
    return { paths: [], secrets: new Map(), isSensitive: () => false }
  }
}
