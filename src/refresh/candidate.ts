import type { $ZodType } from 'zod/v4/core'
import { assemble, buildTree, type Conflict } from '../decode/assemble.ts'
import { findCopies, markCopies } from '../decode/copied-secrets.ts'
import { type MergedLayers, mergeLayers, type OverrideValue } from '../decode/merge-layers.ts'
import { type FoundReferences, findReferences, followReferences, secretsOf } from '../decode/references.ts'
import { type ValidationResult, validate } from '../decode/validate.ts'
import { Suggester } from '../diagnostics/suggest.ts'
import type { Problem, ReadFailure } from '../errors.ts'
import type { Outcome, Reading, SecretRequest, StoredSecret } from '../ports.ts'
import { formatKey, type KeyPath } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import type { Layers, PlannedRequest } from '../schema/read-request.ts'
import { secretKey } from '../schema/secret-id.ts'
import { isServed, type Published, type StoredKeys } from '../snapshot/snapshot.ts'
import { type Breathe, inTurns } from '../time/turns.ts'
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
  /** Lists the paths, to suggest names for missing parameters. */
  listPaths?(): Promise<readonly Listing[]>
  readonly breathe: Breathe
}

/** Decodes and validates a reading. Invalid data never makes it throw. */
export async function makeCandidate(
  spec: CandidateSpec,
  { reading, readReferenced, served, onValidate, listPaths, breathe }: CandidateReading,
): Promise<{ readonly candidate: Candidate; readonly referenced: readonly SecretRequest[] }> {
  const merged = await inTurns(mergeLayers(spec.planned, reading, spec.overrides), breathe)
  const references = findReferences(merged.stored.values())
  const referenced = secretsOf(references)
  const outcomes = await readReferences(spec.planned, reading, referenced, readReferenced)
  const complete = followReferences(merged, references, (secret) => outcomes.get(secretKey(secret)))
  const isReadable = complete.unreadable.length + complete.unreadablePaths.length + complete.forbidden.length === 0
  if (isReadable && isServed(complete.stored, served)) return { candidate: { kind: 'unchanged' }, referenced }
  onValidate()
  const parts = { merged, complete, references, breathe, served }
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
  readonly breathe: Breathe
  readonly served: Published | undefined
  /** One for each hierarchy, once the paths were listed. */
  readonly listed?: readonly Listing[]
}

async function decide(
  spec: CandidateSpec,
  reading: Reading,
  { merged, complete, references, breathe, served, listed = [] }: CandidateParts,
): Promise<Candidate> {
  const { tree, conflicts } = await inTurns(buildTree(complete.stored.values()), breathe)
  const assembled = await inTurns(assemble(spec.plan.root, tree), breathe)
  const refused = conflicts.map(({ path }) => path)
  const suggester = new Suggester({
    layers: spec.layers,
    leaves: spec.plan.leaves,
    isPresent: ({ id }) => merged.stored.has(id),
    findUnused: () => unusedNames(merged, reading),
    obstacle: whyUnlisted(spec, listed),
  })
  const given = served && { stored: served.stored, value: served.snapshot.value }
  const subject = { ...spec, overlay: complete, assembled, refused, suggester, served: given }
  const validation = await validate(subject, breathe)
  // zod cannot be interrupted.
  await breathe()
  const empty = emptyPaths(spec, reading, listed)
  const refusal = refuse(complete, validation, conflicts, empty)
  if (refusal !== undefined) return refusal
  const warnings = [
    ...ignoredReferences(references),
    ...empty.map(({ parameter, detail }) => `${parameter}: ${detail}`),
  ]
  const value = validation.kind === 'valid' ? validation.value : undefined
  const copies = findCopies(spec.plan, { value, stored: complete.stored })
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
  { unreadable, unreadablePaths, forbidden }: MergedLayers,
  validation: ValidationResult,
  conflicts: readonly Conflict[],
  empty: readonly Problem[],
): Refusal | undefined {
  const unknown = [...unreadablePaths, ...unreadable]
  const problems = unknown.map(({ problem }) => problem)
  const problemsOfSchema = validation.kind === 'valid' ? { missing: [], invalid: [] } : validation
  const missing = [...problems.filter(isMissing), ...problemsOfSchema.missing]
  const invalid = [
    ...forbidden,
    ...conflicts.map(({ problem }) => problem),
    ...problems.filter(isInvalid),
    ...problemsOfSchema.invalid,
  ]
  const failed = problems.filter((problem) => !isMissing(problem) && !isInvalid(problem))
  if (validation.kind === 'valid' && missing.length + invalid.length + failed.length === 0) return undefined
  const failures = unknown.flatMap(({ failure }) => failure ?? [])
  const hasData = missing.length > 0 || invalid.length > 0 || failed.length > failures.length
  const cause =
    failures.find((failure) => failure.cause !== undefined)?.cause ??
    ('cause' in problemsOfSchema ? problemsOfSchema.cause : undefined)
  return {
    kind: 'refused',
    missing: missing.length > 0 ? [...empty, ...missing] : [],
    unreadable: failed,
    invalid,
    retry: retryOf(failures, hasData),
    ...(cause !== undefined && { cause }),
  }
}

function unusedNames({ stored }: MergedLayers, reading: Reading): string[] {
  const used = new Set(
    [...stored.values()].flatMap(({ winner, overridden }) => [winner, ...overridden].map(({ parameter }) => parameter)),
  )
  return reading.hierarchies.flatMap(({ listed = [] }) => listed.filter((name) => !used.has(name)))
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
  return code === 'INVALID_JSON'
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
