import type { Problem } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { formatKey, keyOf } from '../schema/key-path.ts'
import { maxJsonDepth, parseJson, toJson } from '../schema/parse-json.ts'
import { describeSecret, isReference, parseReference, secretKey, type ValueReference } from '../schema/secret-id.ts'
import { failureProblem, type MergedLayers, type StoredKey, type UnknownKey } from './merge-layers.ts'

/** The stored texts that point to secrets. */
export interface FoundReferences {
  readonly pointers: readonly { readonly key: StoredKey; readonly reference: ValueReference }[]
  readonly malformed: readonly UnknownKey[]
  /** Keys that hold a reference and are not marked sensitive: it stays text. */
  readonly ignored: readonly StoredKey[]
}

/**
 * The references among stored values. Only a leaf that the schema marks as sensitive is followed: who may write a
 * parameter must not be able to pull a secret into a field that is shown.
 */
export function findReferences(stored: Iterable<StoredKey>): FoundReferences {
  const pointers: { key: StoredKey; reference: ValueReference }[] = []
  const malformed: UnknownKey[] = []
  const ignored: StoredKey[] = []
  for (const key of stored) {
    const { value, type } = key.winner
    if (typeof value !== 'string' || !isReference(value)) continue
    if (type === 'Secret') malformed.push(unknown(key, 'REFERENCE_TO_REFERENCE', chained))
    else if (key.node.kind !== 'leaf' || !key.node.followsReferences) ignored.push(key)
    else {
      const reference = parseReference(value)
      if (reference === undefined) malformed.push(unknown(key, 'INVALID_REFERENCE', misspelled))
      else pointers.push({ key, reference })
    }
  }
  return { pointers, malformed, ignored }
}

/** The secrets that pointers ask for, each once. */
export function secretsOf({ pointers }: FoundReferences): SecretRequest[] {
  return [...new Map(pointers.map(({ reference: { secret } }) => [secretKey(secret), secret])).values()]
}

/** The overlay with every pointer replaced by what it points to. */
export function followReferences(
  overlay: MergedLayers,
  { pointers, malformed }: FoundReferences,
  outcomeOf: (secret: SecretRequest) => Outcome<StoredSecret> | undefined,
): MergedLayers {
  if (pointers.length + malformed.length === 0) return overlay
  const stored = new Map(overlay.stored)
  const lost = [...malformed]
  for (const { key, reference } of pointers) {
    const result = resolve(key, reference, outcomeOf(reference.secret))
    if ('problem' in result) lost.push(result)
    else stored.set(keyOf(key.path), result)
  }
  for (const { path } of lost) stored.delete(keyOf(path))
  return { ...pick(overlay), stored, unreadable: [...overlay.unreadable, ...lost] }
}

function resolve(
  key: StoredKey,
  { secret, jsonKey }: ValueReference,
  outcome: Outcome<StoredSecret> | undefined,
): StoredKey | UnknownKey {
  const name = describeSecret(secret)
  const parameter = `${key.winner.parameter} → ${name}`
  if (outcome === undefined || outcome.kind === 'missing') return unknown(key, 'MISSING_SECRET', absent, parameter)
  if (outcome.kind === 'failed') {
    const problem = failureProblem(outcome.failure, formatKey(key.path), parameter)
    return { path: key.path, problem, failure: outcome.failure }
  }
  const { value, versionId } = outcome.found
  if (typeof value !== 'string') return unknown(key, 'BINARY_SECRET', binary, parameter)
  if (isReference(value)) return unknown(key, 'REFERENCE_TO_REFERENCE', chained, parameter)
  const text = jsonKey === undefined ? { text: value } : textAt(value, jsonKey)
  if (!('text' in text)) return unknown(key, text.code, text, parameter)
  const reference = { secret: name, version: versionId }
  return { ...key, isSensitive: true, winner: { ...key.winner, value: text.text, reference } }
}

type Text = { readonly text: string } | ({ readonly code: 'INVALID_JSON' | 'MISSING_JSON_KEY' } & Explanation)

function textAt(json: string, key: string): Text {
  const parsed = parseJson(json)
  if (parsed === 'deep') return { code: 'INVALID_JSON', ...tooDeep }
  if (parsed === 'invalid') {
    return { code: 'INVALID_JSON', detail: 'the secret is not JSON, so it has no keys', remedy: 'leave out #<key>' }
  }
  const { value } = parsed
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
    const detail = 'the secret’s JSON has no key of the name that follows #'
    return { code: 'MISSING_JSON_KEY', detail, remedy: 'correct the reference, or add the key to the secret' }
  }
  const found: unknown = Reflect.get(value, key)
  return { text: typeof found === 'string' ? found : toJson(found) }
}

interface Explanation {
  readonly detail: string
  readonly remedy: string
}

const tooDeep: Explanation = {
  detail: `the secret’s JSON is nested more than ${maxJsonDepth} levels deep`,
  remedy: 'store it flatter',
}

const chained: Explanation = {
  detail: 'the secret holds a reference, and a reference to a reference is not followed',
  remedy: 'store the value itself in the secret',
}

const misspelled: Explanation = {
  detail: 'the stored reference is malformed',
  remedy: 'write /aws/reference/secretsmanager/<name>, optionally with :<stage or version id> and #<json key>',
}

const absent: Explanation = {
  detail: 'the stored reference points to a secret or version that does not exist',
  remedy: 'create the secret, or correct the reference',
}

const binary: Explanation = {
  detail: 'the secret is binary, and text was expected',
  remedy: 'declare it as secret(id, { binary: true })',
}

function unknown(
  key: StoredKey,
  code: Problem['code'],
  { detail, remedy }: Explanation,
  parameter: string = key.winner.parameter,
): UnknownKey {
  return { path: key.path, problem: { code, key: formatKey(key.path), parameter, detail, remedy } }
}

function pick({ unreadablePaths, forbidden }: MergedLayers): Pick<MergedLayers, 'unreadablePaths' | 'forbidden'> {
  return { unreadablePaths, forbidden }
}
