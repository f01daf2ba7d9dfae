import type { Hint, Outcome, Reading, ReadRequest, SecretRequest, StoredParameter, StoredSecret } from '../ports.ts'
import { isArn } from '../schema/arn.ts'
import { fullNameIn, isBelow, isParameterName, parameterIn, splitSelector } from '../schema/names.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { referencePrefix } from '../schema/secret-id.ts'
import { isSame, isSameSecret } from './repeated-reading.ts'

/** A hint, and the parts of the plan that it names. */
export interface HintMatch {
  readonly hint: Hint
  /** The hierarchies that cover the name, by index in the request. */
  readonly hierarchies: readonly number[]
  /** Explicit names, as they are requested. */
  readonly names: readonly string[]
  readonly secrets: readonly SecretRequest[]
}

/** A complete reading with its secrets. A later attempt may read newer secrets without publishing them. */
export interface KeptReading {
  readonly reading: Reading
  /** By `secretKey`, with those that stored texts refer to. */
  readonly secrets: ReadonlyMap<string, { readonly request: SecretRequest; readonly outcome: Outcome<StoredSecret> }>
  outcomeOf(secret: SecretRequest): Outcome<StoredSecret> | undefined
}

/**
 * The hint with the name that the request uses. Events name root-level parameters without a slash, and may have an ARN or
 * the name of a secret reference in prefix of a name.
 */
export function spellOut(hint: Hint): Hint {
  if (hint.kind === 'secret') return hint
  const full = fullNameIn(hint.name)
  if (!full.startsWith(referencePrefix)) return { ...hint, name: full, ...(isArn(hint.name) && { arn: hint.name }) }
  const { name, selector } = splitSelector(full)
  const { label: _, ...rest } = hint
  const stage = selector === undefined ? {} : { label: selector }
  return { ...rest, ...stage, kind: 'secret', name: name.slice(referencePrefix.length) }
}

/** Hints for all values that a login may use: the secrets of a request, and the SecureStrings of a reading. */
export function credentialsOf({ secrets, hierarchies }: ReadRequest, reading: Reading | undefined): Hint[] {
  const hints = secrets.map(({ id }): Hint => ({ kind: 'secret', name: id, operation: 'put' }))
  for (const [index, { parameters }] of (reading?.hierarchies ?? []).entries()) {
    const label = hierarchies[index]?.label
    for (const { name, type } of parameters) if (type === 'SecureString') hints.push(hintAt(name, label))
  }
  for (const [requested, outcome] of reading?.names ?? []) {
    if (outcome.kind !== 'found' || outcome.found.type !== 'SecureString') continue
    const { name, selector } = splitSelector(requested)
    hints.push(hintAt(name, selector))
  }
  return hints
}

/** A hint for a parameter, at the requested version or label. */
function hintAt(name: string, selector: string | undefined): Hint {
  const change =
    selector === undefined ? { operation: 'put' as const } : { operation: 'label' as const, label: selector }
  return { kind: 'parameter', name: parameterIn(name), ...(isArn(name) && { arn: name }), ...change }
}

/** The parts of a plan that a hint may have changed; `undefined` if the plan does not cover it. */
export function matchHint(
  { request }: PlannedRequest,
  secrets: readonly SecretRequest[],
  hint: Hint,
): HintMatch | undefined {
  if (hint.kind === 'secret') {
    const named = secrets.filter((secret) => isSubject(hint, secret))
    return named.length === 0 ? undefined : { hint, hierarchies: [], names: [], secrets: named }
  }
  const { name, arn } = hint
  // AWS would refuse a call with this name, and every later one.
  if (!isParameterName(name)) return undefined
  const hierarchies: number[] = []
  for (const [index, { path, label, covers }] of request.hierarchies.entries()) {
    if (isBelow(name, path) && isChanged(label, hint) && covers(name)) hierarchies.push(index)
  }
  const names: string[] = []
  for (const requested of request.names) {
    const { name: asked, selector } = splitSelector(requested)
    // An event without an ARN does not name the account.
    const isSame = arn !== undefined && isArn(asked) ? asked === arn : fullNameIn(asked) === name
    if (isSame && isChanged(selector, hint)) names.push(requested)
  }
  return hierarchies.length + names.length === 0 ? undefined : { hint, hierarchies, names, secrets: [] }
}

/** Whether the reading has the change that the hint reports, or a later one. */
export function isUpToDate(match: HintMatch, kept: KeptReading): boolean {
  const tokens = tokensOf(match, kept)
  for (const token of tokens) if (!agrees(token, match.hint)) return false
  return tokens.length > 0
}

/** Whether no value that the hint names is stored. */
export function isAbsent(match: HintMatch, kept: KeptReading): boolean {
  for (const token of tokensOf(match, kept)) if (token !== undefined) return false
  return true
}

/** Whether a value that the hint names differs between two readings. */
export function hasChanged(match: HintMatch, before: KeptReading, after: KeptReading): boolean {
  if (JSON.stringify(tokensOf(match, before)) !== JSON.stringify(tokensOf(match, after))) return true
  for (const secret of match.secrets) {
    if (!isSame(before.outcomeOf(secret), after.outcomeOf(secret), isSameSecret)) return true
  }
  return false
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

function tokensOf({ hint, hierarchies, names, secrets }: HintMatch, kept: KeptReading): (Token | undefined)[] {
  const tokens: (Token | undefined)[] = []
  for (const index of hierarchies) {
    const stored = kept.reading.hierarchies[index]?.parameters.find(({ name }) => name === hint.name)
    tokens.push(stored && tokenOf(stored))
  }
  for (const requested of names) {
    const outcome = kept.reading.names.get(requested)
    tokens.push(outcome?.kind === 'found' ? tokenOf(outcome.found) : undefined)
  }
  for (const secret of secrets) {
    const outcome = kept.outcomeOf(secret)
    if (hint.label !== undefined && hint.label !== stageOf(secret)) continue
    tokens.push(outcome?.kind === 'found' ? tokenOf(outcome.found) : undefined)
  }
  return tokens
}

function tokenOf(stored: StoredParameter | StoredSecret): Token {
  const version = 'versionId' in stored ? stored.versionId : String(stored.version)
  return { version, modifiedAt: stored.modifiedAt }
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

const current = 'AWSCURRENT'

function stageOf({ selector = current }: SecretRequest): string {
  return selector
}
