import type { StoredKey, StoredVersion } from '../decode/merge-layers.ts'
import { formatKey } from '../schema/key-path.ts'
import { isSameVersion, type StoredKeys, versionOf } from './snapshot.ts'

/** A key with another stored value or version. */
export interface KeyChange {
  /** Such as `db.port`. */
  readonly key: string
  /** How the key changed. */
  readonly kind: 'added' | 'updated' | 'removed'
  /** The previous version, without its value. Absent for a key that was added. */
  readonly from?: StoredVersion
  /** The current version, without its value. Absent for a key that was removed. */
  readonly to?: StoredVersion
  /** Whether its value is shown as `[redacted]`. */
  readonly isSensitive: boolean
}

/** The changes between two snapshots, sorted by key. */
export function changesBetween(previous: StoredKeys, current: StoredKeys): readonly KeyChange[] {
  const changes: KeyChange[] = []
  for (const [id, from] of previous) if (!current.has(id)) changes.push(toChange('removed', from, undefined))
  for (const [id, to] of current) {
    const from = previous.get(id)
    if (from === undefined) changes.push(toChange('added', undefined, to))
    else if (!isSameVersion(from, to)) changes.push(toChange('updated', from, to))
  }
  return Object.freeze(changes.sort((a, b) => (a.key < b.key ? -1 : 1)))
}

function toChange(kind: KeyChange['kind'], from: StoredKey | undefined, to: StoredKey | undefined): KeyChange {
  return Object.freeze({
    key: formatKey((to ?? from)?.path ?? []),
    kind,
    ...(from !== undefined && { from: Object.freeze(versionOf(from.winner)) }),
    ...(to !== undefined && { to: Object.freeze(versionOf(to.winner)) }),
    isSensitive: from?.isSensitive === true || to?.isSensitive === true,
  })
}
