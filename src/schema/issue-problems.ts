import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import type { Problem } from '../errors.ts'
import type { Assembled } from './assemble.ts'
import { expectationOf } from './expectation.ts'
import { formatKey, type KeyPath, keyOf, toKeyPath } from './key-path.ts'
import { codeAlong, type Location, locate } from './locate.ts'
import type { Overlay, StoredKey } from './overlay.ts'
import { maxJsonDepth } from './parse-json.ts'
import { PathMap } from './path-map.ts'
import type { Plan, PlannedLeaf } from './plan.ts'
import { candidateNames, type Layers } from './read-request.ts'
import { describeSecret } from './secret-id.ts'
import type { Suggester } from './suggest.ts'

/** A candidate, on its way to zod. */
export interface Case {
  readonly schema: $ZodType
  readonly plan: Plan
  readonly layers: Layers
  readonly overlay: Overlay
  readonly assembled: Assembled
  readonly suggester: Suggester
  /** Keys that are known to be wrong already. */
  readonly refused: readonly KeyPath[]
}

/** A case, with what there is to look up in it for each of any number of issues. */
export interface IndexedCase extends Case {
  readonly places: Places
}

interface Places {
  readonly stored: PathMap<StoredKey>
  readonly sensitive: PathMap<true>
  readonly refused: PathMap<true>
  readonly unreadable: PathMap<true>
}

export function indexCase(subject: Case): IndexedCase {
  const { overlay, refused } = subject
  const stored = [...overlay.stored.values()]
  const marked = (keys: readonly { readonly path: KeyPath }[]) =>
    new PathMap(keys.map(({ path }) => [path, true] as const))
  const places = {
    stored: new PathMap(stored.map((key) => [key.path, key] as const)),
    sensitive: marked(stored.filter(({ isSensitive }) => isSensitive)),
    refused: marked(refused.map((path) => ({ path }))),
    unreadable: marked(overlay.unreadable),
  }
  return { ...subject, places }
}

/** What an issue of zod's says, in our words; nothing when it follows from what is known to be wrong already. */
export function toProblems(issue: $ZodIssue, subject: IndexedCase): Problem[] {
  const location = locate(subject.plan.root, issue.path)
  const stored = storedAt(location, subject.overlay)
  if (isUnknown(location, stored, issue, subject)) return []
  if (issue.code === 'unrecognized_keys') return unrecognized(issue.keys, issue.path, location, subject)
  const isWhole = location.leafPath !== undefined && location.leafPath.length === issue.path.length
  if (isWhole && stored === undefined) return [missing(location, subject)]
  if (!isWhole && issue.code !== 'custom' && valueAt(subject.assembled.input, issue.path) === undefined) {
    const isInside = location.leafPath !== undefined
    return [isInside ? missingJsonKey(issue, location, stored) : missing(location, subject)]
  }
  return [invalid(issue, location, stored, subject)]
}

// Where something could not be read, what zod says about its absence says nothing.
function isUnknown(
  location: Location,
  stored: StoredKey | undefined,
  issue: $ZodIssue,
  { overlay, places }: IndexedCase,
): boolean {
  if (places.refused.isBelowOne(location.path)) return true
  if (issue.code === 'unrecognized_keys') return false
  if (stored === undefined && overlay.unreadablePaths.length > 0) return true
  return places.unreadable.isAround(location.path)
}

function storedAt({ leafPath }: Location, { stored }: Overlay): StoredKey | undefined {
  return leafPath === undefined ? undefined : stored.get(keyOf(leafPath))
}

function missing({ path, expected }: Location, { plan, layers, suggester }: Case): Problem {
  const planned = plan.byId.get(keyOf(path))
  const subject = { key: formatKey(path), ...(expected !== undefined && { expected }) }
  if (planned === undefined) {
    const remedy = 'store it below the path, or make the key optional'
    return { code: 'MISSING_PARAMETER', ...subject, detail: 'nothing is stored', remedy }
  }
  if (planned.address.kind === 'secret') return missingSecret(planned, subject)
  const parameter = candidateNames(planned, layers).join(' or ')
  const remedy = suggester.suggest(planned)
  return { code: 'MISSING_PARAMETER', ...subject, parameter, detail: 'nothing is stored', remedy }
}

function missingSecret({ address }: PlannedLeaf, subject: { key: string; expected?: string }): Problem {
  const parameter = address.kind === 'secret' ? describeSecret(address.secret) : ''
  const remedy = 'create the secret, or correct its name, staging label or version id in secret()'
  return { code: 'MISSING_SECRET', ...subject, parameter, detail: 'there is no such secret or version', remedy }
}

