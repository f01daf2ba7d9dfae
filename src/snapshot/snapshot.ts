import { createHash } from 'node:crypto'
import type { StoredVersion } from '../decode/merge-layers.ts'
import { formatKey, type KeyPath, keyOf } from '../schema/key-path.ts'
import type { SensitivePlace } from '../schema/plan.ts'
import { differences, type StoredKeys, versionOf } from './diff.ts'
import { freeze, freezeShell, isPlain } from './freeze.ts'

/** A validated configuration, published as a whole and frozen at every depth. */
export interface Snapshot<Value> {
  /** The result of the schema for the stored parameters. */
  readonly value: Value
  /** The number of this snapshot in this live config, from 1. */
  readonly revision: number
  /** A hash of the names and versions of all stored values, and of no value. */
  readonly id: string
  /** When it was read, in milliseconds since the Unix epoch. */
  readonly loadedAt: number
  /** When a full reading last confirmed it, in milliseconds since the Unix epoch. */
  readonly verifiedAt: number
  /**
   * The origin of the values: `test` for a custom source. `remote`: AWS, read by this instance or, with a shared cache, by
   * another one. `backup` or `shared-cache`: AWS could not be read since the start, or was not read yet. `verifiedAt` is
   * always the time of the reading.
   */
  readonly origin: 'remote' | 'backup' | 'shared-cache' | 'test'
  /** One entry for each stored value that the schema uses. */
  readonly keys: readonly SnapshotKey[]
}

/** The stored version that a key has its value from. */
export interface SnapshotKey extends StoredVersion {
  /** Such as `db.port`. */
  readonly key: string
  /** Whether its value is shown as `[redacted]`. */
  readonly isSensitive: boolean
  /** The versions in earlier layers, the nearest layer first. */
  readonly overridden: readonly StoredVersion[]
}

/** A snapshot, with the stored keys that the next one is compared with. */
export interface Published {
  readonly snapshot: Snapshot<unknown>
  readonly stored: StoredKeys
  /** The paths of the sensitive values. */
  readonly sensitive: readonly KeyPath[]
  /** The parts of the snapshot that are made on first use. */
  readonly details: { keys?: readonly SnapshotKey[]; id?: string }
}

/** The input of {@link makeSnapshot}. */
export interface SnapshotParts extends Pick<Snapshot<unknown>, 'value' | 'loadedAt' | 'verifiedAt' | 'origin'> {
  readonly stored: StoredKeys
  /** The places that the schema marks, with or without a stored value. */
  readonly sensitive: readonly SensitivePlace[]
  /** The paths to which checks of the schema copied a secret. */
  readonly copies: readonly KeyPath[]
  /** The snapshot before it. Equal parts stay the same objects. */
  readonly previous: Published | undefined
}

export function makeSnapshot(parts: SnapshotParts): Published {
  const { value, stored, copies, loadedAt, verifiedAt, origin, previous } = parts
  const sensitive = [...sensitivePaths(parts), ...copies]
  const before = previous && {
    value: previous.snapshot.value,
    sensitive: previous.sensitive,
    moved: [...differences(previous.stored, stored)].map(({ latest }) => latest.outputPath),
  }
  const revision = (previous?.snapshot.revision ?? 0) + 1
  const own = { value: freeze(value, sensitive, before), revision, loadedAt, verifiedAt, origin }
  return present(own, { stored, sensitive, details: {} })
}

/** The same snapshot, confirmed at another time. */
export function verify(
  { snapshot, ...rest }: Published,
  verifiedAt: number,
  origin: Snapshot<unknown>['origin'],
): Published {
  const { value, revision, loadedAt } = snapshot
  return present({ value, revision, loadedAt, verifiedAt, origin }, rest)
}

/** Whether the stored keys are those of the snapshot in use. */
export function isServed(stored: StoredKeys, served: Published | undefined): boolean {
  return served !== undefined && differences(served.stored, stored).next().done === true
}

/** Whether a value holds sensitive parts and cannot redact them, because it is not a plain object or array. */
export function cannotRedact(value: unknown, sensitive: readonly KeyPath[]): boolean {
  return sensitive.length > 0 && !isPlain(value)
}

function present(own: Omit<Snapshot<unknown>, 'keys' | 'id'>, rest: Omit<Published, 'snapshot'>): Published {
  const { sensitive, stored, details } = rest
  const keys = () => {
    details.keys ??= keysOf(stored)
    return details.keys
  }
  const id = () => {
    details.id ??= identify(stored)
    return details.id
  }
  const parts = Object.defineProperties(
    { ...own, id: '', keys: [] },
    { id: { get: id, enumerable: true }, keys: { get: keys, enumerable: true } },
  )
  return { ...rest, snapshot: freezeShell(parts, { value: cannotRedact(own.value, sensitive) }) }
}

function keysOf(stored: StoredKeys): readonly SnapshotKey[] {
  const keys = [...stored.values()].map(({ path, isSensitive, winner, overridden }): SnapshotKey => {
    const others = Object.freeze(overridden.map((value) => Object.freeze(versionOf(value))))
    return Object.freeze({ key: formatKey(path), isSensitive, ...versionOf(winner), overridden: others })
  })
  return Object.freeze(keys.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0)))
}

function identify(stored: StoredKeys): string {
  const tokens = [...stored].map(([id, { winner }]) => {
    const { parameter, version, modifiedAt = '', reference } = winner
    const target = reference === undefined ? '' : `\t${reference.secret}\t${reference.version}`
    return `${id}\t${parameter}\t${version}\t${modifiedAt}${target}`
  })
  return createHash('sha256').update(tokens.sort().join('\n')).digest('hex')
}

/** The paths of stored secrets, and of places that are marked sensitive() and have their default. */
function sensitivePaths({ stored, sensitive: places }: SnapshotParts): KeyPath[] {
  const paths: KeyPath[] = []
  for (const { isSensitive, outputPath } of stored.values()) if (isSensitive) paths.push(outputPath)
  const absent = places.filter(({ id }) => !stored.has(id))
  // The paths at and above stored values.
  const filled = new Set<string>()
  const mayBeFilled = absent.some(({ isLeaf }) => !isLeaf)
  for (const { path } of mayBeFilled ? stored.values() : []) {
    for (let length = path.length; length >= 0; length--) {
      const { size } = filled
      // An earlier path has added everything above.
      if (filled.add(keyOf(path.slice(0, length))).size === size) break
    }
  }
  for (const { id, outputPath } of absent) if (!filled.has(id)) paths.push(outputPath)
  return paths
}
