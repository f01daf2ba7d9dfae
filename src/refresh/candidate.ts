import type { $ZodType } from 'zod/v4/core'
import { assemble, buildTree } from '../decode/assemble.ts'
import { copiedSecrets, markCopies } from '../decode/copied-secrets.ts'
import { type MergedLayers, mergeLayers, type OverrideValue } from '../decode/merge-layers.ts'
import { type FoundReferences, findReferences, followReferences, secretsOf } from '../decode/references.ts'
import { type ValidationResult, validate } from '../decode/validate.ts'
import type { Problem, ReadFailure } from '../errors.ts'
import type { Outcome, Reading, SecretRequest, StoredSecret } from '../ports.ts'
import { formatKey, type KeyPath, type PlacedProblem } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import type { Layers, PlannedRequest } from '../schema/read-request.ts'
import { secretKey } from '../schema/secret-id.ts'
import { isServed, type Published, type StoredKeys } from '../snapshot/snapshot.ts'
import type { Retryable } from './startup-retry.ts'

/** The plan and the schema of candidates. */
export interface CandidateSpec {
  readonly schema: $ZodType
  readonly plan: Plan
  readonly layers: Layers
  readonly planned: PlannedRequest
  readonly overrides: readonly OverrideValue[]
}

/** A reading that satisfies the schema, or everything that is wrong with it. */
export type Candidate = AcceptedCandidate | UnchangedCandidate | Refusal

export interface AcceptedCandidate {
  readonly kind: 'accepted'
  readonly value: unknown
  readonly stored: StoredKeys
  /** The keys to which checks of the schema copied secrets. */
  readonly copies: readonly KeyPath[]
  readonly warnings: readonly string[]
}

/** The reading equals the snapshot, so the schema did not validate it. */
export interface UnchangedCandidate {
  readonly kind: 'unchanged'
}

export interface Refusal extends Retryable {
  readonly kind: 'refused'
  readonly missing: readonly Problem[]
  readonly unreadable: readonly Problem[]
  readonly invalid: readonly Problem[]
  readonly cause?: Error
}

/** The names under a path, or why they could not be listed. */
export interface Listing {
  readonly listed?: readonly string[] | undefined
  readonly failure?: ReadFailure
  /** Whether the path is the name of a parameter. */
  readonly isParameter?: boolean
}

export interface CandidateReading {
  readonly reading: Reading
  /** Reads the secrets that stored texts refer to. */
  readReferenced(secrets: readonly SecretRequest[]): Promise<Reading['secrets']>
  readonly served: Published | undefined
  /** Called after the reading, before the schema validates. */
  onValidate(): void
  /** Called when the schema has rejected the candidate, before its problems are described. */
  onInvalid(): void
  /** Lists the paths, to suggest names for missing parameters. */
  listPaths?(): Promise<readonly Listing[]>
  breathe(): Promise<void> | undefined
}

/** Makes a validated candidate of a reading. No stored text makes it throw. */
export async function makeCandidate(
  spec: CandidateSpec,
  { reading, readReferenced, served, onValidate, onInvalid, listPaths, breathe }: CandidateReading,
): Promise<{ readonly candidate: Candidate; readonly referenced: readonly SecretRequest[] }> {
  const merged = mergeLayers(spec.planned, reading, spec.overrides)
  await breathe()
  const references = findReferences(merged.stored.values())
  const referenced = secretsOf(references)
  const outcomes = await readReferences(spec.planned, reading, referenced, readReferenced)
  const complete = followReferences(merged, references, (secret) => outcomes.get(secretKey(secret)))
  if (complete.problems.length === 0 && isServed(complete.stored, served))
    return { candidate: { kind: 'unchanged' }, referenced }
  onValidate()
  const parts = { merged, complete, references, breathe, onInvalid, served }
  const candidate = await decide(spec, reading, parts)
  const isListed = reading.hierarchies.every(({ listed, failure }) => listed !== undefined || failure !== undefined)
  const lacksNames = candidate.kind === 'refused' && candidate.missing.length > 0
  if (listPaths === undefined || isListed || !lacksNames) return { candidate, referenced }
  const listed = await listPaths()
  const hierarchies = reading.hierarchies.map((hierarchy, index) => {
    const names = listed[index]?.listed
    return names === undefined ? hierarchy : { listed: names, ...hierarchy }
  })
  return { candidate: await decide(spec, { ...reading, hierarchies }, { ...parts, listed }), referenced }
}

interface CandidateParts {
  readonly merged: MergedLayers
  readonly complete: MergedLayers
  readonly references: FoundReferences
  breathe(): Promise<void> | undefined
  onInvalid(): void
  readonly served: Published | undefined
  /** One for each hierarchy, once the paths were listed. */
  readonly listed?: readonly Listing[]
}

async function decide(
  spec: CandidateSpec,
  reading: Reading,
  { merged, complete, references, breathe, onInvalid, served, listed = [] }: CandidateParts,
): Promise<Candidate> {
  const { tree, conflicts } = buildTree(complete.stored.values())
  await breathe()
  const assembled = await assemble(spec.plan.root, tree)
  await breathe()
  const validation = await validate({
    ...spec,
    reading,
    unfollowed: merged,
    merged: complete,
    assembled,
    served: served && { stored: served.stored, value: served.snapshot.value },
    refused: conflicts.map(({ path = [] }) => path),
    obstacle: whyUnlisted(spec, listed),
    onInvalid,
    pauseIfDue: breathe,
  })
  // zod cannot be interrupted.
  await breathe()
  const empty = emptyPaths(spec, reading, listed)
  const refusal = refuse([...complete.problems, ...conflicts], validation, empty)
  if (refusal !== undefined) return refusal
  const warnings = [
    ...ignoredReferences(references),
    ...empty.map(({ parameter, detail }) => `${parameter}: ${detail}`),
  ]
  const value = validation.kind === 'valid' ? validation.value : undefined
  const copies = await copiedSecrets(spec.plan, { value, stored: complete.stored })
  return { kind: 'accepted', value, stored: markCopies(complete.stored, copies), copies, warnings }
}

