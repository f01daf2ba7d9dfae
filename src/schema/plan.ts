import type { $ZodType } from 'zod/v4/core'
import type { SecretRequest } from '../ports.ts'
import { type KeyPath, keyOf } from './key-path.ts'
import type { Decode } from './leaf-decoders.ts'
import { isForbiddenSegment } from './naming.ts'

/** What a configuration consists of: an object or record is a branch, everything else a leaf. */
export type PlanNode = Leaf | Branch

/** One parameter or secret. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly schema: $ZodType
  readonly decode: Decode
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
  /** Whether such keys are single values: what is stored deeper than right below is then none of the plan's. */
  readonly isOneLevel: boolean
  /** Whether what comes out may be shaped unlike what is stored: a transform around it, say. */
  readonly isOpaque: boolean
  /** Whether what comes out may hold what is stored for other members, too. */
  readonly seesAll: boolean
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
  readonly seesAll: boolean
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

/** A leaf that the schema names, and so the place of its value. */
export interface PlannedLeaf extends Placement {
  readonly node: Leaf
  readonly isLeaf: true
  readonly isForbidden: false
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
  /** Whether only what is stored right below it counts. */
  readonly isOneLevel: boolean
}

/** A branch that lives under a path of its own. */
export interface Mount {
  readonly path: KeyPath
  readonly parameterPath: string
  readonly branch: Branch
}

/** Everything that a schema asks for. */
export interface Plan {
  readonly root: Branch
  readonly leaves: readonly PlannedLeaf[]
  readonly byId: ReadonlyMap<string, PlannedLeaf>
  readonly open: readonly OpenPart[]
  readonly mounts: readonly Mount[]
  readonly marked: readonly MarkedPlace[]
  /** Whether a function of the user's checks an object, and may change it. */
  readonly hasChecks: boolean
}

/** A leaf or branch that is marked sensitive(). */
export type MarkedPlace = Pick<Placement, 'id' | 'path' | 'outputPath' | 'isLeaf'>

/** Where in the configuration a stored name belongs. */
export interface Placement {
  /** The path as of {@link keyOf}. */
  readonly id: string
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
  root: Branch,
  segments: readonly string[],
  start: { readonly path: KeyPath; readonly branch: Branch } = { path: [], branch: root },
): readonly Placement[] {
  const walk = new Walk(root, segments, start.path)
  walk.visit(start.branch, 0, { isOpen: false, isForbidden: false })
  return walk.found.length < 2 ? walk.found : withoutRepetition(walk.found)
}

/**
 * The place of the nearest value that shows what is stored for a path. A transform above the path may move it anywhere
 * below itself; of members that share the key, the transform that is highest up counts.
 */
export function outputPathOf(root: Branch, path: KeyPath): KeyPath {
  let node: PlanNode | undefined = root
  for (let depth = 0; depth < path.length; depth++) {
    if (node === undefined) return path
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
  // For another member, the value is a part of a single parameter.
  if (node.kind === 'leaf') return true
  if (node.seesAll || (node.isOpaque && stepInto(node, key).length > 0)) return true
  if (!('members' in node)) return false
  const branches = node.members.map(({ branch }) => branch)
  // The sides of an intersection end up in one object.
  if (node.mode === 'intersection' && branches.some(isOpaque)) return true
  return branches.some((branch) => mayMove(branch, key))
}

function isOpaque(branch: Branch): boolean {
  return branch.isOpaque || ('members' in branch && branch.members.some((member) => isOpaque(member.branch)))
}

/** What the plan has below a node for a key. */
export function stepInto(node: PlanNode, key: string): PlanNode[] {
  if (node.kind === 'leaf') return []
  if ('members' in node) return node.members.flatMap((member) => stepInto(member.branch, key))
  const next = node.entries.get(key)?.node ?? node.rest
  return next === undefined ? [] : [next]
}

/** What is known of the way that leads to a node. */
interface Trail {
  /** Whether the last step was into a key that the schema does not name. */
  readonly isOpen: boolean
  readonly isForbidden: boolean
}

class Walk {
  readonly found: Placement[] = []
  readonly #root: Branch
  readonly #segments: readonly string[]
  /** The path to where the walk is now. */
  readonly #path: (string | number)[]

  constructor(root: Branch, segments: readonly string[], path: KeyPath) {
    this.#root = root
    this.#segments = segments
    this.#path = [...path]
  }

  visit(node: PlanNode, depth: number, trail: Trail): void {
    const isAtEnd = depth === this.#segments.length
    if (node.kind === 'leaf' && isAtEnd) this.#place(node, depth, trail, true)
    else if (node.kind === 'leaf' || isAtEnd) {
      if (trail.isOpen) this.#place(node, depth, trail, false)
    } else if ('members' in node) for (const member of node.members) this.visit(member.branch, depth, trail)
    else this.#visitObject(node, depth, trail)
  }

  #visitObject(branch: ObjectBranch, depth: number, trail: Trail): void {
    const segment = this.#segments[depth] ?? ''
    let isNamed = false
    for (const { key, address, node } of branch.bySegment.get(segment) ?? []) {
      if (address.kind !== 'below' || !this.#goesBy(address.segments, depth)) continue
      isNamed = true
      const next = trail.isOpen ? { ...trail, isOpen: false } : trail
      this.#step(key, node, depth + address.segments.length, next)
    }
    if (isNamed || branch.rest === undefined) return
    if (branch.isOneLevel && depth + 1 < this.#segments.length) return
    const isForbidden = trail.isForbidden || isForbiddenSegment(segment)
    this.#step(segment, branch.rest, depth + 1, { ...trail, isOpen: true, isForbidden })
  }

  #step(key: string, node: PlanNode, depth: number, trail: Trail): void {
    this.#path.push(key)
    this.visit(node, depth, trail)
    this.#path.pop()
  }

  #goesBy(segments: readonly string[], depth: number): boolean {
    return segments.every((segment, index) => this.#segments[depth + index] === segment)
  }

  #place(node: PlanNode, depth: number, trail: Trail, isLeaf: boolean): void {
    const at = [...this.#path]
    const below = this.#segments.slice(depth)
    const path = below.length === 0 ? at : [...at, ...below]
    const isForbidden = trail.isForbidden || below.some(isForbiddenSegment)
    const outputPath = outputPathOf(this.#root, at)
    this.found.push({ id: keyOf(path), path, outputPath, node, isLeaf, isForbidden })
  }
}

// Of several members that know one place, the one that is sensitive says how it is treated.
function withoutRepetition(found: readonly Placement[]): Placement[] {
  const placements = new Map<string, Placement>()
  for (const placement of found) {
    const known = placements.get(placement.id)
    const isStricter = known === undefined || (placement.node.isSensitive && !known.node.isSensitive)
    if (isStricter) placements.set(placement.id, placement)
  }
  return [...placements.values()]
}
