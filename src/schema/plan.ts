import type { $ZodType } from 'zod/v4/core'
import type { SecretRequest } from '../ports.ts'
import { type KeyPath, keyOf } from './key-path.ts'
import { isForbiddenSegment } from './names.ts'
import type { Decode } from './plan-leaf.ts'

/** A part of the configuration: an object or record is a branch, everything else a leaf. */
export type PlanNode = Leaf | Branch

/** One parameter or secret. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly schema: $ZodType
  readonly decode: Decode
  /** Whether it or an ancestor is marked sensitive(). A stored SecureString is sensitive too. */
  readonly isSensitive: boolean
  /** Whether a stored reference to a secret is followed: only if the schema marks the leaf or an ancestor as sensitive. */
  readonly followsReferences: boolean
}

export type Branch = ObjectBranch | CombinedBranch

interface AnyBranch {
  readonly kind: 'branch'
  /** Whether the output may have another shape than the stored values, for example because of a transform. */
  readonly isOpaque: boolean
  /** Whether the output may also hold the stored values of other members. */
  readonly seesAll: boolean
  readonly isSensitive: boolean
}

/** An object or record: its keys are path segments. */
export interface ObjectBranch extends AnyBranch {
  readonly entries: ReadonlyMap<string, Entry>
  /** The entries that are stored below the branch, by their first segment. */
  readonly bySegment: ReadonlyMap<string, readonly Entry[]>
  /** The node of every other key, where the schema accepts other keys or must see them to reject them. */
  readonly rest?: PlanNode
  /** Whether every other key is a single value: the plan then covers no deeper names. */
  readonly isOneLevel: boolean
}

/** Several branches at one path: a union or an intersection. */
export interface CombinedBranch extends AnyBranch {
  readonly mode: 'union' | 'intersection'
  readonly members: readonly { readonly branch: Branch; readonly schema: $ZodType }[]
  /** The discriminator of a discriminated union. */
  readonly discriminator?: string
}

/** A key of a branch. */
export interface Entry {
  readonly key: string
  readonly address: Address
  readonly node: PlanNode
  readonly mayBeAbsent: boolean
}

/** The place where the value of a key is stored. */
export type Address =
  /** Below the path of the enclosing branch. */
  | { readonly kind: 'below'; readonly segments: readonly string[]; readonly isExplicit: boolean }
  /** Below the path of the enclosing branch, at a version or label. */
  | { readonly kind: 'selected'; readonly segments: readonly string[]; readonly selector: string }
  /** A full name or ARN, the same in every layer. */
  | { readonly kind: 'absolute'; readonly name: string }
  /** A separate path for everything below a branch, the same in every layer. */
  | { readonly kind: 'mount'; readonly path: string }
  | { readonly kind: 'secret'; readonly secret: SecretRequest }

/** A leaf that the schema names. */
export interface PlannedLeaf extends Placement {
  readonly node: Leaf
  readonly isLeaf: true
  readonly isForbidden: false
  /** The mounted path above it; `undefined` for the layers. */
  readonly mount: string | undefined
  /** From the layer's or the mount's path. Empty for absolute names and secrets. */
  readonly segments: readonly string[]
  readonly address: Exclude<Address, { kind: 'mount' }>
}

/** A path, and where it is stored. */
export type Place = Pick<PlannedLeaf, 'path' | 'mount' | 'segments'>

/** A part of the schema that does not name its keys. */
export interface OpenPart extends Place {
  /** Whether it covers only the names directly below it. */
  readonly isOneLevel: boolean
}

/** A branch that is stored under a separate path. */
export interface Mount {
  readonly path: KeyPath
  readonly parameterPath: string
  readonly branch: Branch
}

/** All parameters and secrets of a schema. */
export interface Plan {
  readonly root: Branch
  readonly leaves: readonly PlannedLeaf[]
  readonly byId: ReadonlyMap<string, PlannedLeaf>
  readonly open: readonly OpenPart[]
  readonly mounts: readonly Mount[]
  readonly sensitive: readonly SensitivePlace[]
  /** Whether a function of the user checks an object, and may change it. */
  readonly hasChecks: boolean
}

/** A leaf or branch that is marked sensitive(). */
export type SensitivePlace = Pick<Placement, 'id' | 'path' | 'outputPath' | 'isLeaf'>

/** The place of a stored name in the configuration. */
export interface Placement {
  /** The path, as a key of {@link keyOf}. */
  readonly id: string
  readonly path: KeyPath
  /** The path of the nearest value that is sure to hold the stored text: a transform above can move the text within it. */
  readonly outputPath: KeyPath
  readonly node: PlanNode
  /** Whether the name is the name of a leaf, and not a name below a leaf or of a branch of an open part. */
  readonly isLeaf: boolean
  readonly isForbidden: boolean
}

