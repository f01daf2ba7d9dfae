import { nearest } from '../messages/nearest.ts'
import { printable } from '../messages/printable.ts'
import type { PlannedCall } from '../ports.ts'
import { formatKey } from '../schema/key-path.ts'
import type { Plan, PlannedLeaf } from '../schema/plan.ts'
import { candidateNames, type Layers } from '../schema/read-request.ts'
import { describeSecret } from '../schema/secret-id.ts'
import type { Snapshot, SnapshotKey } from './snapshot.ts'

/** The parameter, layer and version of each value, and the AWS calls that read them. Holds no value. */
export interface ConfigExplanation {
  /** The layers that are read. A later layer overrides an earlier one. */
  readonly paths: readonly string[]
  /** Stored values that are in use. */
  readonly keys: readonly SnapshotKey[]
  /** Keys of the schema without a stored value. They are absent, or have their default. */
  readonly absent: readonly AbsentKey[]
  /** The AWS calls of one reading. Empty for a custom source. */
  readonly calls: readonly PlannedCall[]
  /** The warnings so far, one line each. */
  readonly warnings: readonly string[]
}

/** A key without a stored value. */
export interface AbsentKey {
  /** Such as `db.port`. */
  readonly key: string
  /** The names that are read for it. The first stored one wins. */
  readonly names: readonly string[]
  /** Set if its default is never shown, because the key is marked `sensitive()` or holds a secret. */
  readonly isSensitive?: true
}

/** The input of {@link explain}. */
export interface ExplanationParts extends Pick<ConfigExplanation, 'calls' | 'warnings'> {
  readonly snapshot: Snapshot<unknown> | undefined
  readonly plan: Plan
  readonly layers: Layers
}

/**
 * Explains all keys, or only `key`, such as `db.port`, and the keys below it.
 *
 * @throws TypeError if neither the schema nor the snapshot has the key.
 */
export function explain(
  { snapshot, plan, layers, calls, warnings }: ExplanationParts,
  key?: string,
): ConfigExplanation {
  const stored = snapshot?.keys ?? []
  const known = new Set(stored.map((entry) => entry.key))
  const unstored = plan.leaves.map((leaf) => absentKey(leaf, layers)).filter((entry) => !known.has(entry.key))
  const isMeant = (entry: { readonly key: string }) =>
    key === undefined || entry.key === key || entry.key.startsWith(`${key}.`) || entry.key.startsWith(`${key}[`)
  const keys = stored.filter(isMeant)
  const absent = unstored.filter(isMeant)
  if (key !== undefined && keys.length + absent.length === 0) {
    const close = nearest(key, [...known, ...unstored.map((entry) => entry.key)])
    const hint = close === undefined ? '' : `: did you mean ${JSON.stringify(close)}?`
    throw new TypeError(printable(`explain(): there is no key ${JSON.stringify(key)}${hint}`))
  }
  return { paths: layers.paths, keys, absent, calls, warnings }
}

function absentKey(leaf: PlannedLeaf, layers: Layers): AbsentKey {
  const { path, node, address } = leaf
  const names = address.kind === 'secret' ? [describeSecret(address.secret)] : candidateNames(leaf, layers)
  const isSensitive = node.isSensitive || address.kind === 'secret'
  return { key: formatKey(path), names, ...(isSensitive && { isSensitive }) }
}
