import type { Problem } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { formatKey, keyOf, type PlacedProblem } from '../schema/key-path.ts'
import { maxJsonDepth, parseJson, toJson } from '../schema/parse-json.ts'
import { describeSecret, isReference, parseReference, secretKey, type ValueReference } from '../schema/secret-id.ts'
import { type MergedLayers, readProblem, type StoredKey } from './merge-layers.ts'

/** The stored references to secrets. */
export interface FoundReferences {
  readonly pointers: readonly { readonly key: StoredKey; readonly reference: ValueReference }[]
  readonly malformed: readonly PlacedProblem[]
  /** Keys that hold a reference and are not marked sensitive(): the reference stays text. */
  readonly ignored: readonly StoredKey[]
}

/**
 * Finds the references among stored values. Only references of leaves that are marked sensitive() are followed: a
 * principal that may write a parameter must not be able to pull a secret into a public field.
 */
export function findReferences(stored: Iterable<StoredKey>): FoundReferences {
  const pointers: { key: StoredKey; reference: ValueReference }[] = []
  const malformed: PlacedProblem[] = []
  const ignored: StoredKey[] = []
  for (const key of stored) {
    const { value, type } = key.winner
    if (typeof value !== 'string' || !isReference(value)) continue
    if (type === 'Secret') malformed.push(problemAt(key, chained))
    else if (key.node.kind !== 'leaf' || !key.node.followsReferences) ignored.push(key)
    else {
      const reference = parseReference(value)
      if (reference === undefined) malformed.push(problemAt(key, misspelled))
      else pointers.push({ key, reference })
    }
  }
  return { pointers, malformed, ignored }
}

/** The secrets of the references, each once. */
export function secretsOf({ pointers }: FoundReferences): SecretRequest[] {
  return [...new Map(pointers.map(({ reference: { secret } }) => [secretKey(secret), secret])).values()]
}

/** Replaces every reference by the text of its secret. */
export function followReferences(
  merged: MergedLayers,
  { pointers, malformed }: FoundReferences,
  outcomeOf: (secret: SecretRequest) => Outcome<StoredSecret> | undefined,
): MergedLayers {
  if (pointers.length + malformed.length === 0) return merged
  const stored = new Map(merged.stored)
  const lost = [...malformed]
  for (const { key, reference } of pointers) {
    const result = resolve(key, reference, outcomeOf(reference.secret))
    if ('problem' in result) lost.push(result)
    else stored.set(keyOf(key.path), result)
  }
  for (const { path = [] } of lost) stored.delete(keyOf(path))
  return { stored, problems: [...merged.problems, ...lost] }
}

function resolve(
  key: StoredKey,
  { secret, jsonKey }: ValueReference,
  outcome: Outcome<StoredSecret> | undefined,
): StoredKey | PlacedProblem {
  const name = describeSecret(secret)
  const parameter = `${key.winner.parameter} → ${name}`
  if (outcome === undefined || outcome.kind === 'missing') return problemAt(key, absent, parameter)
  if (outcome.kind === 'failed') return readProblem(outcome.failure, { path: key.path, parameter })
  const { value, versionId } = outcome.found
  if (typeof value !== 'string') return problemAt(key, binary, parameter)
  if (isReference(value)) return problemAt(key, chained, parameter)
  const text = jsonKey === undefined ? value : textAt(value, jsonKey)
  if (typeof text !== 'string') return problemAt(key, text, parameter)
  const reference = { secret: name, version: versionId }
  return { ...key, isSensitive: true, winner: { ...key.winner, value: text, reference } }
}

function textAt(json: string, key: string): string | Problem {
  const parsed = parseJson(json)
  if (parsed === 'deep') return tooDeep
  if (parsed === 'invalid') {
    return { code: 'INVALID_JSON', detail: 'the secret is not JSON, so it has no keys', remedy: 'remove #<key>' }
  }
  const { value } = parsed
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
    const detail = 'the JSON of the secret does not have the key after #'
    return { code: 'MISSING_JSON_KEY', detail, remedy: 'correct the reference, or add the key to the secret' }
  }
  const found: unknown = Reflect.get(value, key)
  return typeof found === 'string' ? found : toJson(found)
}

const tooDeep: Problem = {
  code: 'INVALID_JSON',
  detail: `the JSON of the secret is nested more than ${maxJsonDepth} levels deep`,
  remedy: 'nest it less deeply',
}

const chained: Problem = {
  code: 'REFERENCE_TO_REFERENCE',
  detail: 'the secret holds a reference, and a reference to a reference is not followed',
  remedy: 'store the value itself in the secret',
}

const misspelled: Problem = {
  code: 'INVALID_REFERENCE',
  detail: 'the stored reference is malformed',
  remedy: 'write /aws/reference/secretsmanager/<name>, optionally with :<stage or version id> and #<json key>',
}

const absent: Problem = {
  code: 'MISSING_SECRET',
  detail: 'the secret or version of the stored reference does not exist',
  remedy: 'create the secret, or correct the reference',
}

const binary: Problem = {
  code: 'BINARY_SECRET',
  detail: 'the secret is binary, and text was expected',
  remedy: 'declare it as secret(id, { binary: true })',
}

function problemAt({ path, winner }: StoredKey, problem: Problem, parameter: string = winner.parameter): PlacedProblem {
  return { path, problem: { ...problem, key: formatKey(path), parameter } }
}