/** The path to a node. */
interface Trail {
  readonly path: KeyPath
  /** Whether the schema does not name the last key. */
  readonly isOpen: boolean
  readonly isForbidden: boolean
}

/** The places of a name below a branch's path; none if the plan does not cover it. */
export function placementsOf(
  root: Branch,
  names: readonly string[],
  start: { readonly path: KeyPath; readonly branch: Branch },
): readonly Placement[] {
  const found = new Map<string, Placement>()
  const visit = (node: PlanNode, depth: number, trail: Trail): void => {
    const isAtEnd = depth === names.length
    if (node.kind === 'leaf' || isAtEnd) {
      const isLeaf = node.kind === 'leaf' && isAtEnd
      if (isLeaf || trail.isOpen) place(node, depth, isLeaf, trail)
    } else if ('members' in node) for (const member of node.members) visit(member.branch, depth, trail)
    else visitObject(node, depth, trail)
  }
  const visitObject = ({ bySegment, rest, isOneLevel }: ObjectBranch, depth: number, { path, isForbidden }: Trail) => {
    const segment = names[depth] ?? ''
    let isNamed = false
    for (const { key, address, node } of bySegment.get(segment) ?? []) {
      const isMatch = address.kind === 'below' && address.segments.every((part, index) => names[depth + index] === part)
      if (!isMatch) continue
      isNamed = true
      visit(node, depth + address.segments.length, { path: [...path, key], isOpen: false, isForbidden })
    }
    if (isNamed || rest === undefined || (isOneLevel && depth + 1 < names.length)) return
    const isReserved = isForbidden || isForbiddenSegment(segment)
    visit(rest, depth + 1, { path: [...path, segment], isOpen: true, isForbidden: isReserved })
  }
  const place = (node: PlanNode, depth: number, isLeaf: boolean, trail: Trail) => {
    const below = names.slice(depth)
    const path = below.length === 0 ? trail.path : [...trail.path, ...below]
    const id = keyOf(path)
    const known = found.get(id)
    // Several members may have the same place. It is sensitive if one of them is.
    if (known !== undefined && (known.node.isSensitive || !node.isSensitive)) return
    const isForbidden = trail.isForbidden || below.some(isForbiddenSegment)
    found.set(id, { id, path, outputPath: outputPathOf(root, trail.path), node, isLeaf, isForbidden })
  }
  visit(start.branch, 0, { path: start.path, isOpen: false, isForbidden: false })
  return [...found.values()]
}

/**
 * The path of the nearest value that is sure to hold the value stored for a path. A transform above the path may move the
 * value anywhere below itself. Of several union members with the key, the outermost transform counts.
 */
export function outputPathOf(root: Branch, path: KeyPath): KeyPath {
  let node: PlanNode | undefined = root
  for (let depth = 0; depth < path.length && node !== undefined; depth++) {
    if (node.kind === 'leaf' || 'members' in node || node.isOpaque || node.seesAll) {
      return outputPathFrom(node, path, depth)
    }
    node = node.entries.get(String(path[depth]))?.node ?? node.rest
  }
  return path
}

function outputPathFrom(start: PlanNode, path: KeyPath, startDepth: number): KeyPath {
  let nodes: readonly PlanNode[] = [start]
  for (let depth = startDepth; depth < path.length; depth++) {
    const key = String(path[depth])
    if (nodes.some((node) => mayMove(node, key))) return path.slice(0, depth)
    nodes = nodes.flatMap((node) => stepInto(node, key))
  }
  return path
}

function mayMove(node: PlanNode, key: string): boolean {
  // For another member of the union, the value is a part of a single parameter.
  if (node.kind === 'leaf') return true
  if (node.seesAll || (node.isOpaque && stepInto(node, key).length > 0)) return true
  if (!('members' in node)) return false
  // Both sides of an intersection make one object.
  const isOneObject = node.mode === 'intersection'
  return node.members.some(({ branch }) => (isOneObject && isOpaque(branch)) || mayMove(branch, key))
}

function isOpaque(branch: Branch): boolean {
  return branch.isOpaque || ('members' in branch && branch.members.some((member) => isOpaque(member.branch)))
}

/** The nodes below a node for a key. */
export function stepInto(node: PlanNode, key: string): PlanNode[] {
  if (node.kind === 'leaf') return []
  if ('members' in node) return node.members.flatMap((member) => stepInto(member.branch, key))
  const next = node.entries.get(key)?.node ?? node.rest
  return next === undefined ? [] : [next]
}
