import { nearest } from '../messages/nearest.ts'
import { printable } from '../messages/printable.ts'
import type { PlannedCall } from '../ports.ts'
import { formatKey } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import { candidateNames, type Layers } from '../schema/read-request.ts'
import { describeSecret } from '../schema/secret-id.ts'
import type { Snapshot, SnapshotKey } from './snapshot.ts'

/** Where every value came from and what is called to read it; never a value. */
export interface ConfigExplanation {
  /** The layers that are read. A later layer overrides an earlier one. */
  readonly paths: readonly string[]
  /** Stored values that are in use. */
  readonly keys: readonly SnapshotKey[]
  /** Keys of the schema for which nothing is stored: they are absent, or have their default. */
  readonly absent: readonly AbsentKey[]
  /** The AWS calls that one reading makes; a custom source has none. */
  readonly calls: readonly PlannedCall[]
  /** What was noticed on the way, one line each. */
  readonly warnings: readonly string[]
}

/** A key for which nothing is stored. */
export interface AbsentKey {
  /** Such as `db.port`. */
  readonly key: string
  /** The names it is looked for under; the first one found wins. */
  readonly names: readonly string[]
  /** Set where its default is never shown: the key is marked `sensitive()`, or holds a secret. */
  readonly isSensitive?: true
}

/** What an explanation is made of. */
export interface ExplanationParts {
  readonly snapshot: Snapshot<unknown> | undefined
  readonly plan: Plan
  readonly layers: Layers
  readonly calls: readonly PlannedCall[]
  readonly warnings: readonly string[]
}

/**
 * @param key Only this key, such as `db.port`, and what lies below it.
 * @throws TypeError when neither the schema nor the snapshot has the key.
 */
export function explain(parts: ExplanationParts, key?: string): ConfigExplanation {
  const stored = parts.snapshot?.keys ?? []
  const known = new Set(stored.map((entry) => entry.key))
  const absent = parts.plan.leaves.map((leaf) => absentKey(leaf, parts.layers)).filter((entry) => !known.has(entry.key))
  const isMeant = (entry: { readonly key: string }) => key === undefined || isAtOrBelow(entry.key, key)
  const explanation = { keys: stored.filter(isMeant), absent: absent.filter(isMeant) }
  if (key !== undefined && explanation.keys.length + explanation.absent.length === 0) {
    const close = nearest(key, [...known, ...absent.map((entry) => entry.key)])
    const hint = close === undefined ? '' : `: did you mean ${JSON.stringify(close)}?`
    throw new TypeError(printable(`explain(): there is no key ${JSON.stringify(key)}${hint}`))
  }
  return { paths: parts.layers.paths, ...explanation, calls: parts.calls, warnings: parts.warnings }
}

function absentKey(leaf: Plan['leaves'][number], layers: Layers): AbsentKey {
  const isSensitive = leaf.node.isSensitive || leaf.address.kind === 'secret'
  return { key: formatKey(leaf.path), names: namesOf(leaf, layers), ...(isSensitive && { isSensitive }) }
}

function namesOf(leaf: Plan['leaves'][number], layers: Layers): string[] {
  const { address } = leaf
  return address.kind === 'secret' ? [describeSecret(address.secret)] : candidateNames(leaf, layers)
}

function isAtOrBelow(key: string, ancestor: string): boolean {
  return key === ancestor || key.startsWith(`${ancestor}.`) || key.startsWith(`${ancestor}[`)
}