async function readReferences(
  planned: PlannedRequest,
  reading: Reading,
  referenced: readonly SecretRequest[],
  readReferenced: CandidateReading['readReferenced'],
): Promise<ReadonlyMap<string, Outcome<StoredSecret>>> {
  const outcomes = new Map<string, Outcome<StoredSecret>>()
  const note = (secrets: readonly SecretRequest[], results: Reading['secrets']) => {
    for (const [index, secret] of secrets.entries()) {
      const outcome = results[index]
      if (outcome !== undefined) outcomes.set(secretKey(secret), outcome)
    }
  }
  note(planned.request.secrets, reading.secrets)
  // A secret is read once, so that a user name and its password come from the same version.
  const secrets = referenced.filter((secret) => !outcomes.has(secretKey(secret)))
  if (secrets.length > 0) note(secrets, await readReferenced(secrets))
  return outcomes
}

function refuse(
  placed: readonly PlacedProblem[],
  validation: ValidationResult,
  empty: readonly Problem[],
): Refusal | undefined {
  if (validation.kind === 'valid' && placed.length === 0) return undefined
  const problems = placed.map(({ problem }) => problem)
  const found = validation.kind === 'valid' ? { missing: [], invalid: [] } : validation
  const missing = [...problems.filter(isMissing), ...found.missing]
  const invalid = [...problems.filter(isInvalid), ...found.invalid]
  const failed = problems.filter((problem) => !isMissing(problem) && !isInvalid(problem))
  const failures = placed.flatMap(({ failure }) => failure ?? [])
  const hasData = missing.length > 0 || invalid.length > 0 || failed.length > failures.length
  const cause =
    failures.find((failure) => failure.cause !== undefined)?.cause ?? ('cause' in found ? found.cause : undefined)
  return {
    kind: 'refused',
    missing: missing.length > 0 ? [...empty, ...missing] : [],
    unreadable: failed,
    invalid,
    retry: retryOf(failures, hasData),
    ...(cause !== undefined && { cause }),
  }
}

function whyUnlisted({ planned }: CandidateSpec, listings: readonly Listing[]): string | undefined {
  const paths = planned.hierarchies.filter((_, index) => listings[index]?.failure !== undefined).map(({ path }) => path)
  const failure = listings.find((listing) => listing.failure !== undefined)?.failure
  if (failure === undefined) return undefined
  const { action = 'the listing', code } = failure
  const place = paths.join(', ')
  return `could not list ${place} for a similar name: ${action} ${code === 'ACCESS_DENIED' ? 'is denied' : 'failed'}`
}

function retryOf(failures: readonly ReadFailure[], hasData: boolean): Refusal['retry'] {
  if (failures.some(({ code }) => code === 'NO_REGION')) return 'never'
  return !hasData && failures.every(({ isTransient }) => isTransient) ? 'until-deadline' : 'briefly'
}

function isMissing({ code }: Problem): boolean {
  return code.startsWith('MISSING_')
}

function isInvalid({ code }: Problem): boolean {
  return code === 'INVALID_JSON' || code === 'FORBIDDEN_SEGMENT' || code === 'NAME_CONFLICT'
}

function emptyPaths({ planned, layers }: CandidateSpec, reading: Reading, listings: readonly Listing[]): Problem[] {
  return planned.hierarchies.flatMap(({ path }, index) => {
    const outcome = reading.hierarchies[index]
    if (listings[index]?.failure !== undefined) return []
    if (outcome === undefined || outcome.failure !== undefined || outcome.failures.size > 0) return []
    const { parameters, listed = parameters } = outcome
    if (listed.length > 0) return []
    const subject = outcome.listed === undefined ? 'nothing that the schema names' : 'nothing at all'
    const detail = emptyDetail(subject, layers.label)
    const remedy = emptyRemedy(path)
    if (listings[index]?.isParameter !== true) return [{ code: 'EMPTY_PATH' as const, parameter: path, detail, remedy }]
    return [{ code: 'EMPTY_PATH' as const, parameter: path, ...pathIsParameter }]
  })
}

const pathIsParameter = {
  detail: 'this path is the name of a parameter, and nothing is stored below it',
  remedy: 'set path to its parent path, so that the name becomes a key; or name it with parameter() in the schema',
}

function emptyDetail(subject: string, label: string | undefined): string {
  if (label === undefined) return `${subject} is stored under this path`
  return `${subject === 'nothing at all' ? 'nothing' : subject} under this path carries the label ${label}`
}

function emptyRemedy(path: string): string {
  const unset = path.split('/').find((segment) => /^(undefined|null|NaN)$/.test(segment))
  if (unset === undefined) return 'check its spelling, the account and the region'
  return `its segment "${unset}" looks like a variable that is not set: set it, or give it a default`
}

function ignoredReferences({ ignored }: FoundReferences): string[] {
  return ignored.map(({ path, winner }) => {
    const remedy = 'mark the key with sensitive() to load the secret'
    return `${winner.parameter} (${formatKey(path)}) holds a reference to a secret, which stays text: ${remedy}`
  })
}
