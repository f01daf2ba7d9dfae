import { isDeepStrictEqual } from 'node:util'
import { checkArguments, checkName, someObject } from '../messages/check-arguments.ts'
import { nearest } from '../messages/nearest.ts'
import type { SecretRequest } from '../ports.ts'
import { formatKey } from '../schema/key-path.ts'
import { joinName, splitSelector } from '../schema/names.ts'
import { type Address, type Branch, type Leaf, type Plan, type PlanNode, stepInto } from '../schema/plan.ts'
import type { MemorySource } from './memory-source.ts'

/** A definition, and the store that contents are checked against. */
export interface ContentsRules {
  readonly plan: Plan
  /** The path of values. */
  readonly path: string
  readonly storedSecrets: ReadonlySet<string>
}

const caller = 'createTestConfig()'

const checks = { values: someObject, parameters: someObject, secrets: someObject }

/** @throws TypeError that names an entry that the definition would never read. */
export function checkContents(
  contents: {
    readonly values?: unknown
    readonly parameters?: Readonly<Record<string, unknown>>
    readonly secrets?: Readonly<Record<string, unknown>>
  },
  rules: ContentsRules,
): void {
  checkArguments(caller, contents, checks)
  const { values, parameters = {}, secrets = {} } = contents
  checkKeys([rules.plan.root], values, [])
  for (const name of Object.keys(parameters)) checkParameter(name, rules)
  const planned = rules.plan.leaves.flatMap(({ address }) => (address.kind === 'secret' ? address.secret.id : []))
  for (const id of Object.keys(secrets)) {
    // A stored reference may name any other secret.
    const suggestion = planned.includes(id) ? undefined : nearest(id, planned)
    const isMissing = suggestion !== undefined && !(suggestion in secrets) && !rules.storedSecrets.has(suggestion)
    if (isMissing) throw new TypeError(`${caller}: the schema has no secret ${id}: did you mean ${suggestion}?`)
  }
}

function checkKeys(nodes: readonly PlanNode[], value: unknown, path: readonly string[]): void {
  if (value === undefined || nodes.some(({ kind }) => kind === 'leaf')) return
  const keyOf = (...keys: readonly string[]) => formatKey(['values', ...path, ...keys])
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${caller}: ${keyOf()} must be an object, as in the schema`)
  }
  for (const [key, child] of Object.entries(value)) {
    const next = nodes.flatMap((node) => stepInto(node, key))
    if (next.length === 0) {
      const valid = nodes.flatMap(keysOf).map((other) => keyOf(other))
      checkName(caller, 'key', keyOf(key), valid)
    }
    checkKeys(next, child, [...path, key])
  }
}

function keysOf(node: PlanNode): string[] {
  if (node.kind === 'leaf') return []
  return 'members' in node ? node.members.flatMap(({ branch }) => keysOf(branch)) : [...node.entries.keys()]
}

function checkParameter(name: string, { plan, path }: ContentsRules): void {
  if (/^(\/|arn:)/.test(name)) return
  const isNamed = ({ address }: Plan['leaves'][number]) =>
    address.kind === 'absolute' && splitSelector(address.name).name === name
  if (plan.leaves.some(isNamed)) return
  throw new TypeError(`${caller}: parameters need full names: did you mean ${joinName(path, name.split('/'))}?`)
}

type Place =
  | { readonly kind: 'below'; readonly path: string }
  | { readonly kind: 'secret'; readonly secret: SecretRequest }

/** Stores the input of a schema as the parameters and secrets that hold it. */
export async function storeValues(store: MemorySource, root: Branch, path: string, values: unknown): Promise<void> {
  await storeNode(store, root, { kind: 'below', path }, values)
}

async function storeNode(store: MemorySource, node: PlanNode, place: Place, value: unknown): Promise<void> {
  if (value === undefined) return
  if (node.kind === 'leaf') {
    if (place.kind === 'below') store.put(place.path, await encode(node, value))
    else store.putSecret(place.secret.id, value instanceof Uint8Array ? value : await encode(node, value))
    return
  }
  if ('members' in node) {
    for (const { branch } of node.members) await storeNode(store, branch, place, value)
    return
  }
  if (place.kind === 'secret' || typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    const entry = node.entries.get(key)
    const next = entry?.node ?? node.rest
    if (next !== undefined) await storeNode(store, next, placeOf(entry?.address, place.path, key), child)
  }
}

function placeOf(address: Address | undefined, path: string, key: string): Place {
  if (address === undefined) return { kind: 'below', path: joinName(path, [key]) }
  if (address.kind === 'secret') return { kind: 'secret', secret: address.secret }
  if (address.kind === 'absolute') return { kind: 'below', path: address.name }
  if (address.kind === 'mount') return { kind: 'below', path: address.path }
  return { kind: 'below', path: joinName(path, address.segments) }
}

// Finds the text that the leaf decodes to the value: plain text, or JSON.
async function encode({ decode }: Leaf, value: unknown): Promise<string> {
  const text = value instanceof Date ? value.toISOString() : String(value)
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) return JSON.stringify(value)
  const isMatch = async (candidate: string) => {
    const decoded = await decode(candidate, 'String')
    return decoded.fault === undefined && isDeepStrictEqual(decoded.value, value)
  }
  if (typeof value === 'bigint' || value instanceof Date || (await isMatch(text))) return text
  const json = JSON.stringify(value)
  // A coerced leaf decodes neither text nor JSON to its input.
  return typeof value === 'string' && !(await isMatch(json)) ? text : json
}
