import type { Problem } from '../errors.ts'
import type { Outcome, ReadRequest, SecretRequest, StoredSecret } from '../ports.ts'
import { isArn } from '../schema/arn.ts'
import { formatKey, keyOf, type PlacedProblem } from '../schema/key-path.ts'
import { InexactNumber, maxJsonDepth, parseJson } from '../schema/parse-json.ts'
import { describeSecret, isReference, parseSecretId, referencePrefix, secretKey } from '../schema/secret-id.ts'
import { type MergedLayers, readProblem, type StoredKey } from './merge-layers.ts'

/** A stored reference to a secret. */
export interface ValueReference {
  readonly secret: SecretRequest
  /** The key to read from a JSON secret. */
  readonly jsonKey?: string
}

/** Stored values in which the texts of secrets replace the references to them. */
export interface FollowedReferences {
  readonly merged: MergedLayers
  /** The secrets that stored texts refer to, each once. */
  readonly referenced: readonly SecretRequest[]
  readonly warnings: readonly string[]
}

/** Reads each secret once, so that a user name and its password come from the same version. */
export interface SecretReading {
  ask(request: ReadRequest): Promise<unknown>
  outcomeOf(secret: SecretRequest): Outcome<StoredSecret> | undefined
}

/**
 * Replaces the references to secrets by the texts of the secrets. Only references of leaves that are marked sensitive()
 * are followed: a principal that may write a parameter must not be able to pull a secret into a public field.
 */
export async function followReferences(unfollowed: MergedLayers, calls: SecretReading): Promise<FollowedReferences> {
  const pointers: { key: StoredKey; reference: ValueReference }[] = []
  const lost: PlacedProblem[] = []
  const warnings: string[] = []
  for (const key of unfollowed.stored.values()) {
    const { value, type } = key.winner
    if (typeof value !== 'string' || !isReference(value)) continue
    const reference = parseReference(value)
    if (type === 'Secret') lost.push(problemAt(key, chained))
    else if (key.node.kind !== 'leaf' || !key.node.followsReferences) warnings.push(describeIgnored(key))
    else if (reference === undefined) lost.push(problemAt(key, misspelled))
    else pointers.push({ key, reference })
  }
  const secrets = new Map(pointers.map(({ reference: { secret } }) => [secretKey(secret), secret]))
  const referenced = [...secrets.values()]
  await calls.ask({ hierarchies: [], names: [], secrets: referenced })
  const stored = new Map(unfollowed.stored)
  for (const { key, reference } of pointers) {
    const result = resolve(key, reference, calls.outcomeOf(reference.secret))
    if ('problem' in result) lost.push(result)
    else stored.set(keyOf(key.path), result)
  }
  for (const { path = [] } of lost) stored.delete(keyOf(path))
  return { merged: { stored, problems: [...unfollowed.problems, ...lost] }, referenced, warnings }
}

/** `/aws/reference/secretsmanager/<id>[:<selector>][#<json key>]`; `undefined` if the rest is malformed. */
export function parseReference(text: string): ValueReference | undefined {
  const hash = text.indexOf('#')
  const name = text.slice(referencePrefix.length, hash === -1 ? undefined : hash)
  const id = isArn(name) ? undefined : parseSecretId(name)
  if (id === undefined || hash === text.length - 1) return undefined
  const secret = { ...id, binary: false }
  return hash === -1 ? { secret } : { secret, jsonKey: text.slice(hash + 1) }
}

function describeIgnored({ path, winner }: StoredKey): string {
  const remedy = 'mark the key with sensitive() to load the secret'
  return `${winner.parameter} (${formatKey(path)}) holds a reference to a secret, which stays text: ${remedy}`
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

/** Formats a parsed value as JSON, with every number as it was written. */
function toJson(value: unknown): string {
  const mark = '\u0000inexact:'
  const text = JSON.stringify(value, (_, part: unknown) =>
    part instanceof InexactNumber ? `${mark}${part.text}` : part,
  )
  return text.replace(/"\\u0000inexact:([^"]*)"/g, '$1')
}
