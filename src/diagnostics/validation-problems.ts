import type { $ZodIssue } from 'zod/v4/core'
import type { MergedLayers, StoredKey } from '../decode/merge-layers.ts'
import type { ValidationInput } from '../decode/validate.ts'
import { isWritten } from '../decode/written-message.ts'
import type { Problem } from '../errors.ts'
import { accepts, guarded, mayBeAbsent } from '../schema/introspect.ts'
import { formatKey, type KeyPath, keyOf, toKeyPath } from '../schema/key-path.ts'
import { splitSelector } from '../schema/names.ts'
import { InexactNumber, isExact, maxJsonDepth } from '../schema/parse-json.ts'
import type { PlannedLeaf } from '../schema/plan.ts'
import type { Fault } from '../schema/plan-leaf.ts'
import { candidateNames, type Layers } from '../schema/read-request.ts'
import { describeSecret } from '../schema/secret-id.ts'
import { describeSchema } from './expectation.ts'
import { type IndexedInput, indexInput, valueAt } from './indexed-input.ts'
import { detailOf, expectedOf, hintOf } from './issue-messages.ts'
import { type Location, locate } from './locate.ts'
import { nearMiss } from './near-miss.ts'
import { PathMap } from './path-map.ts'

/**
 * Describes the issues of a rejected candidate, and the texts that did not decode although the schema accepts them.
 *
 * @param data The value that the schema made, if it accepted the candidate.
 */
export async function describeIssues(
  input: ValidationInput,
  issues: readonly $ZodIssue[],
  data: unknown,
): Promise<readonly Problem[]> {
  const problems = await acceptedFaults(input, issues, data)
  if (problems.length > 0) input.onInvalid()
  if (issues.length === 0) return problems
  const flat = issues.flatMap(flatten)
  const indexed = indexInput(input, flat)
  for (const issue of flat) {
    problems.push(...toProblems(issue, indexed))
    // To find the stored names that resemble a missing one takes some milliseconds.
    await input.pauseIfDue()
  }
  return problems
}

// A schema may accept a text that did not decode: `json(z.string())` accepts text that is not JSON, and
// `z.coerce.boolean()` accepts any text.
async function acceptedFaults(
  { plan, assembled: { faults }, merged }: ValidationInput,
  issues: readonly $ZodIssue[],
  data: unknown,
): Promise<Problem[]> {
  const rejected = new PathMap(issues.map(({ path }) => [toKeyPath(path), true] as const))
  const problems: Problem[] = []
  for (const [id, fault] of faults) {
    const stored = merged.stored.get(id)
    if (stored === undefined || rejected.firstWithin(stored.path)) continue
    if (await isHarmless(fault, stored, data)) continue
    const location = locate(plan.root, stored.path, () => true)
    problems.push(problemOf(fault, stored, location))
  }
  return problems
}

async function isHarmless(fault: Fault, { node, winner }: StoredKey, data: unknown): Promise<boolean> {
  if (fault === 'json-digits') return !holdsInexact(data)
  if (fault === 'depth' || fault === 'boolean' || node.kind !== 'leaf') return false
  const caught = guarded(node.schema)
  return caught !== undefined && !(await accepts(caught, winner.value))
}

function holdsInexact(value: unknown): boolean {
  if (value instanceof InexactNumber) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsInexact)
}

// Of a union whose members all rejected the value, the member that came closest has the most useful issues.
function flatten(issue: $ZodIssue): readonly $ZodIssue[] {
  if (issue.code !== 'invalid_union' || isWritten(issue)) return [issue]
  const [closest] = [...(issue.errors ?? [])]
    .filter((errors) => errors.length > 0)
    .sort((a, b) => weight(a) - weight(b))
  const isOfOneValue = closest?.every(({ path }) => path.length === 0) ?? true
  if (closest === undefined || isOfOneValue) return [issue]
  return closest.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(flatten)
}

function weight(errors: readonly $ZodIssue[]): number {
  return errors.length + (errors.some(({ path }) => path.length === 0) ? 100 : 0)
}

// No problem for an issue that follows from a known one.
function toProblems(issue: $ZodIssue, subject: IndexedInput): Problem[] {
  const { places, plan } = subject
  const location = locate(plan.root, issue.path, (path) => places.stored.firstWithin(path) !== undefined)
  const stored = storedAt(location, subject.merged)
  if (isUnknown(location, stored, issue, subject)) return []
  if (issue.code === 'unrecognized_keys') return unrecognized(issue, location, subject)
  if (issue.code === 'invalid_key') return [badKey(issue, location, stored, subject)]
  const isWhole = location.leafPath !== undefined && location.leafPath.length === issue.path.length
  if (isWhole && stored === undefined) return [missing(issue, location, subject)]
  if (!isWhole && isAboutAbsence(issue, subject)) {
    const isInside = location.leafPath !== undefined
    return [isInside ? missingJsonKey(issue, location, stored, subject) : missing(issue, location, subject)]
  }
  return [invalid(issue, location, stored, subject)]
}

