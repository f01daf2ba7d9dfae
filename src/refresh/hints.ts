import type { Hint, Outcome, Reading, SecretRequest, StoredSecret } from '../ports.ts'
import { isBelow } from '../schema/naming.ts'
import { fullName, isParameterName, splitSelector } from '../schema/parameter-name.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { isReference, referencePrefix } from '../schema/secret-id.ts'
import { isSameContent } from '../snapshot/equal.ts'

/** What of a plan a hint is about. */
export interface HintMatch {
  /** The hierarchies that cover the name, by their place in the request. */
  readonly hierarchies: readonly number[]
  /** Explicit names, as they are asked for. */
  readonly names: readonly string[]
  readonly secrets: readonly SecretRequest[]
}

/** What is held, to compare hints with. */
export interface Held {
  readonly reading: Reading
  outcomeOf(secret: SecretRequest): Outcome<StoredSecret> | undefined
}

/**
 * The hint with the name by which what it is about is loaded: events spell the names of root-level parameters without a
 * slash, and may have an ARN, or the name of a reference to a secret, in the place of a name.
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

/** The full name of a parameter that is asked for by its name or ARN, with or without a version or label. */
export function parameterIn(asked: string): string {
  return fullName(nameIn(splitSelector(asked).name))
}

/** A hint at a parameter, at the version or label that it is asked for. */
export function hintAt(name: string, selector: string | undefined): Hint {
  const moved =
    selector === undefined ? { operation: 'put' as const } : { operation: 'label' as const, label: selector }
  return { kind: 'parameter', name: parameterIn(name), ...(isArn(name) && { arn: name }), ...moved }
}

/** The parts of a plan that a hint may have changed. */
export function matchHint({ request }: PlannedRequest, secrets: readonly SecretRequest[], hint: Hint): HintMatch {
  if (hint.kind === 'secret') {
    return { hierarchies: [], names: [], secrets: secrets.filter((secret) => isAbout(hint, secret)) }
  }
  const { name } = hint
  // Asked for, it would have AWS refuse the call, and every one after it.
  if (!isParameterName(name)) return nothing
  const hierarchies = request.hierarchies.flatMap(({ path, label, covers }, index) => {
    return isBelow(name, path) && isMoved(label, hint) && covers(name) ? [index] : []
  })
  const names = request.names.filter((asked) => {
    const { name: askedName, selector } = splitSelector(asked)
    // An event without an ARN does not say whose parameter it is about.
    const isSame = isArn(askedName) && hint.arn !== undefined ? askedName === hint.arn : parameterIn(asked) === name
    return isSame && isMoved(selector, hint)
  })
  return { hierarchies, names, secrets: [] }
}

const nothing: HintMatch = { hierarchies: [], names: [], secrets: [] }

export function isCovered({ hierarchies, names, secrets }: HintMatch): boolean {
  return hierarchies.length + names.length + secrets.length > 0
}

/** The same for hints about the same thing: the later one says all that is to be known. */
export function subjectOf({ kind, name, arn, label = '' }: Hint): string {
  return `${kind} ${kind === 'parameter' ? name : (arn ?? name)} ${label}`
}

/** Whether what is held is already what the hint tells of, or later. */
export function isUpToDate(hint: Hint, match: HintMatch, held: Held): boolean {
  const tokens = tokensOf(hint, match, held)
  return tokens.length > 0 && tokens.every((token) => agrees(token, hint))
}

/** Whether nothing of what the hint is about is stored. */
export function isAbsent(hint: Hint, match: HintMatch, held: Held): boolean {
  return tokensOf(hint, match, held).every((token) => token === undefined)
}

/** Whether anything that the hint is about differs between two readings. */
export function hasMoved(hint: Hint, match: HintMatch, before: Held, after: Held): boolean {
  const shown = (held: Held) => JSON.stringify(tokensOf(hint, match, held))
  const isStill = (secret: SecretRequest) => isSameSecret(before.outcomeOf(secret), after.outcomeOf(secret))
  return shown(before) !== shown(after) || !match.secrets.every(isStill)
}

/** Whether a secret is as it was. Not every endpoint says which version it gives, so the value counts, too. */
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

// EventBridge gives whole seconds: a value that was written within the second of an event may be older than it.
const eventResolutionMs = 1_000

function agrees(token: Token | undefined, { operation, version, occurredAt }: Hint): boolean {
  if (operation === 'delete') return token === undefined
  if (token === undefined) return false
  if (version !== undefined) return token.version === version
  if (occurredAt === undefined || token.modifiedAt === undefined) return false
  return token.modifiedAt >= occurredAt + eventResolutionMs
}

function tokensOf(hint: Hint, { hierarchies, names, secrets }: HintMatch, held: Held): (Token | undefined)[] {
  const { name } = hint
  return [
    ...hierarchies.map((index) => held.reading.hierarchies[index]?.parameters.find((found) => found.name === name)),
    ...names.map((asked) => found(held.reading.names.get(asked))),
    ...secrets
      .filter((secret) => hint.label === undefined || stageOf(secret) === hint.label)
      .map((secret) => toSecretToken(found(held.outcomeOf(secret)))),
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

// A numbered version never changes; a label changes when it is moved, and the latest version when one is put.
function isMoved(selector: string | undefined, { operation, label }: Hint): boolean {
  if (operation === 'delete') return true
  if (selector === undefined) return operation === 'put'
  return operation === 'label' && label === selector
}

function isAbout(hint: Hint, secret: SecretRequest): boolean {
  if (!isNamedBy(secret.id, hint)) return false
  const { operation, label } = hint
  const stage = stageOf(secret)
  // What was current becomes the previous one, of which AWS sends no event of its own.
  const isMovedAlong = label === current && stage === 'AWSPREVIOUS'
  return operation === 'delete' || label === undefined || label === stage || isMovedAlong
}

function isNamedBy(id: string, { name, arn = name }: Hint): boolean {
  if (id === name || id === arn) return true
  // Of two ARNs, region and account have to agree, too.
  if (isArn(id) && isArn(arn) && placeOfSecret(id) !== placeOfSecret(arn)) return false
  const names = secretNames(id)
  return [...secretNames(name), ...secretNames(arn)].some((candidate) => names.includes(candidate))
}

// The ARN of a secret ends in six characters more than its name, unless it is not complete.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
function secretNames(id: string): string[] {
  if (!isArn(id)) return [id]
  const name = id.slice(placeOfSecret(id).length)
  return [name, name.replace(/-[A-Za-z0-9]{6}$/, '')]
}

function placeOfSecret(arn: string): string {
  const [place = ''] = /^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/.exec(arn) ?? []
  return place
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
