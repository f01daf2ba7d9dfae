import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
  ExtractorMessageCategory,
} from '@microsoft/api-extractor'
import { type EntryPoint, entryPoints, root } from './entry-points.ts'

/**
 * Writes what the entry points export into a folder: `<slug>.api.md` for each.
 *
 * @returns What is wrong with it, a line each: what is exported without a word of what it is for, links that lead
 * nowhere, and types that are part of what is exported but can be imported from nowhere.
 */
export function reportApi(folder: string): string[] {
  const temporary = mkdtempSync(join(tmpdir(), 'liveparam-api-'))
  try {
    const messages = extract(folder, temporary)
    const exported = new Set(entryPoints().flatMap((entry) => exportedBy(entry, folder)))
    return messages.filter((message) => isProblem(message, exported)).map(describeMessage)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** The name of its report. */
export function reportName({ slug }: EntryPoint): string {
  return `${slug}.api.md`
}

const kinds = ['ae-undocumented', 'ae-unresolved-link', 'ae-forgotten-export']

function extract(folder: string, temporary: string): ExtractorMessage[] {
  const configs = entryPoints().map((entry) => configure(entry, folder, temporary))
  const [first] = configs
  if (first === undefined) throw new Error('package.json exports nothing')
  // Reading the declarations takes longer than the rest: once is enough.
  const compilerState = CompilerState.create(first, { additionalEntryPoints: entryPoints().map(({ types }) => types) })
  const messages: ExtractorMessage[] = []
  const messageCallback = (message: ExtractorMessage) => {
    messages.push(message)
    message.logLevel = ExtractorLogLevel.None
  }
  for (const config of configs) Extractor.invoke(config, { localBuild: true, compilerState, messageCallback })
  return messages
}

function configure(entry: EntryPoint, reportFolder: string, reportTempFolder: string): ExtractorConfig {
  const compilerOptions = { target: 'es2023', module: 'nodenext', strict: true, types: ['node'] }
  const reported = { logLevel: ExtractorLogLevel.Warning }
  const ignored = { logLevel: ExtractorLogLevel.None }
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: entry.types,
      newlineKind: 'lf',
      compiler: { overrideTsconfig: { compilerOptions, files: [entry.types] } },
      apiReport: { enabled: true, reportFileName: entry.slug, reportFolder, reportTempFolder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          default: ignored,
          ...Object.fromEntries(kinds.map((kind) => [kind, reported])),
        },
        tsdocMessageReporting: { default: ignored },
      },
    },
  })
}

function exportedBy(entry: EntryPoint, folder: string): string[] {
  const report = readFileSync(join(folder, reportName(entry)), 'utf8')
  return [...report.matchAll(/^export (?:abstract )?\w+ (\w+)/gm)].map(([, name = '']) => name)
}

function isProblem({ category, messageId, text }: ExtractorMessage, exported: ReadonlySet<string>): boolean {
  if (category === ExtractorMessageCategory.Compiler) return true
  const [, name = ''] = /^The symbol "(\w+)" needs to be exported/.exec(text) ?? []
  return kinds.includes(messageId) && !exported.has(name)
}

function describeMessage({ sourceFilePath = root, sourceFileLine, text }: ExtractorMessage): string {
  return `${relative(root, sourceFilePath)}:${sourceFileLine} ${text}`
}
