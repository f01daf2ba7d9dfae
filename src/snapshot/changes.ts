import type { Snapshot, SnapshotKey, StoredVersion } from './snapshot.ts'

/** A key whose stored value is another one, or another version of it. */
export interface KeyChange {
  /** Such as `db.port`. */
  readonly key: string
  readonly kind: 'added' | 'updated' | 'removed'
  /** What it was, without its value; absent for a key that was added. */
  readonly from?: StoredVersion
  /** What it is, without its value; absent for a key that was removed. */
  readonly to?: StoredVersion
  readonly isSensitive: boolean
}

/** What moved between two snapshots, in the order of the keys. */
export function changesBetween(previous: Snapshot<unknown>, current: Snapshot<unknown>): KeyChange[] {
  const before = new Map(previous.keys.map((key) => [key.key, key]))
  const after = new Map(current.keys.map((key) => [key.key, key]))
  const removed = previous.keys.filter(({ key }) => !after.has(key)).map((key) => toChange('removed', key, undefined))
  const others = current.keys.flatMap((key): KeyChange[] => {
    const known = before.get(key.key)
    if (known === undefined) return [toChange('added', undefined, key)]
    return isSameVersion(known, key) ? [] : [toChange('updated', known, key)]
  })
  return [...removed, ...others].sort((a, b) => (a.key < b.key ? -1 : 1))
}

function toChange(kind: KeyChange['kind'], from: SnapshotKey | undefined, to: SnapshotKey | undefined): KeyChange {
  return {
    key: (to ?? from)?.key ?? '',
    kind,
    ...(from !== undefined && { from: versionOf(from) }),
    ...(to !== undefined && { to: versionOf(to) }),
    isSensitive: from?.isSensitive === true || to?.isSensitive === true,
  }
}

function versionOf({ key: _, isSensitive: __, overridden: ___, ...version }: SnapshotKey): StoredVersion {
  return version
}

function isSameVersion(left: StoredVersion, right: StoredVersion): boolean {
  return (
    left.parameter === right.parameter &&
    left.version === right.version &&
    left.modifiedAt === right.modifiedAt &&
    left.reference?.secret === right.reference?.secret &&
    left.reference?.version === right.reference?.version
  )
}