// A value that could not be read is not missing.
function isUnknown(
  location: Location,
  stored: StoredKey | undefined,
  issue: $ZodIssue,
  { places }: IndexedInput,
): boolean {
  if (places.refused.isBelowOne(location.path)) return true
  if (issue.code === 'unrecognized_keys') return false
  if (stored === undefined && places.isPathUnreadable) return true
  return places.unreadable.isAround(location.path)
}

function storedAt({ leafPath }: Location, { stored }: MergedLayers): StoredKey | undefined {
  return leafPath === undefined ? undefined : stored.get(keyOf(leafPath))
}

// The issue of a check has the input of the check.
function isAboutAbsence({ code, input, path }: $ZodIssue, { assembled }: IndexedInput): boolean {
  return code !== 'custom' && input === undefined && valueAt(assembled.input, path) === undefined
}

/** What a problem is about. */
function about(
  path: KeyPath,
  parameter: string | undefined,
  expected?: string,
): Pick<Problem, 'key' | 'parameter' | 'expected'> {
  const key = formatKey(path)
  return { key, ...(parameter !== undefined && { parameter }), ...(expected !== undefined && { expected }) }
}

function missing(issue: $ZodIssue, { path, expected, leaf }: Location, subject: IndexedInput): Problem {
  const { plan, layers, suggester } = subject
  const planned = plan.byId.get(keyOf(path))
  const address = planned?.address
  const names = planned === undefined ? [] : candidateNames(planned, layers)
  const parameter = address?.kind === 'secret' ? describeSecret(address.secret) : names.join(' or ') || undefined
  const isOptional = leaf !== undefined && mayBeAbsent(leaf.schema)
  // For a key that may be absent, a check gives the reason.
  if (issue.code === 'custom' && isOptional) {
    const detail = detailOf(issue, subject, 'a check of the schema failed')
    const remedy = 'no value is stored for this key: store one, or correct the values that the check compares it with'
    return { code: 'INVALID_VALUE', ...about(path, names.join(' or ') || undefined), detail, remedy }
  }
  const describe = (detail: string, remedy: string, code: Problem['code'] = 'MISSING_PARAMETER') => {
    return { code, ...about(path, parameter, expected), detail: detailOf(issue, subject, detail, true), remedy }
  }
  if (planned === undefined) {
    return describe('nothing is stored', 'store it below the path, or make the key optional')
  }
  if (address?.kind === 'secret') {
    const remedy = 'create the secret, or correct its name, staging label or version id in secret()'
    return describe('there is no such secret or version', remedy, 'MISSING_SECRET')
  }
  const { detail, remedy } = selectionOf(planned, layers) ?? { detail: 'nothing is stored', remedy: 'store it' }
  const remedies = isOptional ? remedy : `${remedy}, or make the key optional or give it a default`
  return describe(detail, suggester.suggest(planned, remedies))
}

// The parameter may be stored without this label or version.
function selectionOf(
  { address }: PlannedLeaf,
  { label }: Layers,
): { readonly detail: string; readonly remedy: string } | undefined {
  const selector = selectorOf(address, label)
  if (selector === undefined) return undefined
  if (/^\d+$/.test(selector)) {
    return { detail: `nothing is stored as version ${selector}`, remedy: 'correct the version, or store it' }
  }
  const remedy = `move the label to a version of it (aws ssm label-parameter-version), or store it and label it`
  return { detail: `no version of it carries the label ${selector}`, remedy }
}

function selectorOf(address: PlannedLeaf['address'], label: string | undefined): string | undefined {
  if (address.kind === 'selected') return address.selector
  return address.kind === 'absolute' ? splitSelector(address.name).selector : label
}

function missingJsonKey(
  issue: $ZodIssue,
  { path, leafPath = [] }: Location,
  stored: StoredKey | undefined,
  subject: IndexedInput,
): Problem {
  const detail = `the stored JSON has no ${formatKey(path.slice(leafPath.length))}`
  return {
    code: 'MISSING_JSON_KEY',
    ...about(path, stored?.winner.parameter, expectedOf(issue, undefined, subject)),
    detail: detailOf(issue, subject, detail, true),
    remedy: 'add it to the JSON, or make the key optional',
  }
}

