import type { StoredKey } from '../decode/merge-layers.ts'
import type { KeyPath } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import { PathMap } from './path-map.ts'
import { type KnownConfig, partsOf, SecretTexts } from './secret-texts.ts'

/**
 * The paths to which a check of the schema has copied a secret, and the stored keys, with those as sensitive whose value
 * holds a copy. A copy is a value that contains the whole secret, as it is or in URL, Base64 or hexadecimal encoding.
 */
export function findCopies(
  plan: Plan,
  { value, stored }: KnownConfig,
): { readonly copies: readonly KeyPath[]; readonly stored: ReadonlyMap<string, StoredKey> } {
  const copies = new CopySearch(plan, { value, stored }).find(value)
  if (copies.length === 0) return { copies, stored }
  const places = new PathMap(copies.map((path) => [path, true] as const))
  const marked = new Map(stored)
  for (const [id, key] of stored) if (places.isAround(key.outputPath)) marked.set(id, { ...key, isSensitive: true })
  return { copies, stored: marked }
}

class CopySearch {
  readonly #texts: SecretTexts
  readonly #secret: PathMap<true>
  readonly #known: PathMap<true>
  /** The stored texts that are not sensitive: they are not copies. */
  readonly #plain: ReadonlySet<unknown>
  readonly #copies: KeyPath[] = []
  readonly #ancestors = new Set<object>()

  constructor(plan: Plan, { value, stored }: KnownConfig) {
    const keys = [...stored.values()]
    const places = (list: readonly { readonly outputPath: KeyPath }[]) =>
      new PathMap(list.map(({ outputPath }) => [outputPath, true] as const))
    this.#texts = new SecretTexts(plan, [{ stored, value }])
    this.#secret = places([...keys.filter(({ isSensitive }) => isSensitive), ...plan.sensitive])
    this.#known = places([...keys, ...plan.leaves])
    this.#plain = new Set(keys.flatMap(({ isSensitive, winner }) => (isSensitive ? [] : [winner.value])))
  }

  find(value: unknown): KeyPath[] {
    this.#visit(value, [])
    return this.#copies
  }

  #visit(value: unknown, path: KeyPath): void {
    if (this.#secret.isBelowOne(path)) return
    if (typeof value !== 'object' || value === null) {
      if (['string', 'number', 'bigint'].includes(typeof value) && this.#isCopy(String(value))) this.#copies.push(path)
    } else if (value instanceof URL || value instanceof Uint8Array) {
      if (this.#isCopy(value instanceof URL ? value.href : Buffer.from(value).toString())) this.#copies.push(path)
    } else if (!this.#ancestors.has(value)) {
      this.#ancestors.add(value)
      for (const [key, part] of partsOf(value)) this.#visitPart(key, part, path)
      this.#ancestors.delete(value)
    }
  }

  #visitPart(key: string | number, part: unknown, path: KeyPath): void {
    const inner = [...path, key]
    // A key cannot be redacted, so the object around it is.
    if (!this.#known.isAround(inner) && this.#isCopy(String(key))) this.#copies.push(path)
    else this.#visit(part, inner)
  }

  #isCopy(text: string): boolean {
    return !this.#plain.has(text) && this.#texts.isContainedIn(text)
  }
}
