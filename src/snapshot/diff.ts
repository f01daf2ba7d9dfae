import type { LayerValue, StoredKey, StoredVersion } from '../decode/merge-layers.ts'
import { formatKey } from '../schema/key-path.ts'
import { isPlain } from './freeze.ts'

/** By `keyOf`. */
export type StoredKeys = ReadonlyMap<string, StoredKey>

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
  for (const { before, after, latest } of differences(previous, current)) {
    const change: KeyChange = {
      key: formatKey(latest.path),
      kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'updated',
      ...(before !== undefined && { from: Object.freeze(versionOf(before.winner)) }),
      ...(after !== undefined && { to: Object.freeze(versionOf(after.winner)) }),
      isSensitive: before?.isSensitive === true || after?.isSensitive === true,
    }
    changes.push(Object.freeze(change))
  }
  return Object.freeze(changes.sort((a, b) => (a.key < b.key ? -1 : 1)))
}

/** A key whose parameter, version, reference or value differs. */
export interface Difference {
  readonly before: StoredKey | undefined
  readonly after: StoredKey | undefined
  /** The key as it is, or as it was before it was removed. */
  readonly latest: StoredKey
}

/** The stored keys that differ. */
export function* differences(previous: StoredKeys, current: StoredKeys): Generator<Difference, void> {
  for (const [id, before] of previous) {
    const after = current.get(id)
    if (after === undefined || !isSameVersion(before.winner, after.winner)) {
      yield { before, after, latest: after ?? before }
    }
  }
  for (const [id, after] of current) if (!previous.has(id)) yield { before: undefined, after, latest: after }
}

function isSameVersion(left: LayerValue, right: LayerValue): boolean {
  return (
    left.parameter === right.parameter &&
    left.version === right.version &&
    left.modifiedAt === right.modifiedAt &&
    left.reference?.secret === right.reference?.secret &&
    left.reference?.version === right.reference?.version &&
    isSameContent(left.value, right.value)
  )
}

/** The version of a layer's value, without the value. */
export function versionOf({ value: _, ...version }: LayerValue): StoredVersion {
  return version
}

/** Whether two stored values are equal. An endpoint that sends no version ids or dates gives two versions the same token. */
export function isSameContent(left: string | Uint8Array, right: string | Uint8Array): boolean {
  if (left === right || typeof left === 'string' || typeof right === 'string') return left === right
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

/** Whether two values are the same, or plain objects or arrays with the same contents. */
export function isSameData(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (!isPlain(left) || !isPlain(right)) return false
  if (Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && isSameData(Reflect.get(left, key), Reflect.get(right, key)))
}
