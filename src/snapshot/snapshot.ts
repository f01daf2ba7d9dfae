import { createHash } from 'node:crypto'
import { formatKey } from '../schema/key-path.ts'
import type { LayerValue, StoredKey } from '../schema/overlay.ts'
import { publish } from './publish.ts'

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

/** What a snapshot is made of. */
export interface SnapshotParts {
  readonly value: unknown
  readonly stored: readonly StoredKey[]
  readonly revision: number
  readonly loadedAt: number
  readonly origin: Snapshot<unknown>['origin']
}

export function makeSnapshot({ value, stored, revision, loadedAt, origin }: SnapshotParts): Snapshot<unknown> {
  const sensitive = stored.filter((key) => key.isSensitive).map(({ outputPath }) => ['value', ...outputPath])
  const keys = stored.map(toKey).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const parts = { value, revision, id: identify(keys), loadedAt, verifiedAt: loadedAt, origin, keys }
  return publish(parts, sensitive) as Snapshot<unknown>
}

function toKey({ path, isSensitive, winner, overridden }: StoredKey): SnapshotKey {
  return { key: formatKey(path), isSensitive, ...toVersion(winner), overridden: overridden.map(toVersion) }
}

function toVersion({ value: _, ...version }: LayerValue): StoredVersion {
  return version
}

function identify(keys: readonly SnapshotKey[]): string {
  const tokens = keys.map(({ key, parameter, version, modifiedAt, reference }) => {
    return [key, parameter, version, modifiedAt ?? null, reference?.version ?? null]
  })
  return createHash('sha256').update(JSON.stringify(tokens)).digest('hex')
}