function invalid(issue: $ZodIssue, location: Location, stored: StoredKey | undefined, subject: IndexedInput): Problem {
  const { path, leafPath } = location
  const isWhole = leafPath?.length === issue.path.length
  const fault = leafPath === undefined ? undefined : subject.assembled.faults.get(keyOf(leafPath))
  if (fault !== undefined && stored !== undefined && isAboutFault(fault, issue, subject, isWhole)) {
    return problemOf(fault, stored, location)
  }
  const { what, remedy = 'correct the stored value, or the schema' } = hintOf(issue, location, stored, subject)
  const usual = issue.code === 'custom' ? 'a check of the schema failed' : 'something else is stored'
  const detail = detailOf(issue, subject, usual)
  return {
    code: 'INVALID_VALUE',
    ...about(path, stored?.winner.parameter, expectedOf(issue, isWhole ? location.expected : undefined, subject)),
    detail: what === undefined ? detail : `${detail}: ${what}`,
    remedy,
  }
}

// A decoding fault explains an issue of the whole value. It explains an issue of a part only if that part did not decode.
function isAboutFault(fault: Fault, { path }: $ZodIssue, { assembled }: IndexedInput, isWhole: boolean): boolean {
  if (fault === 'depth' || fault === 'list') return true
  if (isWhole && fault !== 'json-digits') return fault !== 'boolean'
  const value = valueAt(assembled.input, path)
  return value instanceof InexactNumber || (fault === 'digits' && typeof value === 'string' && !isExact(value.trim()))
}

/** Describes a text that did not decode. */
function problemOf(fault: Fault, { winner, isSensitive }: StoredKey, { path, leaf }: Location): Problem {
  const expected = leaf && describeSchema(leaf.schema)
  const isList = expected?.includes('StringList') === true && winner.type === 'String'
  const isShown = fault === 'json' && leaf !== undefined && !isSensitive && typeof winner.value === 'string'
  const near = isShown ? nearMiss(winner.value, leaf.schema) : undefined
  const usual = faultTexts(isList)[fault]
  return {
    ...usual,
    ...about(path, winner.parameter, fault === 'depth' ? undefined : expected),
    ...(near !== undefined && { detail: `${usual.detail}: ${near.what}`, remedy: near.remedy }),
  }
}

const inexact = {
  code: 'INVALID_VALUE',
  detail: 'the stored number has more digits than z.number() can hold, and would be rounded',
} as const

function faultTexts(isList: boolean): Readonly<Record<Fault, Problem>> {
  return {
    json: {
      code: 'INVALID_JSON',
      detail: 'the stored text is not JSON',
      remedy: isList ? 'store it as a StringList, or as a JSON array' : 'store valid JSON',
    },
    depth: {
      code: 'INVALID_JSON',
      detail: `the stored JSON is nested more than ${maxJsonDepth} levels deep`,
      remedy: 'nest it less deeply',
    },
    list: {
      code: 'INVALID_VALUE',
      detail: 'the text of this StringList is JSON, which its commas would split',
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

function badKey(
  issue: Extract<$ZodIssue, { code: 'invalid_key' }>,
  location: Location,
  stored: StoredKey | undefined,
  subject: IndexedInput,
): Problem {
  const inside = subject.places.stored.firstWithin(toKeyPath(issue.path)) ?? stored
  const { issues = [] } = issue
  const [first] = issues
  const expected = first === undefined ? undefined : expectedOf(first, undefined, subject)
  const isInside = location.leafPath !== undefined && location.leafPath.length < issue.path.length
  const written = [issue, ...issues].find(isWritten) ?? issue
  return {
    code: 'INVALID_VALUE',
    ...about(location.path, inside?.winner.parameter, expected),
    detail: detailOf(written, subject, 'the record does not allow this key', true),
    remedy: `rename the ${isInside ? 'key in the JSON' : 'parameter'}, or correct the schema of the keys`,
  }
}

function unrecognized(
  issue: Extract<$ZodIssue, { code: 'unrecognized_keys' }>,
  location: Location,
  subject: IndexedInput,
): Problem[] {
  const { keys, path } = issue
  const { places, merged, secrets } = subject
  const remedy = 'delete it, or add it to the schema'
  const owner = storedAt(location, merged)
  if (location.leafPath !== undefined) {
    const listed = keys.map((key) => JSON.stringify(key)).join(', ')
    const names = owner?.isSensitive === false && !secrets.isQuotedIn(listed) ? ` (${listed})` : ''
    const detail = `the stored JSON has ${keys.length === 1 ? 'a key' : `${keys.length} keys`} that the schema does not know${names}`
    const message = detailOf(issue, subject, detail, true)
    return [{ code: 'INVALID_VALUE', ...about(location.path, owner?.winner.parameter), detail: message, remedy }]
  }
  return keys.map((key) => {
    const stored = places.stored.firstWithin([...path.map(String), key])
    // A check can invent an issue and its keys.
    const shown = [...location.path, stored === undefined ? '*' : key]
    const detail = detailOf(issue, subject, 'the schema is strict and has no such key', true)
    return { code: 'INVALID_VALUE', ...about(shown, stored?.winner.parameter), detail, remedy }
  })
}
