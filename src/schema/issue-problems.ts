import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import type { Problem } from '../errors.ts'
import type { Assembled } from './assemble.ts'
import type { Fault } from './decode.ts'
import { InexactNumber, isExact } from './exact-number.ts'
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
  if (fault !== undefined && stored !== undefined && isAboutFault(fault, issue, subject, isWhole)) {
    return problemOf(fault, stored, location)
  }
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

// What did not decode explains what zod says of the whole value; of a part of it, only where that part did not.
function isAboutFault(fault: Fault, { path }: $ZodIssue, { assembled }: Case, isWhole: boolean): boolean {
  if (fault === 'depth' || fault === 'list') return true
  if (isWhole && fault !== 'json-digits') return fault !== 'boolean'
  const value = valueAt(assembled.input, path)
  return value instanceof InexactNumber || (fault === 'digits' && typeof value === 'string' && !isExact(value.trim()))
}

/** What is wrong with a text that did not decode. */
export function problemOf(fault: Fault, { winner }: StoredKey, { path, leaf }: Location): Problem {
  const isList = leaf?.expected.includes('StringList') === true && winner.type === 'String'
  const { code, detail, remedy } = faultTexts(isList)[fault]
  const expected = fault === 'depth' ? undefined : leaf?.expected
  const about = { key: formatKey(path), parameter: winner.parameter, ...(expected !== undefined && { expected }) }
  return { code, ...about, detail, remedy }
}

const inexact = {
  code: 'INVALID_VALUE',
  detail: 'the stored number has more digits than z.number() can hold, and would be rounded',
} as const

interface FaultText {
  readonly code: 'INVALID_JSON' | 'INVALID_VALUE'
  readonly detail: string
  readonly remedy: string
}

function faultTexts(isList: boolean): Readonly<Record<Fault, FaultText>> {
  return {
    json: {
      code: 'INVALID_JSON',
      detail: 'the stored text is not JSON',
      remedy: isList ? 'store it as a StringList, or as a JSON array' : 'store valid JSON',
    },
    depth: {
      code: 'INVALID_JSON',
      detail: `the stored JSON is nested more than ${maxJsonDepth} levels deep`,
      remedy: 'store it flatter',
    },
    list: {
      code: 'INVALID_VALUE',
      detail: 'the text of this StringList is JSON, which its commas would take apart',
      remedy: 'store it as a String, or store the items with commas between them and without brackets and quotes',
    },
    boolean: {
      code: 'INVALID_VALUE',
      detail: 'something else is stored, and coercion would take any text for true',
      remedy: 'store "true" or "false", or use z.stringbool()',
    },
    digits: { ...inexact, remedy: 'use z.bigint() for a whole number, or z.string()' },
    'json-digits': { ...inexact, remedy: 'put it in quotes in the JSON, and use z.string()' },
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

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    return Reflect.get(value, part)
  }, input)
}
