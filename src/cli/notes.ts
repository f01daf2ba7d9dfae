import { Spellings } from '../messages/spellings.ts'
import { disagreement } from '../tools/schemas.ts'
import { formatAge, formatDay } from './dates.ts'
import type { KeyFacts } from './key-facts.ts'
import type { Survey } from './survey.ts'

/** Something to know that does not refuse a start. */
export interface Note {
  /**
   * `NOT_COVERED`: the schema has no key for a stored name. `NOT_LISTED`: a path could not be listed. `DATA_TYPE`: the
   * data type disagrees with the schema. `NOT_ENCRYPTED`: a sensitive key is stored as plain text. `EXPIRES`: a policy
   * deletes the parameter, or announces that it did not change. `CHANGED`: it differs from an earlier report.
   */
  readonly code: 'NOT_COVERED' | 'NOT_LISTED' | 'DATA_TYPE' | 'NOT_ENCRYPTED' | 'EXPIRES' | 'CHANGED' | 'WARNING'
  readonly key?: string
  readonly parameter?: string
  readonly detail: string
  readonly remedy?: string
}

/** The notes of a reading, apart from a comparison with an earlier one. */
export function notesOf(found: Survey, keys: readonly KeyFacts[], { ignored, now }: NoteOptions): readonly Note[] {
  return [
    ...notCovered(found, keys, ignored),
    ...notListed(found),
    ...dataTypes(found, keys),
    ...notEncrypted(keys),
    ...expiring(found, keys, now),
    ...found.warnings.map((detail) => ({ code: 'WARNING' as const, detail })),
  ]
}

export interface NoteOptions {
  /** Patterns of names that the schema need not cover; `*` is any text. */
  readonly ignored: readonly string[]
  readonly now: number
}

function notCovered({ definition, listings }: Survey, keys: readonly KeyFacts[], ignored: readonly string[]): Note[] {
  const names = [...new Set(listings.flatMap((listing) => listing.names ?? []))].filter((name) => {
    return !definition.covers(name) && !ignored.some((pattern) => isMatch(pattern, name))
  })
  if (names.length === 0) return []
  const likely = likelyKeys(keys)
  return names.sort().map((name) => {
    const key = likely(name)
    const remedy =
      key === undefined
        ? 'add a key for it, delete it, or name it with --ignore'
        : `it is likely ${key}: rename it, or name it with parameter() in the schema`
    return { code: 'NOT_COVERED', ...(key !== undefined && { key }), parameter: name, detail: notCoveredDetail, remedy }
  })
}

const notCoveredDetail = 'the schema does not cover this name'

/** Finds the key without a stored value that a name was likely meant for. */
function likelyKeys(keys: readonly KeyFacts[]): (name: string) => string | undefined {
  const unused = keys.filter(({ stored }) => stored === undefined)
  const byName = new Map(unused.flatMap(({ key, names }) => names.map((name) => [name, key] as const)))
  const byForm = new Map([...byName].map(([name, key]) => [formOf(name), key]))
  const spellings = new Spellings(byName.keys())
  return (name) => byForm.get(formOf(name)) ?? byName.get(spellings.nearest(name) ?? '')
}

// `maxSize`, `max-size` and `MAX_SIZE` are one form.
function formOf(name: string): string {
  return name.replace(/[-_.]/g, '').toLowerCase()
}

function notListed({ listings, error }: Survey): Note[] {
  return listings.flatMap(({ path, failure }) => {
    // Without a region, for example, nothing can be read either, which is a problem and not a note.
    if (
      failure === undefined ||
      error?.problems.some(
        ({ code, action }) => code === failure.code && (action === failure.action || code !== 'ACCESS_DENIED'),
      ) ||
      (failure.isTransient && error !== undefined)
    )
      return []
    const { detail, remedy } = failure
    return [
      {
        code: 'NOT_LISTED',
        parameter: path,
        detail: `names that the schema does not cover are unknown: ${detail}`,
        remedy,
      },
    ]
  })
}

function dataTypes({ definition }: Survey, keys: readonly KeyFacts[]): Note[] {
  const schemas = new Map(definition.keys.map(({ key, schema }) => [key, schema]))
  return keys.flatMap(({ key, stored }) => {
    const schema = schemas.get(key)
    if (schema === undefined || stored?.dataType === undefined) return []
    const { type, dataType, parameter } = stored
    if (type === 'Secret' || type === 'Override') return []
    const detail = disagreement(schema, { type, dataType })
    const remedy = 'change the data type of the parameter, or the schema'
    return detail === undefined ? [] : [{ code: 'DATA_TYPE', key, parameter, detail, remedy }]
  })
}

function notEncrypted(keys: readonly KeyFacts[]): Note[] {
  return keys.flatMap(({ key, stored, isSensitive }) => {
    const isPlain = stored?.type === 'String' || stored?.type === 'StringList'
    if (!isSensitive || !isPlain || stored.reference !== undefined) return []
    const detail = `it is sensitive, and stored as a ${stored.type}, which is not encrypted`
    return [{ code: 'NOT_ENCRYPTED', key, parameter: stored.parameter, detail, remedy: 'store it as a SecureString' }]
  })
}

const nearMs = 30 * 86_400_000

function expiring({ policies = [] }: Survey, keys: readonly KeyFacts[], now: number): Note[] {
  if (policies instanceof Error) {
    const remedy = 'allow ssm:DescribeParameters on *'
    return [{ code: 'NOT_LISTED', detail: `parameter policies are unknown: ${policies.message}`, remedy }]
  }
  const used = new Map(
    keys.flatMap(({ key, stored }) => (stored === undefined ? [] : [[stored.parameter, key] as const])),
  )
  const seen = new Set<string>()
  return policies.flatMap(({ parameter, policy, expiresAt, dueAt }) => {
    const key = used.get(parameter)
    const isDue = policy === 'NoChangeNotification' && dueAt <= now
    const isNear = expiresAt !== undefined && expiresAt - now <= nearMs
    if (key === undefined || !(isNear || isDue)) return []
    const detail =
      expiresAt === undefined
        ? `it has not changed for longer than its policy allows, since ${formatDay(dueAt)}`
        : `it expires on ${formatDay(expiresAt)}, ${formatAge(expiresAt, now)}`
    if (seen.has(`${parameter} ${detail}`)) return []
    seen.add(`${parameter} ${detail}`)
    return [{ code: 'EXPIRES', key, parameter, detail, remedy: 'store a new version, or change its policy' }]
  })
}

/** Whether a pattern, in which `*` is any text, stands for the whole name. */
function isMatch(pattern: string, name: string): boolean {
  const [first = '', ...others] = pattern.split('*')
  const last = others.pop()
  if (last === undefined) return name === pattern
  if (!name.startsWith(first) || !name.endsWith(last)) return false
  let from = first.length
  for (const part of others) {
    const at = name.indexOf(part, from)
    if (at === -1) return false
    from = at + part.length
  }
  return from <= name.length - last.length
}
