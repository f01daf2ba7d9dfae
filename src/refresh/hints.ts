import type { Hint, Outcome, Reading, SecretRequest, StoredSecret } from '../ports.ts'
import { fullName, isBelow, isParameterName, splitSelector } from '../schema/names.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { isReference, referencePrefix } from '../schema/secret-id.ts'
import { isSameContent } from '../snapshot/equal.ts'

/** The parts of a plan that a hint names. */
export interface HintMatch {
  /** The hierarchies that cover the name, by index in the request. */
  readonly hierarchies: readonly number[]
  /** Explicit names, as they are requested. */
  readonly names: readonly string[]
  readonly secrets: readonly SecretRequest[]
}

/** A complete reading with its secrets. A later attempt may read newer secrets without publishing them. */
export interface KeptReading {
  readonly reading: Reading
  outcomeOf(secret: SecretRequest): Outcome<StoredSecret> | undefined
}

/**
 * The hint with the name that the request uses. Events name root-level parameters without a slash, and may have an ARN or
 * the name of a secret reference in prefix of a name.
 */
export function spellOut(hint: Hint): Hint {
  if (hint.kind === 'secret') return hint
  const full = fullName(nameIn(hint.name))
  if (!isReference(full)) return { ...hint, name: full, ...(hint.name.startsWith('arn:') && { arn: hint.name }) }
  const { name, selector } = splitSelector(full)
  const { label: _, ...rest } = hint
  const stage = selector === undefined ? {} : { label: selector }
  return { ...rest, ...stage, kind: 'secret', name: name.slice(referencePrefix.length) }
}

/** The full name of a parameter that is requested by name or ARN, with or without a version or label. */
export function parameterIn(requested: string): string {
  return fullName(nameIn(splitSelector(requested).name))
}

/** A hint for a parameter, at the requested version or label. */
export function hintAt(name: string, selector: string | undefined): Hint {
  const change =
    selector === undefined ? { operation: 'put' as const } : { operation: 'label' as const, label: selector }
  return { kind: 'parameter', name: parameterIn(name), ...(isArn(name) && { arn: name }), ...change }
}

/** The parts of a plan that a hint may have changed. */
export function matchHint({ request }: PlannedRequest, secrets: readonly SecretRequest[], hint: Hint): HintMatch {
  if (hint.kind === 'secret') {
    return { hierarchies: [], names: [], secrets: secrets.filter((secret) => isSubject(hint, secret)) }
  }
  const { name } = hint
  // AWS would refuse a call with this name, and every later one.
  if (!isParameterName(name)) return nothing
  const hierarchies = request.hierarchies.flatMap(({ path, label, covers }, index) => {
    return isBelow(name, path) && isChanged(label, hint) && covers(name) ? [index] : []
  })
  const names = request.names.filter((requested) => {
    const { name: askedName, selector } = splitSelector(requested)
    // An event without an ARN does not name the account.
    const isSame = isArn(askedName) && hint.arn !== undefined ? askedName === hint.arn : parameterIn(requested) === name
    return isSame && isChanged(selector, hint)
  })
  return { hierarchies, names, secrets: [] }
}

const nothing: HintMatch = { hierarchies: [], names: [], secrets: [] }

export function isCovered({ hierarchies, names, secrets }: HintMatch): boolean {
  return hierarchies.length + names.length + secrets.length > 0
}

/** The identity of the hinted value. A later hint with the same subject replaces an earlier one. */
export function subjectOf({ kind, name, arn, label = '' }: Hint): string {
  return `${kind} ${kind === 'parameter' ? name : (arn ?? name)} ${label}`
}

/** Whether the reading has the change that the hint reports, or a later one. */
export function isUpToDate(hint: Hint, match: HintMatch, kept: KeptReading): boolean {
  const tokens = tokensOf(hint, match, kept)
  return tokens.length > 0 && tokens.every((token) => agrees(token, hint))
}

/** Whether no value that the hint names is stored. */
export function isAbsent(hint: Hint, match: HintMatch, kept: KeptReading): boolean {
  return tokensOf(hint, match, kept).every((token) => token === undefined)
}

