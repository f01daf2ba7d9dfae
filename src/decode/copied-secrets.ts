import { type KeyPath, PathMap } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import type { StoredKey } from './merge-layers.ts'

/**
 * The paths to which a check of the schema has copied a secret: `check()`, `refine()` and `superRefine()` may change the
 * object that they are given. If the search cannot be loaded, everything counts as secret.
 */
export async function copiedSecrets(
  plan: Plan,
  validated: { readonly value: unknown; readonly stored: ReadonlyMap<string, StoredKey> },
): Promise<KeyPath[]> {
  if (!plan.hasChecks || ![...validated.stored.values()].some(({ isSensitive }) => isSensitive)) return []
  const everything: KeyPath[] = [[]]
  const diagnostics = await import('../diagnostics/diagnostics.ts').catch(() => undefined)
  return diagnostics === undefined ? everything : diagnostics.findCopies(plan, validated)
}

/** The stored keys, with those as sensitive whose value in the configuration holds a copy. */
export function markCopies(
  stored: ReadonlyMap<string, StoredKey>,
  copies: readonly KeyPath[],
): ReadonlyMap<string, StoredKey> {
  if (copies.length === 0) return stored
  const places = new PathMap(copies.map((path) => [path, true] as const))
  const mark = (key: StoredKey) => (places.isAround(key.outputPath) ? { ...key, isSensitive: true } : key)
  return new Map([...stored].map(([id, key]) => [id, mark(key)] as const))
}
