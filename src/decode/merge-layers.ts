import type { ReadFailure } from '../errors.ts'
import type { ParameterType, Reading, StoredParameter, StoredSecret } from '../ports.ts'
import { formatKey, type KeyPath, type PlacedProblem } from '../schema/key-path.ts'
import type { Placement, PlanNode } from '../schema/plan.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { describeSecret } from '../schema/secret-id.ts'

/** One version of a parameter or secret, without its value. */
export interface StoredVersion {
  /** The path of the layer, `overrides`, `secret`, or the name of a parameter that the schema names in full. */
  readonly layer: string
  /** The full name of the parameter, or the name of the secret. */
  readonly parameter: string
  /** The parameter type; `Override` for the option `overrides`. */
  readonly type: ParameterType | 'Secret' | 'Override'
  /** The data type, such as `text`, `integer` or `aws:ec2:image`, if AWS sends one. */
  readonly dataType?: string
  /** The version number of a parameter, the version id of a secret; empty for overrides. */
  readonly version: string
  /** When this version was written, in milliseconds since the Unix epoch. */
  readonly modifiedAt?: number
  /** The secret and its version id, if the parameter holds a reference to a secret. */
  readonly reference?: { readonly secret: string; readonly version: string }
}

/** A value of one layer: of the secret, if the stored text refers to one. */
export interface LayerValue extends StoredVersion {
  readonly value: string | Uint8Array
}

/** The values of one key in all layers. */
export interface StoredKey {
  readonly path: KeyPath
  readonly outputPath: KeyPath
  readonly node: PlanNode
  /** Whether the schema has a leaf here. */
  readonly isLeaf: boolean
  readonly winner: LayerValue
  /** The values that the winner overrides, the nearest layer first. */
  readonly overridden: readonly LayerValue[]
  readonly isSensitive: boolean
}

/** A reading, by key. */
export interface MergedLayers {
  readonly stored: ReadonlyMap<string, StoredKey>
  /** The values that could not be read or resolved, and the names that cannot become keys. */
  readonly problems: readonly PlacedProblem[]
}

/** A value that overrides every layer. */
export interface OverrideValue {
  readonly placement: Placement
  readonly value: LayerValue
}

/** Merges the layers of a reading and the overrides: for each key, the last layer that has it wins. */
export function mergeLayers(
  planned: PlannedRequest,
  reading: Reading,
  overrides: readonly OverrideValue[],
): MergedLayers {
  const merging: Merging = { stored: new Map(), unreadable: new Map() }
  const problems: PlacedProblem[] = []
  for (const [index, { path, placementsOf }] of planned.hierarchies.entries()) {
    const outcome = reading.hierarchies[index]
    if (outcome === undefined) continue
    if (outcome.failure !== undefined) problems.push(readProblem(outcome.failure, { parameter: path }))
    for (const found of outcome.failure === undefined ? outcome.parameters : []) {
      for (const placement of placementsOf(found.name)) {
        if (placement.isForbidden) problems.push({ problem: { ...forbidden, parameter: found.name } })
        else add(merging, placement, fromParameter(found, path))
      }
    }
    for (const [name, failure] of outcome.failures) {
      for (const placement of placementsOf(name)) fail(merging, placement, name, failure)
    }
  }
  for (const { name, layer, planned: leaf } of planned.names) {
    const outcome = reading.names.get(name)
    if (outcome?.kind === 'found') add(merging, leaf, fromParameter(outcome.found, layer, name))
    else if (outcome?.kind === 'failed') fail(merging, leaf, name, outcome.failure)
  }
  for (const [index, { secret, leaves }] of planned.secrets.entries()) {
    const outcome = reading.secrets[index]
    const name = describeSecret(secret)
    for (const leaf of leaves) {
      if (outcome?.kind === 'found') add(merging, leaf, fromSecret(outcome.found, name))
      else if (outcome?.kind === 'failed') fail(merging, leaf, name, outcome.failure)
    }
  }
  for (const { placement, value } of overrides) add(merging, placement, value)
  return { stored: merging.stored, problems: [...problems, ...[...merging.unreadable.values()].flat()] }
}

/** The problem of a value that could not be read. */
export function readProblem(
  failure: ReadFailure,
  { path, parameter }: { readonly path?: KeyPath; readonly parameter: string },
): PlacedProblem {
  const { isTransient: _, cause: __, ...problem } = failure
  if (path === undefined) return { problem: { ...problem, parameter }, failure }
  return { path, problem: { ...problem, parameter, key: formatKey(path) }, failure }
}

interface Merging {
  readonly stored: Map<string, StoredKey>
  readonly unreadable: Map<string, PlacedProblem[]>
}

function add({ stored, unreadable }: Merging, placement: Placement, winner: LayerValue): void {
  const { id, path, outputPath, node, isLeaf } = placement
  // The value overrides the unreadable one of an earlier layer.
  unreadable.delete(id)
  const below = stored.get(id)
  const isSensitive =
    below?.isSensitive === true || node.isSensitive || winner.type === 'SecureString' || winner.type === 'Secret'
  const overridden = below === undefined ? none : [below.winner, ...below.overridden]
  stored.set(id, { path, outputPath, node, isLeaf, winner, overridden, isSensitive })
}

function fail({ unreadable }: Merging, { id, path }: Placement, parameter: string, failure: ReadFailure): void {
  unreadable.set(id, [...(unreadable.get(id) ?? []), readProblem(failure, { path, parameter })])
}

const forbidden = {
  code: 'FORBIDDEN_SEGMENT',
  detail: 'a segment of this name would reach into a prototype',
  remedy: 'rename or delete the parameter',
} as const

const none: readonly LayerValue[] = Object.freeze([])

function fromParameter(stored: StoredParameter, layer: string, parameter: string = stored.name): LayerValue {
  const { type, dataType, version, modifiedAt, value } = stored
  const optional = { ...(dataType !== undefined && { dataType }), ...(modifiedAt !== undefined && { modifiedAt }) }
  return { layer, parameter, type, version: String(version), value, ...optional }
}

function fromSecret({ versionId, modifiedAt, value }: StoredSecret, name: string): LayerValue {
  const when = modifiedAt === undefined ? {} : { modifiedAt }
  return { layer: 'secret', parameter: name, type: 'Secret', version: versionId, value, ...when }
}
