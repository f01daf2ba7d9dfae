import type { $ZodType } from 'zod/v4/core'
import type { SecretRequest } from '../ports.ts'
import type { Decode } from './decode.ts'
import { type KeyPath, keyOf } from './key-path.ts'
import { isForbiddenSegment } from './naming.ts'

/** What a configuration consists of: an object or record is a branch, everything else a leaf. */
export type PlanNode = Leaf | Branch

/** One parameter or secret. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly schema: $ZodType
  readonly decode: Decode
  /** In the words of an error message. */
  readonly expected: string
  /** Marked so, or below something that is; a SecureString makes a leaf sensitive too. */
  readonly isSensitive: boolean
  /** Marked so itself or through an ancestor: a stored reference is followed. */
  readonly followsReferences: boolean
}

export type Branch = ObjectBranch | CombinedBranch

/** Keys that are path segments. */
export interface ObjectBranch {
  readonly kind: 'branch'
  readonly entries: ReadonlyMap<string, Entry>
  /** The entries that live below the segment, by its spelling. */
  readonly bySegment: ReadonlyMap<string, readonly Entry[]>
  /** What a key that is not among the entries is, where such keys are welcome or must be seen to be refused. */
  readonly rest?: PlanNode
  /** Whether what comes out may be shaped unlike what is stored: a transform around it, say. */
  readonly isOpaque: boolean
  readonly isSensitive: boolean
}

/** Several branches in one place: one of them (a union) or all of them (an intersection). */
export interface CombinedBranch {
  readonly kind: 'branch'
  readonly mode: 'union' | 'intersection'
  readonly members: readonly { readonly branch: Branch; readonly schema: $ZodType }[]
  /** The key that tells the members of a discriminated union apart. */
  readonly discriminator?: string
  readonly isOpaque: boolean
  readonly isSensitive: boolean
}

/** A key of a branch. */
export interface Entry {
  readonly key: string
  readonly address: Address
  readonly node: PlanNode
  readonly mayBeAbsent: boolean
}

/** Where the value of a key is stored. */
export type Address =
  /** Below the path of the enclosing branch. */
  | { readonly kind: 'below'; readonly segments: readonly string[]; readonly isExplicit: boolean }
  /** Below the path of the enclosing branch, at a version or label. */
  | { readonly kind: 'selected'; readonly segments: readonly string[]; readonly selector: string }
  /** A full name or ARN, the same in every layer. */
  | { readonly kind: 'absolute'; readonly name: string }
  /** A path of its own for everything below a branch, the same in every layer. */
  | { readonly kind: 'mount'; readonly path: string }
  | { readonly kind: 'secret'; readonly secret: SecretRequest }

/** A leaf that the schema names. */
export interface PlannedLeaf {
  readonly path: KeyPath
  readonly outputPath: KeyPath
  readonly leaf: Leaf
  /** The mounted path that it lives under; `undefined` for the layers. */
  readonly mount: string | undefined
  /** From the layer's or the mount's path. Empty for absolute names and secrets. */
  readonly segments: readonly string[]
  readonly address: Exclude<Address, { kind: 'mount' }>
}

/** A part of the schema whose names only the store knows. */
export interface OpenPart {
  readonly path: KeyPath
  readonly mount: string | undefined
  readonly segments: readonly string[]
}

/** A branch that lives under a path of its own. */
export interface Mount {
  readonly path: KeyPath
  readonly outputPath: KeyPath | undefined
  readonly parameterPath: string
  readonly branch: Branch
}

/** Everything that a schema asks for. */
export interface Plan {
  readonly root: Branch
  readonly leaves: readonly PlannedLeaf[]
  readonly open: readonly OpenPart[]
  readonly mounts: readonly Mount[]
}

/** Where in the configuration a stored name belongs. */
export interface Placement {
  readonly path: KeyPath
  /** The place of the nearest value that shows what is stored: a transform above moves it there. */
  readonly outputPath: KeyPath
  readonly node: PlanNode
  /** Whether the name is a leaf's own; not so below a leaf, or at a branch, of an open part. */
  readonly isLeaf: boolean
  readonly isForbidden: boolean
}

/** The places that a name below a branch's path belongs to; none when the plan does not cover it. */
export function placementsOf(
  branch: Branch,
  segments: readonly string[],
  start: { readonly path: KeyPath; readonly outputPath: KeyPath | undefined } = { path: [], outputPath: undefined },
): Placement[] {
  const placements = new Map<string, Placement>()
  const position = { path: start.path, opaqueAt: start.outputPath, isOpen: false, isForbidden: false }
  for (const placement of walk(branch, segments, position)) {
    const key = keyOf(placement.path)
    const known = placements.get(key)
    if (known === undefined || (placement.node.isSensitive && !known.node.isSensitive)) placements.set(key, placement)
  }
  return [...placements.values()]
}

/** What the plan has below a node for a key. */
export function stepInto(node: PlanNode, key: string): PlanNode[] {
  if (node.kind === 'leaf') return []
  if ('members' in node) return node.members.flatMap((member) => stepInto(member.branch, key))
  const next = node.entries.get(key)?.node ?? node.rest
  return next === undefined ? [] : [next]
}

interface Position {
  readonly path: KeyPath
  readonly opaqueAt: KeyPath | undefined
  /** Whether the last step was into a key that the schema does not name. */
  readonly isOpen: boolean
  readonly isForbidden: boolean
}

function* walk(node: PlanNode, segments: readonly string[], position: Position): Generator<Placement> {
  const { path, isOpen } = position
  const opaqueAt = position.opaqueAt ?? (node.kind === 'branch' && node.isOpaque ? path : undefined)
  const here = { ...position, opaqueAt }
  const [segment] = segments
  if (node.kind === 'leaf' || segment === undefined) {
    if (node.kind === 'leaf' && segment === undefined) yield place(node, here, [], true)
    else if (isOpen) yield place(node, here, segments, false)
  } else if ('members' in node) {
    for (const member of node.members) yield* walk(member.branch, segments, here)
  } else {
    yield* walkObject(node, segments, segment, here)
  }
}

function* walkObject(
  branch: ObjectBranch,
  segments: readonly string[],
  segment: string,
  position: Position,
): Generator<Placement> {
  const entries = (branch.bySegment.get(segment) ?? []).filter(({ address }) => startsWith(segments, address))
  for (const { key, address, node } of entries) {
    const below = segments.slice(address.kind === 'below' ? address.segments.length : 0)
    yield* walk(node, below, { ...position, path: [...position.path, key], isOpen: false })
  }
  if (entries.length > 0 || branch.rest === undefined) return
  const isForbidden = position.isForbidden || isForbiddenSegment(segment)
  const next = { ...position, path: [...position.path, segment], isOpen: true, isForbidden }
  yield* walk(branch.rest, segments.slice(1), next)
}

function place(node: PlanNode, position: Position, below: readonly string[], isLeaf: boolean): Placement {
  const path = [...position.path, ...below]
  const isForbidden = position.isForbidden || below.some(isForbiddenSegment)
  return { path, outputPath: position.opaqueAt ?? position.path, node, isLeaf, isForbidden }
}

function startsWith(segments: readonly string[], address: Address): boolean {
  return address.kind === 'below' && address.segments.every((segment, index) => segments[index] === segment)
}
