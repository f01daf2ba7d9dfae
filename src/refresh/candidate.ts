import type { $ZodType } from 'zod/v4/core'
import { assemble, buildTree } from '../decode/assemble.ts'
import { type MergedLayers, mergeLayers, type OverrideValue } from '../decode/merge-layers.ts'
import type { FollowedReferences, SecretReading } from '../decode/references.ts'
import { validate } from '../decode/validate.ts'
import type { LoadErrorParts, ReadFailure } from '../errors.ts'
import type { Reading, SecretRequest } from '../ports.ts'
import type { KeyPath } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import type { Layers, PlannedRequest } from '../schema/read-request.ts'
import { isReference } from '../schema/secret-id.ts'
import type { StoredKeys } from '../snapshot/diff.ts'
import { isServed, type Published } from '../snapshot/snapshot.ts'
import type { ReadResult } from './reader.ts'

/** The plan and the schema of candidates. */
export interface CandidateSpec {
  readonly schema: $ZodType
  readonly plan: Plan
  readonly layers: Layers
  readonly planned: PlannedRequest
  readonly overrides: readonly OverrideValue[]
}

/** `unchanged`: the reading equals the snapshot, so the schema did not validate it. */
export type Candidate = AcceptedCandidate | Refusal | { readonly kind: 'unchanged' }

/** A candidate, and the secrets that its texts refer to; `undefined` if they are those of the snapshot in use. */
export interface MadeCandidate {
  readonly candidate: Candidate
  readonly referenced?: readonly SecretRequest[]
}

/** A reading that satisfies the schema. */
export interface AcceptedCandidate {
  readonly kind: 'accepted'
  readonly value: unknown
  readonly stored: StoredKeys
  /** The keys to which checks of the schema copied secrets. */
  readonly copies: readonly KeyPath[]
  readonly warnings: readonly string[]
}

/** Everything that is wrong with a reading. */
export interface Refusal extends Pick<LoadErrorParts, 'missing' | 'unreadable' | 'invalid' | 'cause'> {
  readonly kind: 'refused'
  /**
   * Whether a start attempts again. `until-deadline`: only transient failures. `briefly`: another attempt helps only if
   * the store changes meanwhile. `never`: another attempt cannot help.
   */
  readonly retry: 'until-deadline' | 'briefly' | 'never'
}

/** The names under a path, or why they could not be listed. */
export interface Listing {
  readonly listed?: readonly string[] | undefined
  readonly failure?: ReadFailure
  /** Whether the path is the name of a parameter. */
  readonly isParameter?: boolean
}

/** The progress of one attempt, which may outlast its deadline. */
export interface Progress {
  stage: 'reading' | 'validating' | 'describing'
  /** Whether every value was read. */
  isRead?: boolean
}

/** The circumstances of a candidate. */
export interface CandidateContext {
  readonly served: Published | undefined
  readonly progress: Progress
  /** Lists the paths, to suggest names for missing parameters. */
  readonly listPaths?: (() => Promise<readonly Listing[]>) | undefined
  /** Ends the turn of the event loop if it has lasted long enough. */
  pauseIfDue(): Promise<void> | undefined
}

/** Makes a validated candidate of a reading. No stored text makes it throw. */
export async function makeCandidate(
  spec: CandidateSpec,
  { reading, calls }: ReadResult,
  context: CandidateContext,
): Promise<MadeCandidate> {
  await context.pauseIfDue()
  const unfollowed = mergeLayers(spec.planned, reading, spec.overrides)
  await context.pauseIfDue()
  const { merged, referenced, warnings } = await followReferences(unfollowed, calls)
  if (merged.problems.length === 0 && isServed(merged.stored, context.served))
    return { candidate: { kind: 'unchanged' }, referenced }
  context.progress.stage = 'validating'
  context.progress.isRead = !merged.problems.some(({ failure }) => failure !== undefined)
  const parts = { unfollowed, merged, warnings, context }
  const candidate = await decide(spec, reading, { ...parts, listings: [] })
  const isListed = reading.hierarchies.every(({ listed, failure }) => listed !== undefined || failure !== undefined)
  const lacksNames = candidate.kind === 'refused' && candidate.missing.length > 0
  if (context.listPaths === undefined || isListed || !lacksNames) return { candidate, referenced }
  const listings = await context.listPaths()
  const hierarchies = reading.hierarchies.map((hierarchy, index) => {
    const names = listings[index]?.listed
    return names === undefined ? hierarchy : { listed: names, ...hierarchy }
  })
  return { candidate: await decide(spec, { ...reading, hierarchies }, { ...parts, listings }), referenced }
}

// Few configurations hold references, so the module that follows them loads on demand.
async function followReferences(unfollowed: MergedLayers, calls: SecretReading): Promise<FollowedReferences> {
  for (const { winner } of unfollowed.stored.values()) {
    if (typeof winner.value !== 'string' || !isReference(winner.value)) continue
    const references = await import('../decode/references.ts')
    return references.followReferences(unfollowed, calls)
  }
  return { merged: unfollowed, referenced: [], warnings: [] }
}

interface CandidateParts {
  readonly unfollowed: MergedLayers
  readonly merged: MergedLayers
  readonly warnings: readonly string[]
  readonly context: CandidateContext
  /** One for each hierarchy, once the paths were listed. */
  readonly listings: readonly Listing[]
}

async function decide(
  spec: CandidateSpec,
  reading: Reading,
  { unfollowed, merged, warnings, context, listings }: CandidateParts,
): Promise<Candidate> {
  const { served, progress, pauseIfDue } = context
  const { tree, conflicts } = buildTree(merged.stored.values())
  await pauseIfDue()
  const assembled = await assemble(spec.plan.root, tree)
  await pauseIfDue()
  const refusals = listings.length === 0 ? undefined : await import('./refusals.ts')
  const validation = await validate({
    ...spec,
    reading,
    unfollowed,
    merged,
    assembled,
    served: served && { stored: served.stored, value: served.snapshot.value },
    refused: conflicts.map(({ path = [] }) => path),
    obstacle: refusals?.whyUnlisted(spec, listings),
    onInvalid() {
      progress.stage = 'describing'
    },
    pauseIfDue,
  })
  // zod cannot be interrupted.
  await pauseIfDue()
  const problems = [...merged.problems, ...conflicts]
  if (validation.kind === 'invalid' || problems.length > 0) {
    progress.stage = 'describing'
    const { refuse } = await import('./refusals.ts')
    return refuse(spec, { reading, listings, problems, validation })
  }
  const empty = reading.hierarchies.some(({ parameters }) => parameters.length === 0)
    ? (await import('./refusals.ts')).emptyPaths(spec, reading, listings)
    : []
  const explained = empty.map(({ parameter, detail }) => `${parameter}: ${detail}`)
  return { ...validation, kind: 'accepted', warnings: [...warnings, ...explained] }
}
