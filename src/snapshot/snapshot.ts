import { createHash } from 'node:crypto'
import type { LayerValue, StoredKey } from '../decode/merge-layers.ts'
import type { ParameterType } from '../ports.ts'
import { formatKey, type KeyPath } from '../schema/key-path.ts'
import { PathMap } from '../schema/path-map.ts'
import type { MarkedPlace } from '../schema/plan.ts'
import { isSameContent } from '../schema/same-content.ts'
import { freeze, freezeShell, isPlain } from './freeze.ts'

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
  /** What it is stored as; `Override` for the option `overrides`. */
  readonly type: ParameterType | 'Secret' | 'Override'
  /** The data type it was put with, such as `text`, `integer` or `aws:ec2:image`, where AWS sends one. */
  readonly dataType?: string
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
  readonly stored: StoredKeys
  /** The places in the value that are not shown. */
  readonly sensitive: readonly KeyPath[]
  /** Of the snapshot, what few ever look at: made when somebody does. */
  readonly details: Details
}

interface Details {
  keys(): Snapshot<unknown>['keys']
  id(): string
}

/** By `keyOf`. */
export type StoredKeys = ReadonlyMap<string, StoredKey>

/** What a snapshot is made of. */
export interface SnapshotParts {
  readonly value: unknown
  readonly stored: StoredKeys
  /** What the schema marks, stored or not. */
  readonly marked: readonly MarkedPlace[]
  /** Where checks of the schema have copied secrets to. */
  readonly copies: readonly KeyPath[]
  readonly loadedAt: number
  readonly verifiedAt: number
  readonly origin: Snapshot<unknown>['origin']
  /** What it takes the place of. Whatever is the same in both stays the same object. */
  readonly previous: Published | undefined
}

export function makeSnapshot({ value, stored, marked, copies, previous, ...parts }: SnapshotParts): Published {
  const before = previous && {
    value: previous.snapshot.value,
    sensitive: previous.sensitive,
    moved: movedPaths(previous.stored, stored),
  }
  const sensitive = [...storedSecrets(stored), ...defaultedSecrets(marked, stored), ...copies]
  const published = freeze(value, sensitive, before)
  const revision = (previous?.snapshot.revision ?? 0) + 1
  const details = { keys: once(() => keysOf(stored)), id: once(() => identify(stored)) }
  const rest = { stored, sensitive, details }
  return { snapshot: present({ ...parts, value: published, revision }, rest), ...rest }
}

/** The same, known to be right as of a later time. */
export function verify({ snapshot, ...rest }: Published, verifiedAt: number): Published {
  const { value, revision, loadedAt, origin } = snapshot
  return { snapshot: present({ value, revision, loadedAt, verifiedAt, origin }, rest), ...rest }
}

/** Whether the key is stored in the same place and in the same version. */
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

/** Whether what is stored is what is served. */
export function isServed(stored: StoredKeys, served: Published | undefined): boolean {
  if (stored.size !== served?.stored.size) return false
  for (const [id, key] of stored) {
    const known = served.stored.get(id)
    if (known === undefined || !isSameVersion(known, key)) return false
  }
  return true
}

/** A value of some layer, without the value. */
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

// A hash of what went into a snapshot, by names and versions.
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

// What is marked sensitive() and not stored has its default.
function defaultedSecrets(marked: readonly MarkedPlace[], stored: StoredKeys): KeyPath[] {
  const absent = marked.filter(({ id }) => !stored.has(id))
  if (!absent.some(({ isLeaf }) => !isLeaf)) return absent.map(({ outputPath }) => outputPath)
  const filled = new PathMap([...stored.values()].map(({ path }) => [path, true] as const))
  return absent.filter(({ path }) => filled.firstWithin(path) === undefined).map(({ outputPath }) => outputPath)
}

/** Whether a value holds something sensitive and is no plain object or array: only those redact their parts. */
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
