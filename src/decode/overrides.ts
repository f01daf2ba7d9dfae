import type { Problem } from '../errors.ts'
import { nearest } from '../messages/nearest.ts'
import { formatKey, type KeyPath, keyOf } from '../schema/key-path.ts'
import { isForbiddenSegment, spell } from '../schema/names.ts'
import { type Branch, outputPathOf, type Placement, type Plan, type PlanNode, stepInto } from '../schema/plan.ts'
import type { OverrideValue } from './merge-layers.ts'

/** Stored text by key. */
interface Tree {
  readonly [key: string]: string | Tree
}

/** Overrides with their keys, and the problems of the others. */
export interface PlacedOverrides {
  readonly values: readonly OverrideValue[]
  readonly problems: readonly Problem[]
}

/** Environment variables with their keys. */
export interface PlacedEnvironment {
  readonly values: readonly OverrideValue[]
  readonly unknown: readonly string[]
  readonly empty: readonly string[]
}

/** Finds the keys of plain overrides. */
export function placeOverrides(plan: Plan, overrides: Tree): PlacedOverrides {
  const values: OverrideValue[] = []
  const problems: Problem[] = []
  const place = (tree: unknown, path: readonly string[]): void => {
    const key = `overrides.${formatKey(path)}`
    const placement = placementAt(plan.root, path)
    if (typeof tree !== 'object' || tree === null) {
      const isSafe = !path.some(isForbiddenSegment)
      const isText = typeof tree === 'string'
      if (isSafe && isText && placement?.isLeaf === true) values.push(overrideAt(placement, key, tree))
      else problems.push({ code: 'INVALID_OPTION', key, ...whyRefused(plan, path, placement, isText) })
      return
    }
    // The overrides of a definition may not be enumerable.
    for (const part of Object.getOwnPropertyNames(tree)) {
      const value: unknown = Reflect.get(tree, part)
      if (value !== undefined) place(value, [...path, part])
    }
  }
  place(overrides, [])
  return { values, problems }
}

/**
 * Finds the keys of environment variables. `unknown` are the variables with the prefix that match no key. `empty` are the
 * variables without text, which tools set for values that they lack: they override nothing, because Parameter Store stores
 * no empty text.
 */
export function placeEnvironment(
  plan: Plan,
  prefix: string,
  environment: Readonly<Record<string, string | undefined>>,
): PlacedEnvironment {
  const byVariable = new Map(plan.leaves.map(({ path }) => [variableOf(prefix, path), path]))
  const values: OverrideValue[] = []
  const unknown: string[] = []
  const empty: string[] = []
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith(prefix)) continue
    const path = byVariable.get(variable) ?? openPathOf(plan, prefix, variable)
    const placement = path === undefined ? undefined : placementAt(plan.root, path)
    if (placement === undefined) unknown.push(variable)
    else if (text === '') empty.push(variable)
    else values.push(overrideAt(placement, variable, text))
  }
  return { values, unknown, empty }
}

function overrideAt(placement: Placement, parameter: string, value: string): OverrideValue {
  return { placement, value: { layer: 'overrides', parameter, type: 'Override', version: '', value } }
}

function whyRefused(
  plan: Plan,
  path: readonly string[],
  placement: Placement | undefined,
  isText: boolean,
): Pick<Problem, 'detail' | 'remedy'> {
  if (path.some(isForbiddenSegment)) {
    return { detail: 'this key would reach into a prototype', remedy: 'choose another key' }
  }
  if (placement === undefined) {
    const keys = plan.leaves.map((leaf) => formatKey(leaf.path))
    const close = nearest(formatKey(path), keys)
    const guess = close === undefined ? 'leave it out' : `did you mean ${close}?`
    const isDotted = keys.includes(path.join('.'))
    const remedy = isDotted ? 'nest it: { db: { host } } instead of { "db.host" }' : guess
    return { detail: 'the schema has no such key', remedy }
  }
  return isText
    ? { detail: 'the schema has an object here', remedy: 'override its keys' }
    : { detail: 'an override is the text that would be stored', remedy: 'write it as a string' }
}

function placementAt(root: Branch, path: readonly (string | number)[]): Placement | undefined {
  let nodes: PlanNode[] = [root]
  for (const key of path) {
    const next = nodes.flatMap((node) => stepInto(node, String(key)))
    if (next.length === 0) return undefined
    nodes = next
  }
  const node = nodes.find((candidate) => candidate.isSensitive) ?? nodes[0]
  if (node === undefined) return undefined
  const isLeaf = node.kind === 'leaf'
  return { id: keyOf(path), path, outputPath: outputPathOf(root, path), node, isLeaf, isForbidden: false }
}

/** The name of the environment variable of a key. */
export function variableOf(prefix: string, path: KeyPath): string {
  return `${prefix}${path.map((key) => spell(String(key), 'snake_case').toUpperCase()).join('__')}`
}

function openPathOf(plan: Plan, prefix: string, variable: string): string[] | undefined {
  for (const { path } of plan.open) {
    const start = path.length === 0 ? prefix : `${variableOf(prefix, path)}__`
    if (!variable.startsWith(start)) continue
    const keys = variable.slice(start.length).split('__')
    if (keys.every((key) => key !== '' && !isForbiddenSegment(key))) return [...path.map(String), ...keys]
  }
  return undefined
}
