import { createHash } from 'node:crypto'
import { formatKey, type KeyPath } from '../schema/key-path.ts'
import type { LayerValue, StoredKey } from '../schema/overlay.ts'
import { publish, seal } from './publish.ts'

/** A validated configuration, published as a whole. Frozen at every depth. */
export interface Snapshot<Value> {
  /** What the schema made of the stored parameters. */
  readonly value: Value
  /** Counts the snapshots of this live config, from 1. */
  readonly revision: number
  /** A hash of the names and versions of everything that went into it, and of no value. */
  readonly id: string
  /** When it was read, in milliseconds since the Unix epoch. */
  readonly loadedAt: number
  /** When it was last known to be what is stored, in milliseconds since the Unix epoch. */
  readonly verifiedAt: number
  /** Where it came from: `test` for a custom source. */
  readonly origin: 'remote' | 'test'
  /** One for each stored value that the schema uses. */
  readonly keys: readonly SnapshotKey[]
}

/** One version of a parameter or secret, without its value. */
export interface StoredVersion {
  /** The path it was found under, `overrides`, `secret`, or for a parameter with a name of its own that name. */
  readonly layer: string
  /** The parameter's full name, or the secret's. */
  readonly parameter: string
  readonly type: LayerValue['type']
  /** The version number of a parameter, the version id of a secret; empty for overrides. */
  readonly version: string
  /** When this version was written, in milliseconds since the Unix epoch. */
  readonly modifiedAt?: number
  /** The secret and its version id, where the parameter holds a reference to one. */
  readonly reference?: { readonly secret: string; readonly version: string }
}

/** Where the value of a key came from. */
export interface SnapshotKey extends StoredVersion {
  /** Such as `db.port`. */
  readonly key: string
  /** Whether it is shown as `[redacted]`. */
  readonly isSensitive: boolean
  /** The same key in earlier layers, the nearest first. */
  readonly overridden: readonly StoredVersion[]
}

/** A snapshot, and what is needed to tell the next one from it. */
export interface Published {
  readonly snapshot: Snapshot<unknown>
  readonly stored: readonly StoredKey[]
}

/** What a snapshot is made of. */
export interface SnapshotParts {
  readonly value: unknown
  readonly stored: readonly StoredKey[]
  readonly loadedAt: number
  readonly verifiedAt: number
  readonly origin: Snapshot<unknown>['origin']
  /** What it takes the place of. Whatever is the same in both stays the same object. */
  readonly previous: Published | undefined
}

export function makeSnapshot({ value, stored, loadedAt, verifiedAt, origin, previous }: SnapshotParts): Published {
  const before = previous && {
    value: previous.snapshot.value,
    sensitive: sensitivePaths(previous.stored),
    moved: movedPaths(previous.stored, stored),
  }
  const keys = stored.map(toKey).sort(byKey)
  const parts = {
    value: publish(value, sensitivePaths(stored), before),
    revision: (previous?.snapshot.revision ?? 0) + 1,
    id: identify(stored),
    loadedAt,
    verifiedAt,
    origin,
    keys: publish(keys, []) as readonly SnapshotKey[],
  }
  return { snapshot: seal(parts, wholePaths(stored)), stored }
}

/** The same, known to be right as of a later time. */
export function verify({ snapshot, stored }: Published, verifiedAt: number): Published {
  return { snapshot: seal({ ...snapshot, verifiedAt }, wholePaths(stored)), stored }
}

/** A hash of what went into a snapshot, by names and versions. */
export function identify(stored: readonly StoredKey[]): string {
  const tokens = stored.map(tokenOf).sort()
  return createHash('sha256').update(tokens.join('\n')).digest('hex')
}

/** A string that differs when the key is stored elsewhere, or in another version. */
export function tokenOf({ path, winner: { parameter, version, modifiedAt, reference } }: StoredKey): string {
  const token = [
    formatKey(path),
    parameter,
    version,
    modifiedAt ?? null,
    reference?.secret ?? null,
    reference?.version ?? null,
  ]
  return JSON.stringify(token)
}

function sensitivePaths(stored: readonly StoredKey[]): KeyPath[] {
  return stored.filter((key) => key.isSensitive).map(({ outputPath }) => outputPath)
}

// The value shows its own parts, and cannot show itself where it is no object.
function wholePaths(stored: readonly StoredKey[]): KeyPath[] {
  return sensitivePaths(stored).some((path) => path.length === 0) ? [['value']] : []
}

function movedPaths(before: readonly StoredKey[], after: readonly StoredKey[]): KeyPath[] {
  const known = new Set(before.map(tokenOf))
  const current = new Set(after.map(tokenOf))
  const gone = before.filter((key) => !current.has(tokenOf(key)))
  const come = after.filter((key) => !known.has(tokenOf(key)))
  return [...gone, ...come].map(({ outputPath }) => outputPath)
}

function byKey(left: SnapshotKey, right: SnapshotKey): number {
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0
}

function toKey({ path, isSensitive, winner, overridden }: StoredKey): SnapshotKey {
  return { key: formatKey(path), isSensitive, ...toVersion(winner), overridden: overridden.map(toVersion) }
}

function toVersion({ value: _, ...version }: LayerValue): StoredVersion {
  return version
}
