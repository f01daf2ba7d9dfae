import type { HierarchyRequest, ReadRequest, SecretRequest } from '../ports.ts'
import { joinName, segmentsOf } from './names.ts'
import { type Placement, type Plan, type PlannedLeaf, placementsOf } from './plan.ts'
import { secretKey } from './secret-id.ts'

/** The paths of the configuration. A later path overrides an earlier one. */
export interface Layers {
  readonly paths: readonly string[]
  readonly label?: string
}

/** A hierarchy to read, and the places of its names in the configuration. */
export interface PlannedHierarchy {
  readonly path: string
  readonly isLayer: boolean
  /** Full names of the leaves. */
  readonly names: readonly string[]
  placementsOf(name: string): readonly Placement[]
}

/** A name to read for one leaf in one layer. */
export interface PlannedName {
  readonly name: string
  readonly layer: string
  readonly planned: PlannedLeaf
}

/** A request, with the keys for each part of its answer. */
export interface PlannedRequest {
  readonly request: ReadRequest
  readonly hierarchies: readonly PlannedHierarchy[]
  readonly names: readonly PlannedName[]
  readonly secrets: readonly { readonly secret: SecretRequest; readonly leaves: readonly PlannedLeaf[] }[]
}

/** Makes the request that reads everything a plan covers. */
export function planRequest(plan: Plan, layers: Layers): PlannedRequest {
  const hierarchies = [...layersOf(plan, layers), ...mountsOf(plan)]
  const names = plan.leaves.flatMap((planned) => namesOf(planned, layers))
  const secrets = secretsOf(plan)
  const request: ReadRequest = {
    hierarchies: hierarchies.map((hierarchy) => toRequest(hierarchy, plan, layers.label)),
    names: [...new Set(names.map(({ name }) => name))],
    secrets: secrets.map(({ secret }) => secret),
  }
  return { request, hierarchies, names, secrets }
}

/** The full names of a leaf in the layers or its mount. The name of the last layer, which wins, comes first. */
export function candidateNames({ mount, segments, address }: PlannedLeaf, layers: Layers): string[] {
  if (address.kind === 'absolute') return [address.name]
  if (address.kind === 'secret') return []
  const bases = mount === undefined ? [...layers.paths].reverse() : [mount]
  const suffix = address.kind === 'selected' ? `:${address.selector}` : ''
  return bases.map((base) => `${joinName(base, segments)}${suffix}`)
}

function layersOf(plan: Plan, { paths }: Layers): PlannedHierarchy[] {
  const usesLayers =
    plan.open.some(({ mount }) => mount === undefined) ||
    plan.leaves.some(({ mount, address }) => mount === undefined && address.kind === 'below')
  if (!usesLayers) return []
  return paths.map((path) => {
    const find = (name: string) => placementsOf(plan.root, below(path, name))
    return { path, isLayer: true, ...placing(plan, { path, mount: undefined, find }) }
  })
}

function mountsOf(plan: Plan): PlannedHierarchy[] {
  const paths = [...new Set(plan.mounts.map(({ parameterPath }) => parameterPath))]
  return paths.map((path) => {
    const mounts = plan.mounts.filter(({ parameterPath }) => parameterPath === path)
    const find = (name: string) => mounts.flatMap((mount) => placementsOf(plan.root, below(path, name), mount))
    return { path, isLayer: false, ...placing(plan, { path, mount: path, find }) }
  })
}

interface Below {
  readonly path: string
  readonly mount: string | undefined
  find(name: string): readonly Placement[]
}

/** The names of the leaves below a path, and the places of all names. */
function placing(
  { leaves, open }: Plan,
  { path, mount, find }: Below,
): Pick<PlannedHierarchy, 'names' | 'placementsOf'> {
  const known = new Map<string, readonly Placement[] | undefined>()
  for (const leaf of leaves) {
    if (leaf.mount !== mount || leaf.address.kind !== 'below') continue
    const name = joinName(path, leaf.segments)
    const others = known.get(name)
    known.set(name, others === undefined ? [leaf] : [...others, leaf])
  }
  const names = [...known.keys()]
  if (open.length === 0) return { names, placementsOf: (name) => known.get(name) ?? nowhere }
  // The name of a leaf may have a place in an open part too.
  for (const name of names) known.set(name, undefined)
  const placementsOf = (name: string) => {
    const remembered = known.get(name)
    if (remembered !== undefined) return remembered
    const placements = find(name)
    // The number of other names has no limit, so their places are not kept.
    if (known.has(name)) known.set(name, placements)
    return placements
  }
  return { names, placementsOf }
}

const nowhere: readonly Placement[] = []

function namesOf(planned: PlannedLeaf, layers: Layers): PlannedName[] {
  const { address, mount } = planned
  if (address.kind === 'absolute') return [{ name: address.name, layer: address.name, planned }]
  if (address.kind !== 'selected') return []
  const bases = mount === undefined ? layers.paths : [mount]
  return bases.map((layer) => ({
    name: `${joinName(layer, planned.segments)}:${address.selector}`,
    layer,
    planned,
  }))
}

function secretsOf({ leaves }: Plan): { secret: SecretRequest; leaves: PlannedLeaf[] }[] {
  const secrets = new Map<string, { secret: SecretRequest; leaves: PlannedLeaf[] }>()
  for (const planned of leaves) {
    if (planned.address.kind !== 'secret') continue
    const { secret } = planned.address
    const key = secretKey(secret)
    secrets.set(key, { secret, leaves: [...(secrets.get(key)?.leaves ?? []), planned] })
  }
  return [...secrets.values()]
}

function toRequest(
  { path, names, isLayer, placementsOf }: PlannedHierarchy,
  { open }: Plan,
  label: string | undefined,
): HierarchyRequest {
  const parts = open.filter(({ mount }) => mount === (isLayer ? undefined : path))
  const pathsOf = (isOneLevel: boolean) => {
    const chosen = parts.filter((part) => part.isOneLevel === isOneLevel)
    return [...new Set(chosen.map(({ segments }) => joinName(path, segments)))]
  }
  return {
    path,
    names,
    covers: (name) => placementsOf(name).length > 0,
    open: pathsOf(false),
    levels: pathsOf(true),
    ...(isLayer && label !== undefined && { label }),
  }
}

function below(path: string, name: string): string[] {
  return segmentsOf(path === '/' ? name : name.slice(path.length + 1))
}
