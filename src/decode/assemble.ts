import type { $ZodType } from 'zod/v4/core'
import { accepts } from '../schema/introspect.ts'
import { formatKey, keyOf, type PlacedProblem } from '../schema/key-path.ts'
import type { Branch, CombinedBranch, ObjectBranch, PlanNode } from '../schema/plan.ts'
import type { Decoded } from '../schema/plan-leaf.ts'
import type { StoredKey } from './merge-layers.ts'

/** Stored values, shaped like the configuration. */
export interface Tree {
  readonly stored?: StoredKey
  readonly children: ReadonlyMap<string, Tree>
}

/** The input for the schema, and the texts that did not decode. */
export interface Assembled {
  readonly input: unknown
  /** By `keyOf`. */
  readonly faults: ReadonlyMap<string, NonNullable<Decoded['fault']>>
}

/** Builds a tree of stored keys. */
export function buildTree(stored: Iterable<StoredKey>): {
  readonly tree: Tree
  readonly conflicts: readonly PlacedProblem[]
} {
  const root: GrowingTree = { children: new Map() }
  const nodes: GrowingTree[] = []
  for (const key of stored) {
    let node = root
    for (const part of key.path) {
      const segment = String(part)
      let next = node.children.get(segment)
      if (next === undefined) {
        next = { children: childless }
        if (node.children === childless) node.children = new Map()
        node.children.set(segment, next)
      }
      node = next
    }
    node.stored = key
    nodes.push(node)
  }
  return { tree: root, conflicts: nodes.flatMap(conflictsAt) }
}

/** Decodes a tree into the input of the schema. Never throws: text that does not decode stays text, for zod to reject. */
export async function assemble(root: Branch, tree: Tree): Promise<Assembled> {
  const faults: Faults = new Map()
  const value = await assembleBranch(root, tree, { faults, absent: [] })
  return { input: value === absent ? {} : value, faults }
}

interface GrowingTree extends Tree {
  stored?: StoredKey
  children: Map<string, GrowingTree>
}

// Shared by all leaves: a map for each would take most of the memory of the tree.
const childless: Map<string, GrowingTree> = new Map()

type Faults = Map<string, NonNullable<Decoded['fault']>>

interface Scope {
  readonly faults: Faults
  /** The branches above for which nothing is stored. */
  readonly absent: readonly Branch[]
}

const absent: unique symbol = Symbol('absent')

function conflictsAt({ stored, children }: Tree): PlacedProblem[] {
  const [child] = children.values()
  if (stored === undefined || child === undefined) return []
  const { path, winner } = stored
  const parameter = [winner.parameter, anyParameter(child)].join(', ')
  const detail = 'one of these parameters is below the other, so it cannot hold a value'
  const about = { key: formatKey(path), parameter, detail, remedy: 'rename or delete one of them' }
  return [{ path, problem: { code: 'NAME_CONFLICT', ...about } }]
}

function anyParameter({ stored, children }: Tree): string {
  const [child] = children.values()
  return stored?.winner.parameter ?? (child === undefined ? '' : anyParameter(child))
}

async function assembleBranch(branch: Branch, tree: Tree | undefined, scope: Scope): Promise<unknown> {
  if (tree?.stored !== undefined) return rawValue(tree)
  // An object that requires itself: no stored value can satisfy it.
  if (tree === undefined && scope.absent.includes(branch)) return absent
  const inside = tree === undefined ? { ...scope, absent: [...scope.absent, branch] } : scope
  if (!('members' in branch)) return assembleObject(branch, tree, inside)
  return branch.mode === 'union' ? assembleUnion(branch, tree, inside) : assembleIntersection(branch, tree, inside)
}

// The names below a leaf of an open part stay an object, so that zod rejects it.
function rawValue({ stored, children }: Tree): unknown {
  if (children.size === 0) return stored?.winner.value
  return Object.fromEntries([...children].map(([key, child]) => [key, rawValue(child)]))
}

async function assembleObject(branch: ObjectBranch, tree: Tree | undefined, scope: Scope): Promise<unknown> {
  const value: Record<string, unknown> = {}
  for (const [key, node, child] of childrenOf(branch, tree)) {
    if (node.kind === 'branch') {
      const part = await assembleBranch(node, child, scope)
      if (part !== absent) value[key] = part
      continue
    }
    if (child === undefined) continue
    const { stored, children } = child
    if (stored === undefined || children.size > 0 || typeof stored.winner.value !== 'string') {
      value[key] = rawValue(child)
      continue
    }
    const { value: text, type } = stored.winner
    const decoding = node.decode(text, type === 'Secret' ? 'String' : type)
    const decoded = decoding instanceof Promise ? await decoding : decoding
    if (decoded.fault !== undefined) scope.faults.set(keyOf(stored.path), decoded.fault)
    value[key] = decoded.value
  }
  return value
}

/** The children of an object: the stored ones, and required branches. */
function childrenOf(
  { entries, rest }: ObjectBranch,
  tree: Tree | undefined,
): readonly (readonly [key: string, node: PlanNode, tree: Tree | undefined])[] {
  const children: [string, PlanNode, Tree | undefined][] = []
  for (const [key, { node, mayBeAbsent }] of entries) {
    const child = tree?.children.get(key)
    if (child !== undefined || (node.kind === 'branch' && !mayBeAbsent)) children.push([key, node, child])
  }
  if (rest === undefined || tree === undefined) return children
  for (const [key, child] of tree.children) if (!entries.has(key)) children.push([key, rest, child])
  return children
}

async function assembleUnion(branch: CombinedBranch, tree: Tree | undefined, scope: Scope): Promise<unknown> {
  let fallback: { value: unknown; faults: Faults } | undefined
  for (const member of branch.members) {
    const faults: Faults = new Map()
    const value = await assembleBranch(member.branch, tree, { ...scope, faults })
    const isChosen = await accepts(member.schema, value)
    if (isChosen || fallback === undefined || isDiscriminated(branch, member.schema, value)) {
      fallback = { value, faults }
    }
    if (isChosen) break
  }
  for (const [key, fault] of fallback?.faults ?? []) scope.faults.set(key, fault)
  return fallback?.value ?? absent
}

async function assembleIntersection(branch: CombinedBranch, tree: Tree | undefined, scope: Scope): Promise<unknown> {
  let merged: unknown = absent
  for (const member of branch.members) {
    const value = await assembleBranch(member.branch, tree, scope)
    merged = merged === absent ? value : mergeInputs(merged, value)
  }
  return merged
}

function isDiscriminated({ discriminator }: CombinedBranch, schema: $ZodType, value: unknown): boolean {
  if (discriminator === undefined || !isRecord(value)) return false
  const admitted: ReadonlySet<unknown> | undefined = schema._zod.propValues?.[discriminator]
  return admitted?.has(value[discriminator]) ?? false
}

// Both sides may have a key. The value that one side decoded wins over the text that the other side kept.
function mergeInputs(left: unknown, right: unknown): unknown {
  if (!isRecord(left) || !isRecord(right)) return typeof left === 'string' ? right : left
  const merged = { ...left }
  for (const [key, value] of Object.entries(right)) {
    merged[key] = Object.hasOwn(merged, key) ? mergeInputs(merged[key], value) : value
  }
  return merged
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}