function missingJsonKey(issue: $ZodIssue, { path, leafPath }: Location, stored: StoredKey | undefined): Problem {
  const expected = expectationOf(issue, undefined)
  const inside = formatKey(path.slice(leafPath?.length ?? 0))
  return {
    code: 'MISSING_JSON_KEY',
    key: formatKey(path),
    ...(stored !== undefined && { parameter: stored.winner.parameter }),
    ...(expected !== undefined && { expected }),
    detail: `the stored JSON has no ${inside}`,
    remedy: 'add it to the JSON, or make the key optional',
  }
}

function invalid(issue: $ZodIssue, location: Location, stored: StoredKey | undefined, subject: IndexedCase): Problem {
  const isWhole = location.leafPath?.length === issue.path.length
  const mayQuote = mayQuoteSecret(issue, subject)
  const fault = location.leafPath === undefined ? undefined : subject.assembled.faults.get(keyOf(location.leafPath))
  const about = {
    key: formatKey(location.path),
    ...(stored !== undefined && { parameter: stored.winner.parameter }),
  }
  if (fault === 'depth') return tooDeep(about)
  if (fault === 'json' && isWhole) return notJson(about, stored, location)
  const fallback = isWhole ? location.expected : undefined
  const expected = mayQuote ? fallback : expectationOf(issue, fallback)
  return {
    code: 'INVALID_VALUE',
    ...about,
    ...(expected !== undefined && { expected }),
    detail: detailOf(issue, mayQuote),
    remedy: 'correct the stored value, or the schema',
  }
}

/** For text that was to be JSON. */
export function notJson(
  about: { key: string; parameter?: string },
  stored: StoredKey | undefined,
  { leaf }: Location,
): Problem {
  const isList = leaf?.expected.includes('StringList') === true && stored?.winner.type === 'String'
  const remedy = isList ? 'store it as a StringList, or as a JSON array' : 'store valid JSON'
  return {
    code: 'INVALID_JSON',
    ...about,
    ...(leaf !== undefined && { expected: leaf.expected }),
    detail: 'the stored text is not JSON',
    remedy,
  }
}

// Whoever wrote the issue may have seen a secret, at its place or anywhere else below one of the places above it.
function mayQuoteSecret({ path }: $ZodIssue, { schema, places }: IndexedCase): boolean {
  return codeAlong(schema, path).some(
    (isCode, depth) => isCode && places.sensitive.isAround(toKeyPath(path.slice(0, depth))),
  )
}

function detailOf(issue: $ZodIssue, mayQuote: boolean): string {
  if (issue.code !== 'custom') return 'something else is stored'
  if (!mayQuote) return issue.message
  return 'a check of the schema failed (its message is withheld, for it could quote a secret)'
}

function unrecognized(
  keys: readonly string[],
  path: readonly PropertyKey[],
  location: Location,
  { places }: IndexedCase,
): Problem[] {
  const remedy = 'delete it, or add it to the schema'
  if (location.leafPath !== undefined) {
    const detail = `the stored JSON has ${keys.length === 1 ? 'a key' : `${keys.length} keys`} that the schema does not know`
    return [{ code: 'INVALID_VALUE', key: formatKey(location.path), detail, remedy }]
  }
  return keys.map((key) => {
    const at = [...path.map(String), key]
    const stored = places.stored.firstWithin(at)
    return {
      code: 'INVALID_VALUE',
      key: formatKey([...location.path, key]),
      ...(stored !== undefined && { parameter: stored.winner.parameter }),
      detail: 'the schema is strict and has no such key',
      remedy,
    }
  })
}

/** For JSON that is nested too deep. */
export function tooDeep(about: { key: string; parameter?: string }): Problem {
  const detail = `the stored JSON is nested more than ${maxJsonDepth} levels deep`
  return { code: 'INVALID_JSON', ...about, detail, remedy: 'store it flatter' }
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    return Reflect.get(value, part)
  }, input)
}

/** For text that coercion would take for `true`. */
export function coerced(about: { key: string; parameter: string }, { leaf }: Location): Problem {
  const detail = 'something else is stored, and coercion would take any text for true'
  const remedy = 'store "true" or "false", or use z.stringbool()'
  return { code: 'INVALID_VALUE', ...about, expected: leaf?.expected ?? 'boolean', detail, remedy }
}
