import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import type { Problem } from '../errors.ts'
import type { Assembled } from './assemble.ts'
import { expectationOf } from './expectation.ts'
import { mayBeAbsent } from './introspect.ts'
import { formatKey, type KeyPath, keyOf, toKeyPath } from './key-path.ts'
import { type Location, locate } from './locate.ts'
import { jsonAdvice, jsonMiss, type NearMiss, nearMiss } from './near-miss.ts'
import type { Overlay, StoredKey } from './overlay.ts'
import { splitSelector } from './parameter-name.ts'
import { maxJsonDepth } from './parse-json.ts'
import { PathMap } from './path-map.ts'
import type { Leaf, Plan, PlannedLeaf } from './plan.ts'
import { candidateNames, type Layers } from './read-request.ts'
import { describeSecret } from './secret-id.ts'
import { type KnownConfig, SecretTexts } from './secret-texts.ts'
import type { Suggester } from './suggest.ts'
import { isWritten } from './written-message.ts'

/** A candidate, on its way to zod. */
export interface Case {
  readonly schema: $ZodType
  readonly plan: Plan
  readonly layers: Layers
  readonly overlay: Overlay
  readonly assembled: Assembled
  readonly suggester: Suggester
  /** What is served until the candidate is accepted. */
  readonly served?: KnownConfig | undefined
  /** Keys that are known to be wrong already. */
  readonly refused: readonly KeyPath[]
}

/** A case, with what there is to look up in it for each of any number of issues. */
export interface IndexedCase extends Case {
  readonly places: Places
  readonly secrets: SecretTexts
}

interface Places {
  readonly stored: PathMap<StoredKey>
  readonly refused: PathMap<true>
  readonly unreadable: PathMap<true>
}

export function indexCase(subject: Case, issues: readonly $ZodIssue[]): IndexedCase {
  const { overlay, refused, plan, served } = subject
  const stored = [...overlay.stored.values()]
  const marked = (paths: readonly KeyPath[]) => new PathMap(paths.map((path) => [path, true] as const))
  const secrets = new SecretTexts(plan, [{ stored: overlay.stored }, ...(served === undefined ? [] : [served])])
  // An issue that a check adds has the check's input, which may stand anywhere on its path.
  for (const { input, path } of issues)
    for (let length = path.length; length >= 0; length--) secrets.addValue(input, toKeyPath(path.slice(0, length)))
  const places = {
    stored: new PathMap(stored.map((key) => [key.path, key] as const)),
    refused: marked(refused),
    unreadable: marked(overlay.unreadable.map(({ path }) => path)),
  }
  return { ...subject, places, secrets }
}