/** Whether a value that the hint names differs between two readings. */
export function hasChanged(hint: Hint, match: HintMatch, before: KeptReading, after: KeptReading): boolean {
  const shown = (kept: KeptReading) => JSON.stringify(tokensOf(hint, match, kept))
  const isUnchanged = (secret: SecretRequest) => isSameSecret(before.outcomeOf(secret), after.outcomeOf(secret))
  return shown(before) !== shown(after) || !match.secrets.every(isUnchanged)
}

/** Whether a secret is unchanged. Some endpoints send no version id, so this compares the values, too. */
export function isSameSecret(
  before: Outcome<StoredSecret> | undefined,
  after: Outcome<StoredSecret> | undefined,
): boolean {
  if (before?.kind !== 'found' || after?.kind !== 'found')
    return before?.kind === 'missing' && after?.kind === 'missing'
  return before.found.versionId === after.found.versionId && isSameContent(before.found.value, after.found.value)
}

interface Token {
  readonly version: string
  readonly modifiedAt: number | undefined
}

// EventBridge sends whole seconds: a value written within the second of an event may be older than the event.
const eventResolutionMs = 1_000

function agrees(token: Token | undefined, { operation, version, occurredAt }: Hint): boolean {
  if (operation === 'delete') return token === undefined
  if (token === undefined) return false
  if (version !== undefined) return token.version === version
  if (occurredAt === undefined || token.modifiedAt === undefined) return false
  return token.modifiedAt >= occurredAt + eventResolutionMs
}

function tokensOf(hint: Hint, { hierarchies, names, secrets }: HintMatch, kept: KeptReading): (Token | undefined)[] {
  const { name } = hint
  return [
    ...hierarchies.map((index) => kept.reading.hierarchies[index]?.parameters.find((found) => found.name === name)),
    ...names.map((requested) => found(kept.reading.names.get(requested))),
    ...secrets
      .filter((secret) => hint.label === undefined || stageOf(secret) === hint.label)
      .map((secret) => toSecretToken(found(kept.outcomeOf(secret)))),
  ].map((stored) => stored && { version: String(stored.version), modifiedAt: stored.modifiedAt })
}

function toSecretToken(
  secret: StoredSecret | undefined,
): { version: string; modifiedAt: number | undefined } | undefined {
  return secret && { version: secret.versionId, modifiedAt: secret.modifiedAt }
}

function found<Found>(outcome: Outcome<Found> | undefined): Found | undefined {
  return outcome?.kind === 'found' ? outcome.found : undefined
}

// A numbered version never changes. A label changes when it moves. The latest version changes with each put.
function isChanged(selector: string | undefined, { operation, label }: Hint): boolean {
  if (operation === 'delete') return true
  if (selector === undefined) return operation === 'put'
  return operation === 'label' && label === selector
}

function isSubject(hint: Hint, secret: SecretRequest): boolean {
  if (!isNamedBy(secret.id, hint)) return false
  const { operation, label } = hint
  const stage = stageOf(secret)
  // The current version becomes the previous one, and AWS sends no separate event for that.
  const isDemoted = label === current && stage === 'AWSPREVIOUS'
  return operation === 'delete' || label === undefined || label === stage || isDemoted
}

function isNamedBy(id: string, { name, arn = name }: Hint): boolean {
  if (id === name || id === arn) return true
  // Two ARNs must also agree in region and account.
  if (isArn(id) && isArn(arn) && prefixOfSecret(id) !== prefixOfSecret(arn)) return false
  const names = secretNames(id)
  return [...secretNames(name), ...secretNames(arn)].some((candidate) => names.includes(candidate))
}

// A complete ARN of a secret has a suffix of a hyphen and six characters after the name.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
function secretNames(id: string): string[] {
  if (!isArn(id)) return [id]
  const name = id.slice(prefixOfSecret(id).length)
  return [name, name.replace(/-[A-Za-z0-9]{6}$/, '')]
}

function prefixOfSecret(arn: string): string {
  const [prefix = ''] = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/.exec(arn) ?? []
  return prefix
}

function isArn(id: string): boolean {
  return id.startsWith('arn:')
}

// arn:aws:ssm:eu-west-1:123456789012:parameter/shop/port is /shop/port
function nameIn(name: string): string {
  const [, path = name] = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(\/.*)$/.exec(name) ?? []
  return path
}

const current = 'AWSCURRENT'

function stageOf({ selector = current }: SecretRequest): string {
  return selector
}
