import type { StoredKey } from '../decode/merge-layers.ts'
import type { KeyPath } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import { pathSet } from './path-map.ts'
import { type KnownConfig, partsOf, SecretTexts } from './secret-texts.ts'

/**
 * The paths to which a check of the schema has copied a secret, and the stored keys, with those as sensitive whose value
 * holds a copy. A copy is a value that contains the whole secret, as it is or in URL, Base64 or hexadecimal encoding.
 */
export function findCopies(
  plan: Plan,
  { value, stored }: KnownConfig,
): { readonly copies: readonly KeyPath[]; readonly stored: ReadonlyMap<string, StoredKey> } {
  const copies = searchCopies(plan, { value, stored })
  if (copies.length === 0) return { copies, stored }
  const places = pathSet(copies)
  const marked = new Map(stored)
  for (const [id, key] of stored) if (places.isAround(key.outputPath)) marked.set(id, { ...key, isSensitive: true })
  return { copies, stored: marked }
}

function searchCopies(plan: Plan, { value, stored }: KnownConfig): KeyPath[] {
  const keys = [...stored.values()]
  const placesOf = (list: readonly { readonly outputPath: KeyPath }[]) => pathSet(list.map((key) => key.outputPath))
  const texts = new SecretTexts(plan, [{ stored, value }])
  const secret = placesOf([...keys.filter(({ isSensitive }) => isSensitive), ...plan.sensitive])
  const known = placesOf([...keys, ...plan.leaves])
  // The stored texts that are not sensitive: they are not copies.
  const plain = new Set<unknown>(keys.flatMap(({ isSensitive, winner }) => (isSensitive ? [] : [winner.value])))
  const copies: KeyPath[] = []
  const ancestors = new Set<object>()
  const isCopy = (text: string) => !plain.has(text) && texts.isContainedIn(text)
  const visit = (part: unknown, path: KeyPath): void => {
    if (secret.isBelowOne(path)) return
    if (typeof part !== 'object' || part === null) {
      if (['string', 'number', 'bigint'].includes(typeof part) && isCopy(String(part))) copies.push(path)
    } else if (part instanceof URL || part instanceof Uint8Array) {
      if (isCopy(part instanceof URL ? part.href : Buffer.from(part).toString())) copies.push(path)
    } else if (!ancestors.has(part)) {
      ancestors.add(part)
      for (const [key, inner] of partsOf(part)) {
        const innerPath = [...path, key]
        // A key cannot be redacted, so the object around it is.
        if (!known.isAround(innerPath) && isCopy(String(key))) copies.push(path)
        else visit(inner, innerPath)
      }
      ancestors.delete(part)
    }
  }
  visit(value, [])
  return copies
}
