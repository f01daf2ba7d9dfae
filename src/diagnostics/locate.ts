import type { $ZodType } from 'zod/v4/core'
import { peel } from '../schema/introspect.ts'
import { type KeyPath, toKeyPath } from '../schema/key-path.ts'
import { type Branch, type Leaf, type PlanNode, stepInto } from '../schema/plan.ts'
import { describeSchema } from './expectation.ts'

/** The place in the plan that a path of zod leads to. */
export interface Location {
  /** The path, with `*` for each key that could be part of a value. */
  readonly path: KeyPath
  /** The leaf that the path reaches or enters. */
  readonly leaf?: Leaf
  readonly leafPath?: KeyPath
  /** The expectation of the leaf as a whole. */
  readonly expected?: string
}

/**
 * Follows a path from the root, as far as the schema or the name of a parameter contains its keys. `isStored` returns
 * whether a parameter is stored at a path or below it.
 */
export function locate(root: Branch, path: readonly PropertyKey[], isStored: (path: KeyPath) => boolean): Location {
  let nodes: readonly PlanNode[] = [root]
  const known: (string | number)[] = []
  for (const [index, part] of path.entries()) {
    const leaf = nodes.find((node) => node.kind === 'leaf')
    if (leaf !== undefined) return insideLeaf(leaf, known, path.slice(index))
    const key = String(part)
    const next = nodes.flatMap((node) => stepInto(node, key))
    const isSafe = next.length > 0 && isKnown(nodes, key, isStored(toKeyPath(path.slice(0, index + 1))))
    nodes = next
    known.push(isSafe ? key : '*')
    if (!isSafe) return { path: known }
  }
  const leaves = nodes.filter((node) => node.kind === 'leaf')
  const [leaf] = leaves
  if (leaf === undefined) return { path: known }
  const expected = [...new Set(leaves.map(({ schema }) => describeSchema(schema)))].join(' or ')
  return { path: known, leaf, leafPath: known, expected }
}

// A check of the schema may put a value into the path of its issue.
function isKnown(nodes: readonly PlanNode[], key: string, isStored: boolean): boolean {
  return isStored || nodes.some((node) => node.kind === 'branch' && isNamed(node, key))
}

function isNamed(branch: Branch, key: string): boolean {
  if (!('members' in branch)) return branch.entries.has(key)
  return branch.members.some((member) => isNamed(member.branch, key))
}

function insideLeaf(leaf: Leaf, leafPath: KeyPath, inside: readonly PropertyKey[]): Location {
  let schemas: readonly $ZodType[] = [leaf.schema]
  const parts = inside.map((part) => {
    const declared = schemas.flatMap((schema) => declaredAt(schema, part))
    schemas = declared.map(({ schema }) => schema)
    return declared.some(({ isNamed }) => isNamed) ? (part as string | number) : '*'
  })
  return { path: [...leafPath, ...parts], leaf, leafPath }
}

/** The schemas for a key of a value, each with whether the outer schema names the key. */
export function declaredAt(schema: $ZodType, part: PropertyKey): { schema: $ZodType; isNamed: boolean }[] {
  const { def } = peel(schema)
  if (def.type === 'object') {
    const field = Object.hasOwn(def.shape, part) ? def.shape[String(part)] : undefined
    if (field !== undefined) return [{ schema: field, isNamed: true }]
    return def.catchall === undefined ? [] : [{ schema: def.catchall, isNamed: false }]
  }
  if (def.type === 'record') return [{ schema: def.valueType, isNamed: false }]
  if (def.type === 'union') return def.options.flatMap((option) => declaredAt(option, part))
  if (def.type === 'intersection') return [def.left, def.right].flatMap((side) => declaredAt(side, part))
  if (typeof part !== 'number') return []
  const item = def.type === 'array' ? def.element : def.type === 'tuple' ? (def.items[part] ?? def.rest) : undefined
  return item === null || item === undefined ? [] : [{ schema: item, isNamed: true }]
}

/** The value at a path of an issue in the input of the schema. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    return Reflect.get(value, part)
  }, input)
}
