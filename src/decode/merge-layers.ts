import type { Problem, ReadFailure } from '../errors.ts'
import type { Outcome, ParameterType, Reading, StoredParameter, StoredSecret } from '../ports.ts'
import { formatKey, type KeyPath } from '../schema/key-path.ts'
import type { Placement, PlanNode } from '../schema/plan.ts'
import type { PlannedHierarchy, PlannedRequest } from '../schema/read-request.ts'
import { describeSecret } from '../schema/secret-id.ts'

/** A value as one layer has it. */
export interface LayerValue {
  /** A path, `overrides`, or for a name of its own that name. */
  readonly layer: string
  /** The parameter or secret. */
  readonly parameter: string
  readonly type: ParameterType | 'Secret' | 'Override'
  readonly dataType?: string
  /** A version number or id; empty for overrides. */
  readonly version: string
  readonly modifiedAt?: number
  /** The secret that the stored text points to: the value is then the secret's. */
  readonly reference?: { readonly secret: string; readonly version: string }
  readonly value: string | Uint8Array
}

/** What is stored for one key, over all layers. */
export interface StoredKey {
  readonly path: KeyPath
  readonly outputPath: KeyPath
  readonly node: PlanNode
  /** Whether the schema has a leaf here. */
  readonly isLeaf: boolean
  readonly winner: LayerValue
  /** What the winner overrides, the nearest layer first. */
  readonly overridden: readonly LayerValue[]
  readonly isSensitive: boolean
}

/** A key whose value is not known, so that nothing else can be said about it. */
export interface UnknownKey {
  readonly path: KeyPath
  readonly problem: Problem
  readonly failure?: ReadFailure
}

/** A reading, put in its place. */
export interface MergedLayers {
  readonly stored: ReadonlyMap<string, StoredKey>
  readonly unreadable: readonly UnknownKey[]
  /** Paths that could not be read at all: whatever is missing may be there. */
  readonly unreadablePaths: readonly { readonly problem: Problem; readonly failure: ReadFailure }[]
  readonly forbidden: readonly Problem[]
}

/** Where a value belongs. */
export type Placed = Pick<Placement, 'id' | 'path' | 'outputPath' | 'node' | 'isLeaf'>

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
    building.settle(leaf, name, reading.names.get(name), (found) => fromParameter(found, layer, name))
  }
  for (const [index, { secret, leaves }] of planned.secrets.entries()) {
    const name = describeSecret(secret)
    for (const leaf of leaves) {
      building.settle(leaf, name, reading.secrets[index], (found) => fromSecret(found, name))
    }
  }
  for (const { spot, value } of overrides) building.add(spot, value)
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

/** A value that is laid over everything that is stored. */
export interface OverrideValue {
  readonly spot: Placed
  readonly value: LayerValue
}

/** How a failure is reported for the key that it hits. */
export function failureProblem(failure: ReadFailure, key: string | undefined, parameter: string): Problem {
  const { isTransient: _, cause: __, ...rest } = failure
  return { ...rest, parameter, ...(key !== undefined && { key }) }
}

class Builder {
  readonly #stored = new Map<string, StoredKey>()
  readonly #unreadable = new Map<string, UnknownKey[]>()
  readonly #unreadablePaths: { problem: Problem; failure: ReadFailure }[] = []
  readonly #forbidden: Problem[] = []

  finish(): MergedLayers {
    const unreadable = [...this.#unreadable.values()].flat()
    return { stored: this.#stored, unreadable, unreadablePaths: this.#unreadablePaths, forbidden: this.#forbidden }
  }

  add({ id, path, outputPath, node, isLeaf }: Placed, winner: LayerValue): void {
    // What cannot be read in an earlier layer changes nothing: it would be overridden.
    this.#unreadable.delete(id)
    const below = this.#stored.get(id)
    const isSensitive =
      below?.isSensitive === true || node.isSensitive || winner.type === 'SecureString' || winner.type === 'Secret'
    const overridden = below === undefined ? none : [below.winner, ...below.overridden]
    this.#stored.set(id, { path, outputPath, node, isLeaf, winner, overridden, isSensitive })
  }

  settle<Found>(
    spot: Placed,
    name: string,
    outcome: Outcome<Found> | undefined,
    toValue: (found: Found) => LayerValue,
  ): void {
    if (outcome?.kind === 'found') this.add(spot, toValue(outcome.found))
    else if (outcome?.kind === 'failed') this.fail(spot, name, outcome.failure)
  }

  fail({ id, path }: Pick<Placed, 'id' | 'path'>, parameter: string, failure: ReadFailure): void {
    const unknown = { path, failure, problem: failureProblem(failure, formatKey(path), parameter) }
    const others = this.#unreadable.get(id)
    if (others === undefined) this.#unreadable.set(id, [unknown])
    else others.push(unknown)
  }

  failPath(parameter: string, failure: ReadFailure): void {
    this.#unreadablePaths.push({ failure, problem: failureProblem(failure, undefined, parameter) })
  }

  forbid(parameter: string): void {
    this.#forbidden.push({
      code: 'FORBIDDEN_SEGMENT',
      parameter,
      detail: 'a segment of this name would reach into a prototype',
      remedy: 'rename or delete the parameter',
    })
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
