import type { ConfigOptions } from '../index.ts'
import { nearest } from '../messages/nearest.ts'
import type { ParameterSource } from '../ports.ts'
import type { Arguments } from './arguments.ts'
import { type OptionSpec, UsageError } from './command.ts'
import { findDefinition, shownPath } from './find-definition.ts'
import { importModule } from './import-module.ts'
import { nextCommand } from './next-command.ts'
import type { Terminal } from './terminal.ts'

/** A definition, as a command reads it. */
export interface OpenedDefinition {
  /** The file, as the user would type it. */
  readonly file: string
  /** The name of the export. */
  readonly exportName: string
  /** The options of the definition, with those of the command line. */
  readonly options: ConfigOptions
  /** The profile of the command line. */
  readonly profile: string | undefined
}

/** The options of every command that takes a definition. */
export const moduleOptions: Readonly<Record<string, OptionSpec>> = {
  export: { type: 'string', value: '<name>', help: 'The export that is the definition, if the module has several' },
  path: {
    type: 'string',
    value: '<path>',
    multiple: true,
    short: 'p',
    help: 'Read this path instead of the path of the definition; repeat it for layers: the last one wins',
  },
}

/** The options of every command that reads what a definition covers. */
export const definitionOptions: Readonly<Record<string, OptionSpec>> = {
  ...moduleOptions,
  profile: { type: 'string', value: '<name>', help: 'The AWS profile to read with' },
  region: { type: 'string', value: '<region>', help: 'The AWS region to read' },
  endpoint: { type: 'string', value: '<url>', help: 'Another endpoint, such as a local AWS' },
}

/** Finds and imports the definition, by name unless it is named, and applies the options of the command line. */
export async function openDefinition(
  named: string | undefined,
  given: Arguments,
  terminal: Terminal,
): Promise<OpenedDefinition> {
  const path = findDefinition(named, terminal.folder, given)
  const file = shownPath(path, terminal.folder)
  const module = await importModule(path, terminal.nodeVersion)
  const [exportName, options] = chooseExport(module, file, given)
  return { file, exportName, ...withOptions(options, given, terminal) }
}

/** The same definition, read at other paths or with another profile. */
export function moveDefinition(
  { options, ...opened }: OpenedDefinition,
  { paths, profile }: { readonly paths?: readonly string[]; readonly profile?: string },
): OpenedDefinition {
  const { client, secretsClient, ...others } = options
  const own = profile === undefined ? options : others
  return {
    ...opened,
    options: { ...own, ...(paths !== undefined && { path: paths }) },
    ...(profile !== undefined && { profile }),
  }
}

/** Whether a positional argument names a module, and not a key. */
export function isModuleName(text: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(text)
}

/**
 * The options of a definition for a config that a command loads from `source`, as a start does but for what would reach
 * out of the command, which are `prepare`, telemetry, the shared cache and the backup: a command reads what AWS stores.
 */
export function readingFrom(source: ParameterSource, definition: ConfigOptions): ConfigOptions {
  const { client, secretsClient, region, endpoint, strategy, secretsVia, ...others } = definition
  const { prepare, telemetry, clock, sharedCache, backup, startup = {}, ...options } = others
  // The other modes start from a backup, or try without a limit.
  const { mode, ...limits } = startup
  return { ...options, startup: limits, source, logger: false }
}

function withOptions(
  definition: ConfigOptions,
  given: Arguments,
  terminal: Terminal,
): Pick<OpenedDefinition, 'options' | 'profile'> {
  const paths = given.texts('path')
  const [region, endpoint, profile] = [given.text('region'), given.text('endpoint'), given.text('profile')]
  if (endpoint !== undefined && !/^https?:\/\//.test(endpoint)) {
    throw new UsageError(
      '--endpoint needs a URL that begins with http:// or https://',
      `liveparam help ${given.command}`,
    )
  }
  const place = { ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) }
  const isMoved = Object.keys(place).length > 0 || profile !== undefined
  const { client, secretsClient, ...others } = definition
  if (isMoved && client !== undefined) {
    terminal.note('note: the client of the definition is not used, because the command line says where to read')
  }
  if (isMoved && definition.source !== undefined) {
    throw new UsageError(
      'this definition has a source of its own: --profile, --region and --endpoint do not apply to it',
    )
  }
  // Spread: the overrides of a definition may not be enumerable, and are passed on as one value.
  const options = isMoved ? { ...others, ...place } : { ...definition }
  return { options: { ...options, ...(paths.length > 0 && { path: paths }) }, profile }
}

/** The names of the exports that are definitions. */
export async function definitionExports(
  named: string | undefined,
  given: Arguments,
  { folder, nodeVersion }: Terminal,
): Promise<readonly string[]> {
  const module = await importModule(findDefinition(named, folder, given), nodeVersion)
  return definitionsIn(module).map(([name]) => name)
}

function definitionsIn(module: Readonly<Record<string, unknown>>): readonly (readonly [string, ConfigOptions])[] {
  // A CommonJS module has its exports in the default one, too.
  const exported = { ...Object(isOptions(module.default) ? {} : module.default), ...module }
  return Object.entries(exported).filter((entry): entry is [string, ConfigOptions] => isOptions(entry[1]))
}

function chooseExport(
  module: Readonly<Record<string, unknown>>,
  file: string,
  given: Arguments,
): readonly [name: string, options: ConfigOptions] {
  const chosen = given.text('export')
  const exported = { ...Object(isOptions(module.default) ? {} : module.default), ...module }
  const found = definitionsIn(module)
  const names = found.map(([name]) => name)
  if (chosen !== undefined) {
    const match = found.find(([name]) => name === chosen)
    if (match !== undefined) return match
    const close = nearest(chosen, names) ?? names[0]
    const reason = Object.hasOwn(exported, chosen) ? 'is not a definition' : 'does not exist'
    const guess = close === undefined ? '' : `: did you mean ${close}?`
    throw new UsageError(
      `the export ${chosen} of ${file} ${reason}${guess}`,
      ...(close === undefined ? [] : [exportCommand(given, file, close)]),
    )
  }
  const preferred = found.find(([name]) => name === 'default') ?? found.find(([name]) => name === 'definition')
  const [first, ...others] = found
  if (preferred !== undefined) return preferred
  if (first !== undefined && others.length === 0) return first
  if (first !== undefined) {
    throw new UsageError(
      `${file} exports several definitions: ${names.join(', ')}`,
      exportCommand(given, file, first[0]),
    )
  }
  throw noDefinition(exported, file)
}

/** The present command, with another export. */
function exportCommand(given: Arguments, file: string, name: string): string {
  return nextCommand(given, { command: given.command, words: [file, '--export', name], without: ['export'] })
}

function noDefinition(exported: Readonly<Record<string, unknown>>, file: string): UsageError {
  const names = Object.keys(exported)
  const live = Object.entries(exported).find(([, value]) => isLiveConfig(value))
  if (live !== undefined) {
    return new UsageError(
      `${file} exports a live config (${live[0]}) and no definition: move the options into a module of their own, whose import reads nothing`,
      'export const definition = defineConfig({ schema, path })',
    )
  }
  const shown = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`
  return new UsageError(
    `${file} exports no definition: ${shown}`,
    'export const definition = defineConfig({ schema, path })',
  )
}

function isOptions(value: unknown): value is ConfigOptions {
  if (typeof value !== 'object' || value === null || !('schema' in value)) return false
  return typeof value.schema === 'object' && value.schema !== null && '_zod' in value.schema
}

function isLiveConfig(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'retryOnAuthError' in value && 'explain' in value
}
