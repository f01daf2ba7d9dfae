import type { $ZodType } from 'zod/v4/core'
import { isReference, Routes, type Walk } from '../aws/routes.ts'
import { specOf, toDefinition } from '../config/define-config.ts'
import { type LayerValue, mergeLayers } from '../decode/merge-layers.ts'
import type { ConfigOptions } from '../index.ts'
import type { Reading, ReadRequest, SecretRequest } from '../ports.ts'
import { formatKey, type KeyPath } from '../schema/key-path.ts'
import { splitSelector } from '../schema/names.ts'
import { candidateNames } from '../schema/read-request.ts'
import { describeSecret } from '../schema/secret-id.ts'

/** What a definition reads, and where each stored name belongs. */
export interface InspectedDefinition {
  /** The paths of the layers. A later layer wins. */
  readonly paths: readonly string[]
  readonly request: ReadRequest
  /** The keys that the schema names, in its order. */
  readonly keys: readonly InspectedKey[]
  /** Whether a key lies in a record or an open object, so that only the store knows it. */
  isInRecord(key: string): boolean
  /** Whether the definition reads a parameter, by its full name. */
  covers(name: string): boolean
  /** Whether the value of a parameter is sensitive, by its full name. */
  isSensitive(name: string): boolean
  /** The stored values of a reading, by key. */
  merge(reading: Reading): ReadonlyMap<string, StoredValues>
}

/** A key that the schema names. */
export interface InspectedKey {
  readonly key: string
  readonly path: KeyPath
  readonly schema: $ZodType
  readonly isSensitive: boolean
  /** Whether its stored text may refer to a secret. */
  readonly followsReferences: boolean
  /** The names that are read for it, with their versions and labels. The first stored one wins. */
  readonly names: readonly string[]
  /** Absent for a parameter. */
  readonly secret?: SecretRequest
}

/** The values of one key in all layers. */
export interface StoredValues {
  readonly winner: LayerValue
  /** The values that the winner overrides, the nearest layer first. */
  readonly overridden: readonly LayerValue[]
  readonly isSensitive: boolean
}

/**
 * Finds what a config of these options reads, without I/O.
 *
 * @throws DefinitionError if the options or the schema are invalid.
 */
export function inspectDefinition(options: ConfigOptions): InspectedDefinition {
  const { plan, layers, planned, overrides } = specOf(toDefinition(options, inspectDefinition)).spec
  const keys = plan.leaves.map((leaf): InspectedKey => {
    const { path, node, address } = leaf
    const common = { key: formatKey(path), path, schema: node.schema }
    if (address.kind === 'secret') {
      const { secret } = address
      return { ...common, isSensitive: true, followsReferences: false, names: [describeSecret(secret)], secret }
    }
    const { isSensitive, followsReferences } = node
    return { ...common, isSensitive, followsReferences, names: candidateNames(leaf, layers) }
  })
  const named = new Set(planned.request.names.map(withoutSelector))
  const sensitive = new Set(keys.filter((key) => key.isSensitive).flatMap(({ names }) => names.map(withoutSelector)))
  const placementsOf = (name: string) => planned.hierarchies.flatMap((hierarchy) => hierarchy.placementsOf(name))
  return {
    paths: layers.paths,
    request: planned.request,
    keys,
    isInRecord: (key) => plan.open.some(({ path }) => path.length === 0 || key.startsWith(`${formatKey(path)}.`)),
    covers: (name) => named.has(name) || placementsOf(name).length > 0,
    isSensitive: (name) => sensitive.has(name) || placementsOf(name).some(({ node }) => node.isSensitive),
    merge(reading) {
      const { stored } = mergeLayers(planned, reading, overrides)
      return new Map([...stored.values()].map((values) => [formatKey(values.path), values]))
    },
  }
}

function withoutSelector(name: string): string {
  return splitSelector(name).name
}

/** How a config of these options reads what its definition covers. */
export interface PlannedReading {
  readonly walks: readonly Walk[]
  /** Whether Parameter Store returns a secret, and not Secrets Manager itself. */
  isReference(secret: SecretRequest): boolean
}

/** Plans the reading of a request, without I/O. */
export function planReading({ strategy, secretsVia }: ConfigOptions, { hierarchies }: ReadRequest): PlannedReading {
  const routes = new Routes({
    ...(strategy !== undefined && { strategy }),
    ...(secretsVia !== undefined && { secretsVia }),
  })
  return {
    walks: hierarchies.flatMap((hierarchy) => routes.of(hierarchy).walks),
    isReference: (secret) => isReference(secret, secretsVia),
  }
}