/** What an issue of zod's says, in our words; nothing when it follows from what is known to be wrong already. */
export function toProblems(issue: $ZodIssue, subject: IndexedCase): Problem[] {
  const { places, plan } = subject
  const location = locate(plan.root, issue.path, (path) => places.stored.firstWithin(path) !== undefined)
  const stored = storedAt(location, subject.overlay)
  if (isUnknown(location, stored, issue, subject)) return []
  if (issue.code === 'unrecognized_keys') return unrecognized(issue.keys, issue.path, location, subject)
  if (issue.code === 'invalid_key') return [badKey(issue, location, stored, subject)]
  const isWhole = location.leafPath !== undefined && location.leafPath.length === issue.path.length
  if (isWhole && stored === undefined) return [absent(issue, location, subject)]
  if (!isWhole && issue.code !== 'custom' && valueAt(subject.assembled.input, issue.path) === undefined) {
    const isInside = location.leafPath !== undefined
    return [isInside ? missingJsonKey(issue, location, stored, subject) : missing(issue, location, subject)]
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

// A rule about a key that may be absent says more than that it is.
function absent(issue: $ZodIssue, location: Location, subject: IndexedCase): Problem {
  const { path, leaf } = location
  const isOptional = leaf !== undefined && mayBeAbsent(leaf.schema)
  if (issue.code !== 'custom' || !isOptional) return missing(issue, location, subject)
  const planned = subject.plan.byId.get(keyOf(path))
  const names = planned === undefined ? [] : candidateNames(planned, subject.layers)
  return {
    code: 'INVALID_VALUE',
    key: formatKey(path),
    ...(names.length > 0 && { parameter: names.join(' or ') }),
    detail: detailOf(issue, subject, 'a check of the schema failed'),
    remedy: 'nothing is stored for this key: store it, or correct the values that the check compares it with',
  }
}

function missing(issue: $ZodIssue, location: Location, subject: IndexedCase): Problem {
  const { plan, layers, suggester } = subject
  const { path, expected, leaf } = location
  const planned = plan.byId.get(keyOf(path))
  const about = { key: formatKey(path), ...(expected !== undefined && { expected }) }
  const say = (detail: string) => detailOf(issue, subject, detail, true)
  const isOptional = leaf !== undefined && mayBeAbsent(leaf.schema)
  if (planned === undefined) {
    const remedy = 'store it below the path, or make the key optional'
    return { code: 'MISSING_PARAMETER', ...about, detail: say('nothing is stored'), remedy }
  }
  const { address } = planned
  if (address.kind === 'secret') {
    const parameter = describeSecret(address.secret)
    const remedy = 'create the secret, or correct its name, staging label or version id in secret()'
    return { code: 'MISSING_SECRET', ...about, parameter, detail: say('there is no such secret or version'), remedy }
  }
  const parameter = candidateNames(planned, layers).join(' or ')
  const detail = say(nothingStored(planned, layers))
  return { code: 'MISSING_PARAMETER', ...about, parameter, detail, remedy: suggester.suggest(planned, isOptional) }
}

// With a label or version in its name, a parameter that is stored otherwise is not found either.
function nothingStored({ address }: PlannedLeaf, { label }: Layers): string {
  const { selector } =
    address.kind === 'selected'
      ? address
      : address.kind === 'absolute'
        ? splitSelector(address.name)
        : { selector: label }
  if (selector === undefined) return 'nothing is stored'
  return /^\d+$/.test(selector)
    ? `nothing is stored as version ${selector}`
    : `nothing is stored with the label ${selector}`
}

function missingJsonKey(
  issue: $ZodIssue,
  { path, leafPath }: Location,
  stored: StoredKey | undefined,
  subject: IndexedCase,
): Problem {
  const expected = expectedOf(issue, undefined, subject)
  const inside = formatKey(path.slice(leafPath?.length ?? 0))
  return {
    code: 'MISSING_JSON_KEY',
    key: formatKey(path),
    ...(stored !== undefined && { parameter: stored.winner.parameter }),
    ...(expected !== undefined && { expected }),
    detail: detailOf(issue, subject, `the stored JSON has no ${inside}`, true),
    remedy: 'add it to the JSON, or make the key optional',
  }
}

function invalid(issue: $ZodIssue, location: Location, stored: StoredKey | undefined, subject: IndexedCase): Problem {
  const isWhole = location.leafPath?.length === issue.path.length
  const fault = location.leafPath === undefined ? undefined : subject.assembled.faults.get(keyOf(location.leafPath))
  const about = {
    key: formatKey(location.path),
    ...(stored !== undefined && { parameter: stored.winner.parameter }),
  }
  if (fault === 'depth') return tooDeep(about)
  if (fault === 'json' && isWhole) return notJson(about, stored, location)
  const expected = expectedOf(issue, isWhole ? location.expected : undefined, subject)
  const { what, remedy } = hintOf(issue, location, stored, subject)
  const usual = issue.code === 'custom' ? 'a check of the schema failed' : 'something else is stored'
  const detail = detailOf(issue, subject, usual)
  return {
    code: 'INVALID_VALUE',
    ...about,
    ...(expected !== undefined && { expected }),
    detail: what === undefined ? detail : `${detail}: ${what}`,
    remedy: remedy ?? 'correct the stored value, or the schema',
  }
}

// What a check says about a value is its message: the form of the value is judged where its type or format is wrong.
function hintOf(
  issue: $ZodIssue,
  { leaf, leafPath }: Location,
  stored: StoredKey | undefined,
  { assembled }: IndexedCase,
): Partial<NearMiss> {
  const hasForm = ['invalid_type', 'invalid_format', 'invalid_value', 'invalid_union', 'too_small'].includes(issue.code)
  if (leaf === undefined || stored === undefined || !hasForm) return {}
  const expected = 'expected' in issue ? String(issue.expected) : ''
  const isWhole = leafPath?.length === issue.path.length
  const { value } = stored.winner
  if (stored.isSensitive) return isWhole ? {} : adviceOf(expected)
  if (isWhole) return (typeof value === 'string' && nearMiss(value, leaf.schema)) || {}
  return jsonMiss(valueAt(assembled.input, issue.path), expected) ?? {}
}

// What may be in a secret is advised about by the schema alone.
function adviceOf(expected: string): Partial<NearMiss> {
  const remedy = jsonAdvice(expected)
  return remedy === undefined ? {} : { remedy }
}

// A check can put a value into every property of an issue: where it may have, the schema alone says what is expected.
function expectedOf(issue: $ZodIssue, fallback: string | undefined, { secrets }: IndexedCase): string | undefined {
  const expected = expectationOf(issue, fallback)
  return expected !== undefined && secrets.isQuotedIn(expected) ? fallback : expected
}

function nearJson({ winner }: StoredKey, { schema }: Leaf): NearMiss | undefined {
  return typeof winner.value === 'string' ? nearMiss(winner.value, schema) : undefined
}

/** For text that was to be JSON. */
export function notJson(
  about: { key: string; parameter?: string },
  stored: StoredKey | undefined,
  { leaf }: Location,
): Problem {
  const isList = leaf?.expected.includes('StringList') === true && stored?.winner.type === 'String'
  const usual = isList ? 'store it as a StringList, or as a JSON array' : 'store valid JSON'
  const near = leaf === undefined || stored === undefined || stored.isSensitive ? undefined : nearJson(stored, leaf)
  return {
    code: 'INVALID_JSON',
    ...about,
    ...(leaf !== undefined && { expected: leaf.expected }),
    detail: `the stored text is not JSON${near === undefined ? '' : `: ${near.what}`}`,
    remedy: near?.remedy ?? usual,
  }
}

// What the author wrote, unless it quotes what is sensitive; otherwise what is usually said.
function detailOf(issue: $ZodIssue, { secrets }: IndexedCase, usual: string, isAdded = false): string {
  if (!isWritten(issue)) return usual
  if (secrets.isQuotedIn(issue.message)) return `${usual} (the message of the check is withheld: it quotes a secret)`
  return isAdded ? `${usual}: ${issue.message}` : issue.message
}

function badKey(
  issue: Extract<$ZodIssue, { code: 'invalid_key' }>,
  location: Location,
  stored: StoredKey | undefined,
  subject: IndexedCase,
): Problem {
  const inside = subject.places.stored.firstWithin(toKeyPath(issue.path)) ?? stored
  const [first] = issue.issues
  const expected = first === undefined ? undefined : expectedOf(first, undefined, subject)
  const written = [issue, ...issue.issues].find(isWritten) ?? issue
  return {
    code: 'INVALID_VALUE',
    key: formatKey(location.path),
    ...(inside !== undefined && { parameter: inside.winner.parameter }),
    ...(expected !== undefined && { expected }),
    detail: detailOf(written, subject, 'the key is not one that the record allows', true),
    remedy:
      location.leafPath === undefined
        ? 'rename the parameter, or correct the schema of the keys'
        : 'rename the key in the JSON, or correct the schema of the keys',
  }
}

function unrecognized(
  keys: readonly string[],
  path: readonly PropertyKey[],
  location: Location,
  { places, overlay }: IndexedCase,
): Problem[] {
  const remedy = 'delete it, or add it to the schema'
  const owner = storedAt(location, overlay)
  if (location.leafPath !== undefined) {
    const names = owner?.isSensitive === false ? ` (${keys.map((key) => JSON.stringify(key)).join(', ')})` : ''
    const detail = `the stored JSON has ${keys.length === 1 ? 'a key' : `${keys.length} keys`} that the schema does not know${names}`
    const parameter = owner === undefined ? {} : { parameter: owner.winner.parameter }
    return [{ code: 'INVALID_VALUE', key: formatKey(location.path), ...parameter, detail, remedy }]
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
