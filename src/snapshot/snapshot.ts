import { createHash } from 'node:crypto'
import type { LayerValue, StoredKey, StoredVersion } from '../decode/merge-layers.ts'
import { formatKey, type KeyPath, PathMap } from '../schema/key-path.ts'
import type { SensitivePlace } from '../schema/plan.ts'
import { isSameContent } from './equal.ts'
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
  /** The origin of the values: `test` for a custom source. */
  readonly origin: 'remote' | 'test'
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
  readonly details: Details
}

interface Details {
  keys(): Snapshot<unknown>['keys']
  id(): string
}

/** By `keyOf`. */
export type StoredKeys = ReadonlyMap<string, StoredKey>

/** The input of {@link makeSnapshot}. */
export interface SnapshotParts {
  readonly value: unknown
  readonly stored: StoredKeys
  /** The places that the schema marks, with or without a stored value. */
  readonly sensitive: readonly SensitivePlace[]
  /** The paths to which checks of the schema copied a secret. */
  readonly copies: readonly KeyPath[]
  readonly loadedAt: number
  readonly verifiedAt: number
  readonly origin: Snapshot<unknown>['origin']
  /** The snapshot before it. Equal parts stay the same objects. */
  readonly previous: Published | undefined
}

export function makeSnapshot({
  value,
  stored,
  sensitive: places,
  copies,
  previous,
  ...parts
}: SnapshotParts): Published {
  const before = previous && {
    value: previous.snapshot.value,
    sensitive: previous.sensitive,
    moved: movedPaths(previous.stored, stored),
  }
  const sensitive = [...storedSecrets(stored), ...defaultedSecrets(places, stored), ...copies]
  const frozen = freeze(value, sensitive, before)
  const revision = (previous?.snapshot.revision ?? 0) + 1
  const details = { keys: once(() => keysOf(stored)), id: once(() => identify(stored)) }
  const rest = { stored, sensitive, details }
  return { snapshot: present({ ...parts, value: frozen, revision }, rest), ...rest }
}

/** The same snapshot, confirmed at a later time. */
export function verify({ snapshot, ...rest }: Published, verifiedAt: number): Published {
  const { value, revision, loadedAt, origin } = snapshot
  return { snapshot: present({ value, revision, loadedAt, verifiedAt, origin }, rest), ...rest }
}

/** Whether the key has the same parameter, version and reference. */
export function isSameVersion({ winner: left }: StoredKey, { winner: right }: StoredKey): boolean {
  return (
    left.parameter === right.parameter &&
    left.version === right.version &&
    left.modifiedAt === right.modifiedAt &&
    left.reference?.secret === right.reference?.secret &&
    left.reference?.version === right.reference?.version &&
    isSameContent(left.value, right.value)
  )
}

/** Whether the stored keys are those of the snapshot in use. */
export function isServed(stored: StoredKeys, served: Published | undefined): boolean {
  if (stored.size !== served?.stored.size) return false
  for (const [id, key] of stored) {
    const known = served.stored.get(id)
    if (known === undefined || !isSameVersion(known, key)) return false
  }
  return true
}

/** The version of a layer's value, without the value. */
export function versionOf({ value: _, ...version }: LayerValue): StoredVersion {
  return version
}

function present(
  parts: Omit<Snapshot<unknown>, 'keys' | 'id'>,
  { sensitive, details: { keys, id } }: Omit<Published, 'snapshot'>,
): Snapshot<unknown> {
  const snapshot = Object.defineProperties(
    { ...parts, id: '', keys: [] },
    { id: { get: id, enumerable: true }, keys: { get: keys, enumerable: true } },
  )
  return freezeShell(snapshot, { value: cannotRedact(parts.value, sensitive) })
}

function identify(stored: StoredKeys): string {
  const tokens = [...stored].map(([id, { winner }]) => {
    const { parameter, version, modifiedAt = '', reference } = winner
    const target = reference === undefined ? '' : `\t${reference.secret}\t${reference.version}`
    return `${id}\t${parameter}\t${version}\t${modifiedAt}${target}`
  })
  return createHash('sha256').update(tokens.sort().join('\n')).digest('hex')
}

function storedSecrets(stored: StoredKeys): KeyPath[] {
  const paths: KeyPath[] = []
  for (const { isSensitive, outputPath } of stored.values()) if (isSensitive) paths.push(outputPath)
  return paths
}

// A place that is marked sensitive() and has no stored value has its default.
function defaultedSecrets(places: readonly SensitivePlace[], stored: StoredKeys): KeyPath[] {
  const absent = places.filter(({ id }) => !stored.has(id))
  if (!absent.some(({ isLeaf }) => !isLeaf)) return absent.map(({ outputPath }) => outputPath)
  const filled = new PathMap([...stored.values()].map(({ path }) => [path, true] as const))
  return absent.filter(({ path }) => filled.firstWithin(path) === undefined).map(({ outputPath }) => outputPath)
}

/** Whether a value holds sensitive parts and cannot redact them, because it is not a plain object or array. */
export function cannotRedact(value: unknown, sensitive: readonly KeyPath[]): boolean {
  return sensitive.length > 0 && !isPlain(value)
}

function movedPaths(before: StoredKeys, after: StoredKeys): KeyPath[] {
  const moved: KeyPath[] = []
  for (const [id, key] of after) {
    const known = before.get(id)
    if (known === undefined || !isSameVersion(known, key)) moved.push(key.outputPath)
  }
  for (const [id, key] of before) if (!after.has(id)) moved.push(key.outputPath)
  return moved
}

function keysOf(stored: StoredKeys): readonly SnapshotKey[] {
  return Object.freeze([...stored.values()].map(toKey).sort(byKey))
}

function byKey(left: SnapshotKey, right: SnapshotKey): number {
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0
}

function toKey({ path, isSensitive, winner, overridden }: StoredKey): SnapshotKey {
  const others = Object.freeze(overridden.map((value) => Object.freeze(versionOf(value))))
  return Object.freeze({ key: formatKey(path), isSensitive, ...versionOf(winner), overridden: others })
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
