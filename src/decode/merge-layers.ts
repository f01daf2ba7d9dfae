import type { ReadFailure } from '../errors.ts'
import type { Outcome, ParameterType, Reading, StoredParameter, StoredSecret } from '../ports.ts'
import { formatKey, type KeyPath, type PlacedProblem } from '../schema/key-path.ts'
import type { Placement, PlanNode } from '../schema/plan.ts'
import type { PlannedHierarchy, PlannedRequest } from '../schema/read-request.ts'
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

/** The key of a value. */
export type ValuePlacement = Pick<Placement, 'id' | 'path' | 'outputPath' | 'node' | 'isLeaf'>

/** A value that overrides every layer. */
export interface OverrideValue {
  readonly placement: ValuePlacement
  readonly value: LayerValue
}

/** Merges the layers of a reading and the overrides: for each key, the last layer that has it wins. */
export function mergeLayers(
  planned: PlannedRequest,
  reading: Reading,
  overrides: readonly OverrideValue[],
): MergedLayers {
  const building = new Builder()
  for (const [index, hierarchy] of planned.hierarchies.entries()) {
    const outcome = reading.hierarchies[index]
    if (outcome === undefined) continue
    if (outcome.failure !== undefined) building.failPath(hierarchy.path, outcome.failure)
    else addHierarchy(hierarchy, outcome.parameters, building)
    for (const [name, failure] of outcome.failures) {
      for (const placement of hierarchy.placementsOf(name)) building.fail(placement, name, failure)
    }
  }
  for (const { name, layer, planned: leaf } of planned.names) {
    building.addOutcome(leaf, name, reading.names.get(name), (found) => fromParameter(found, layer, name))
  }
  for (const [index, { secret, leaves }] of planned.secrets.entries()) {
    const name = describeSecret(secret)
    for (const leaf of leaves) {
      building.addOutcome(leaf, name, reading.secrets[index], (found) => fromSecret(found, name))
    }
  }
  for (const { placement, value } of overrides) building.add(placement, value)
  return building.finish()
}

function addHierarchy(
  { path, placementsOf }: PlannedHierarchy,
  parameters: readonly StoredParameter[],
  building: Builder,
): void {
  for (const stored of parameters) {
    for (const placement of placementsOf(stored.name)) {
      if (placement.isForbidden) building.forbid(stored.name)
      else building.add(placement, fromParameter(stored, path))
    }
  }
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

class Builder {
  readonly #stored = new Map<string, StoredKey>()
  readonly #problems: PlacedProblem[] = []
  readonly #unreadable = new Map<string, PlacedProblem[]>()

  finish(): MergedLayers {
    return { stored: this.#stored, problems: [...this.#problems, ...[...this.#unreadable.values()].flat()] }
  }

  add({ id, path, outputPath, node, isLeaf }: ValuePlacement, winner: LayerValue): void {
    // The value overrides the unreadable one of an earlier layer.
    this.#unreadable.delete(id)
    const below = this.#stored.get(id)
    const isSensitive =
      below?.isSensitive === true || node.isSensitive || winner.type === 'SecureString' || winner.type === 'Secret'
    const overridden = below === undefined ? none : [below.winner, ...below.overridden]
    this.#stored.set(id, { path, outputPath, node, isLeaf, winner, overridden, isSensitive })
  }

  addOutcome<Found>(
    placement: ValuePlacement,
    name: string,
    outcome: Outcome<Found> | undefined,
    toValue: (found: Found) => LayerValue,
  ): void {
    if (outcome?.kind === 'found') this.add(placement, toValue(outcome.found))
    else if (outcome?.kind === 'failed') this.fail(placement, name, outcome.failure)
  }

  fail({ id, path }: Pick<ValuePlacement, 'id' | 'path'>, parameter: string, failure: ReadFailure): void {
    this.#unreadable.set(id, [...(this.#unreadable.get(id) ?? []), readProblem(failure, { path, parameter })])
  }

  failPath(parameter: string, failure: ReadFailure): void {
    this.#problems.push(readProblem(failure, { parameter }))
  }

  forbid(parameter: string): void {
    const detail = 'a segment of this name would reach into a prototype'
    const remedy = 'rename or delete the parameter'
    this.#problems.push({ problem: { code: 'FORBIDDEN_SEGMENT', parameter, detail, remedy } })
  }
}

const none: readonly LayerValue[] = Object.freeze([])

function fromParameter(stored: StoredParameter, layer: string, parameter: string = stored.name): LayerValue {
  const { type, dataType, version, modifiedAt, value } = stored
  return {
    layer,
    parameter,
    type,
    version: String(version),
    value,
    ...(dataType !== undefined && { dataType }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  }
}

function fromSecret({ versionId, modifiedAt, value }: StoredSecret, name: string): LayerValue {
  const when = modifiedAt === undefined ? {} : { modifiedAt }
  return { layer: 'secret', parameter: name, type: 'Secret', version: versionId, value, ...when }
}
