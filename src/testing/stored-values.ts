import { isDeepStrictEqual } from 'node:util'
import type { SecretRequest } from '../ports.ts'
import { joinName } from '../schema/naming.ts'
import type { Address, Branch, Leaf, PlanNode } from '../schema/plan.ts'

/** A value as it would be stored. */
export type StoredValue =
  | { readonly kind: 'parameter'; readonly name: string; readonly text: string }
  | { readonly kind: 'secret'; readonly secret: SecretRequest; readonly content: string | Uint8Array }

/** Turns what goes into a schema into what would be stored for it, below a path. */
export async function storedValues(root: Branch, path: string, values: unknown): Promise<StoredValue[]> {
  const stored: StoredValue[] = []
  await walk(root, { kind: 'below', path }, values, stored)
  return stored
}

type Place =
  | { readonly kind: 'below'; readonly path: string }
  | { readonly kind: 'secret'; readonly secret: SecretRequest }

async function walk(node: PlanNode, place: Place, value: unknown, stored: StoredValue[]): Promise<void> {
  if (value === undefined) return
  if (node.kind === 'leaf') {
    stored.push(await store(node, place, value))
    return
  }
  if ('members' in node) {
    for (const { branch } of node.members) await walk(branch, place, value, stored)
    return
  }
  if (place.kind === 'secret' || typeof value !== 'object' || value === null) return
  for (const [key, child] of Object.entries(value)) {
    const entry = node.entries.get(key)
    const next = entry?.node ?? node.rest
    if (next !== undefined) await walk(next, placeOf(entry?.address, place.path, key), child, stored)
  }
}

function placeOf(address: Address | undefined, path: string, key: string): Place {
  if (address === undefined) return { kind: 'below', path: joinName(path, [key]) }
  if (address.kind === 'secret') return { kind: 'secret', secret: address.secret }
  if (address.kind === 'absolute') return { kind: 'below', path: address.name }
  if (address.kind === 'mount') return { kind: 'below', path: address.path }
  return { kind: 'below', path: joinName(path, address.segments) }
}

async function store(leaf: Leaf, place: Place, value: unknown): Promise<StoredValue> {
  if (place.kind === 'below') return { kind: 'parameter', name: place.path, text: await encode(leaf, value) }
  const content = value instanceof Uint8Array ? value : await encode(leaf, value)
  return { kind: 'secret', secret: place.secret, content }
}

// Whichever text the leaf takes for this value.
async function encode({ decode }: Leaf, value: unknown): Promise<string> {
  const text = value instanceof Date ? value.toISOString() : String(value)
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) return JSON.stringify(value)
  const isRight = async (candidate: string) => {
    const decoded = await decode(candidate, 'String')
    return decoded.fault === undefined && isDeepStrictEqual(decoded.value, value)
  }
  if (typeof value === 'bigint' || value instanceof Date || (await isRight(text))) return text
  const quoted = JSON.stringify(value)
  // What is coerced is another value than what goes in: text is then what is stored.
  return typeof value === 'string' && !(await isRight(quoted)) ? text : quoted
}
