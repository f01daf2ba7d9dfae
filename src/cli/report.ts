import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Problem, Whereabouts } from '../errors.ts'
import { printable } from '../messages/printable.ts'
import { UsageError } from './command.ts'
import { fromJson } from './json.ts'
import { type KeyFacts, keyFactsOf } from './key-facts.ts'
import { type Note, type NoteOptions, notesOf } from './notes.ts'
import type { OpenedDefinition } from './open-definition.ts'
import { problemsOf, type Survey } from './survey.ts'

/** What `check --json` prints. Holds no value. */
export interface Report {
  /** Changes when a program could misread the form. */
  readonly format: 'liveparam.check.1'
  readonly isAccepted: boolean
  readonly definition: { readonly file: string; readonly export: string }
  readonly paths: readonly string[]
  readonly where: Whereabouts
  /** When it was read, in milliseconds since the Unix epoch. */
  readonly checkedAt: number
  readonly keys: readonly KeyFacts[]
  readonly problems: readonly Problem[]
  readonly notes: readonly Note[]
  readonly calls: number
  readonly elapsedMs: number
}

/** What a report contains besides the problems of a start. */
export interface ReportOptions extends NoteOptions {
  /** An earlier report, whose differences become notes. */
  readonly before?: Report | undefined
  /** Whether notes fail, too. */
  readonly isStrict?: boolean
}

export function reportOf(
  found: Survey,
  { file, exportName }: Pick<OpenedDefinition, 'file' | 'exportName'>,
  { before, isStrict = false, ...options }: ReportOptions,
): Report {
  const keys = keyFactsOf(found)
  const notes = [...notesOf(found, keys, options), ...(before === undefined ? [] : compareReports(before, keys))]
  return {
    format: 'liveparam.check.1',
    isAccepted: found.error === undefined && !(isStrict && notes.length > 0),
    definition: { file, export: exportName },
    paths: found.definition.paths,
    where: found.where,
    checkedAt: options.now,
    keys,
    problems: problemsOf(found),
    notes,
    calls: found.calls,
    elapsedMs: found.elapsedMs,
  }
}

/** @throws UsageError if the file is not the output of `check --json`. */
export async function readReport(file: string, folder: string): Promise<Report> {
  const next = `liveparam check --json > ${file}`
  const text = await readFile(resolve(folder, file), 'utf8').catch((error: unknown) => {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? printable(error.message) : ''}`, next)
  })
  const parsed = parse(text)
  if (parsed === undefined) throw new UsageError(`${file} is not the output of liveparam check --json`, next)
  return parsed
}

/** What changed since an earlier report, by key. */
function compareReports(before: Report, keys: readonly KeyFacts[]): readonly Note[] {
  const earlier = new Map(before.keys.map((facts) => [facts.key, facts]))
  const since = `since ${new Date(before.checkedAt).toISOString()}`
  const found = keys.flatMap((now): Note[] => {
    const then = earlier.get(now.key)
    earlier.delete(now.key)
    const detail = then === undefined ? 'the key is new' : differenceOf(then, now)
    return detail === undefined ? [] : [changed(now, `${detail} (${since})`)]
  })
  const gone = [...earlier.values()].map((then) =>
    changed(then, `the key is gone from the schema and the store (${since})`),
  )
  return [...found, ...gone]
}

function changed({ key, stored }: KeyFacts, detail: string): Note {
  return { code: 'CHANGED', key, ...(stored !== undefined && { parameter: stored.parameter }), detail }
}

function differenceOf(then: KeyFacts, now: KeyFacts): string | undefined {
  const parts = [
    then.status !== now.status && `it was ${then.status}, and is ${now.status}`,
    then.stored !== undefined && now.stored !== undefined && storedDifference(then.stored, now.stored),
  ]
  const texts = parts.filter((part) => typeof part === 'string')
  return texts.length === 0 ? undefined : texts.join('; ')
}

function storedDifference(
  then: NonNullable<KeyFacts['stored']>,
  now: NonNullable<KeyFacts['stored']>,
): string | undefined {
  if (then.parameter !== now.parameter) return `it came from ${then.parameter}`
  if (then.type !== now.type) return `its type was ${then.type}, and is ${now.type}`
  if (then.version !== now.version) return `its version was ${then.version}, and is ${now.version}`
  if (then.modifiedAt !== now.modifiedAt) return 'it was deleted and created again'
  return undefined
}

function parse(text: string): Report | undefined {
  try {
    const report = fromJson(text) as Report
    const isReport = report.format === 'liveparam.check.1' && Array.isArray(report.keys) && report.checkedAt > 0
    return isReport ? report : undefined
  } catch {
    return undefined
  }
}
