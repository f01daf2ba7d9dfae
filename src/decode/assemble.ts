import { accepts } from '../schema/introspect.ts'
import { formatKey, type KeyPath, keyOf, type PlacedProblem } from '../schema/key-path.ts'
import type { Decoded, MaybePromise } from '../schema/leaf-decoders.ts'
import type { Branch, CombinedBranch, Leaf, ObjectBranch, PlanNode } from '../schema/plan.ts'
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
  const conflicts: PlacedProblem[] = []
  for (const key of stored) grow(root, key)
  findConflicts(root, conflicts)
  return { tree: root, conflicts }
}

/** Decodes a tree into the input of the schema. Never throws: text that does not decode stays text, for zod to reject. */
export async function assemble(root: Branch, tree: Tree): Promise<Assembled> {
  const faults: Faults = new Map()
  const value = await assembleBranch(root, tree, { path: [], faults, absent: [] })
  return { input: value === absent ? {} : value, faults }
}

interface GrowingTree extends Tree {
  stored?: StoredKey
  children: Map<string, GrowingTree>
}

// Shared by all leaves: a map for each would take most of the memory of the tree.
const childless: Map<string, GrowingTree> = new Map()

type Faults = Map<string, NonNullable<Decoded['fault']>>

/** The position in the plan and the tree. */
interface Scope {
  readonly path: KeyPath
  readonly faults: Faults
  /** The branches above for which nothing is stored. */
  readonly absent: readonly Branch[]
}

/** A key of an object. */
interface ScopedKey {
  readonly scope: Scope
  readonly key: string
}

const absent: unique symbol = Symbol('absent')

function grow(root: GrowingTree, key: StoredKey): void {
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
}

function findConflicts({ stored, children }: Tree, conflicts: PlacedProblem[]): void {
  if (children.size === 0) return
  const [child] = children.values()
  if (stored !== undefined && child !== undefined) {
    const names = [stored.winner.parameter, anyParameter(child)].join(', ')
    const detail = 'one of these parameters is below the other, so it cannot hold a value'
    const problem = { key: formatKey(stored.path), parameter: names, detail, remedy: 'rename or delete one of them' }
    conflicts.push({ path: stored.path, problem: { code: 'NAME_CONFLICT', ...problem } })
  }
  for (const tree of children.values()) findConflicts(tree, conflicts)
}

function anyParameter({ stored, children }: Tree): string {
  const [child] = children.values()
  return stored?.winner.parameter ?? (child === undefined ? '' : anyParameter(child))
}

async function assembleNode(branch: Branch, tree: Tree | undefined, scope: Scope): Promise<unknown> {
  if (tree?.stored !== undefined) return tree.children.size > 0 ? rawValue(tree) : tree.stored.winner.value
  if (tree !== undefined) return assembleBranch(branch, tree, scope)
  // An object that requires itself: no stored value can satisfy it.
  if (scope.absent.includes(branch)) return absent
  return assembleBranch(branch, undefined, { ...scope, absent: [...scope.absent, branch] })
}

function assembleLeaf({ decode }: Leaf, tree: Tree | undefined, { scope, key }: ScopedKey): MaybePromise<unknown> {
  if (tree === undefined) return absent
  if (tree.children.size > 0) return rawValue(tree)
  if (tree.stored === undefined) return absent
  const { value, type } = tree.stored.winner
  if (typeof value !== 'string') return value
  const decoded = decode(value, type === 'Secret' ? 'String' : type)
  const scoped = { scope, key }
  return decoded instanceof Promise ? decoded.then((result) => noteFault(result, scoped)) : noteFault(decoded, scoped)
}

function noteFault({ value, fault }: Decoded, { scope, key }: ScopedKey): unknown {
  if (fault !== undefined) scope.faults.set(keyOf([...scope.path, key]), fault)
  return value
}

// The names below a leaf of an open part stay an object, so that zod rejects it.
function rawValue({ stored, children }: Tree): unknown {
  if (children.size === 0) return stored?.winner.value
  return Object.fromEntries([...children].map(([key, child]) => [key, rawValue(child)]))
}

function assembleBranch(branch: Branch, tree: Tree | undefined, scope: Scope): Promise<unknown> {
  if (!('members' in branch)) return assembleObject(branch, tree, scope)
  return branch.mode === 'union' ? assembleUnion(branch, tree, scope) : assembleIntersection(branch, tree, scope)
}

async function assembleObject(branch: ObjectBranch, tree: Tree | undefined, scope: Scope): Promise<unknown> {
  const value: Record<string, unknown> = {}
  for (const [key, node, child] of childrenOf(branch, tree)) {
    const made =
      node.kind === 'leaf'
        ? assembleLeaf(node, child, { scope, key })
        : assembleNode(node, child, { ...scope, path: [...scope.path, key] })
    const part = made instanceof Promise ? await made : made
    if (part !== absent) value[key] = part
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
    const value = await assembleNode(member.branch, tree, { ...scope, faults })
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
    const value = await assembleNode(member.branch, tree, scope)
    merged = merged === absent ? value : mergeInputs(merged, value)
  }
  return merged
}

function isDiscriminated(
  { discriminator }: CombinedBranch,
  schema: CombinedBranch['members'][number]['schema'],
  value: unknown,
): boolean {
  if (discriminator === undefined || !isRecord(value)) return false
  const admitted = schema._zod.propValues?.[discriminator]
  return (admitted as ReadonlySet<unknown> | undefined)?.has(value[discriminator]) ?? false
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
