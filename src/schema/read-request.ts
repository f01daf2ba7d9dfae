import type { HierarchyRequest, ReadRequest, SecretRequest } from '../ports.ts'
import { joinName, segmentsOf } from './naming.ts'
import { type Placement, type Plan, type PlannedLeaf, placementsOf } from './plan.ts'
import { secretKey } from './secret-id.ts'

/** The paths whose parameters make up the configuration; later ones win. */
export interface Layers {
  readonly paths: readonly string[]
  readonly label?: string
}

/** A hierarchy to read, and how its names map to the configuration. */
export interface PlannedHierarchy {
  readonly path: string
  readonly isLayer: boolean
  placementsOf(name: string): Placement[]
}

/** A name to read for one leaf in one layer. */
export interface PlannedName {
  readonly name: string
  readonly layer: string
  readonly planned: PlannedLeaf
}

/** What is asked for, with the way back from each answer to the keys that it belongs to. */
export interface PlannedRequest {
  readonly request: ReadRequest
  readonly hierarchies: readonly PlannedHierarchy[]
  readonly names: readonly PlannedName[]
  readonly secrets: readonly { readonly secret: SecretRequest; readonly leaves: readonly PlannedLeaf[] }[]
}

/** Everything that a plan reads in one wave. */
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

/** The full names under which a leaf could be stored in the layers or its mount; the one that wins comes first. */
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
  return paths.map((path) => ({
    path,
    isLayer: true,
    placementsOf: (name) => placementsOf(plan.root, below(path, name)),
  }))
}

function mountsOf({ mounts }: Plan): PlannedHierarchy[] {
  const paths = [...new Set(mounts.map(({ parameterPath }) => parameterPath))]
  return paths.map((path) => ({
    path,
    isLayer: false,
    placementsOf: (name) =>
      mounts
        .filter(({ parameterPath }) => parameterPath === path)
        .flatMap((mount) => placementsOf(mount.branch, below(path, name), mount)),
  }))
}

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

function toRequest(hierarchy: PlannedHierarchy, { leaves, open }: Plan, label: string | undefined): HierarchyRequest {
  const { path, isLayer } = hierarchy
  const isHere = ({ mount }: { readonly mount: string | undefined }) => mount === (isLayer ? undefined : path)
  const named = leaves.filter((leaf) => isHere(leaf) && leaf.address.kind === 'below')
  const nameOf = (segments: readonly string[]) => (segments.length === 0 ? path : joinName(path, segments))
  return {
    path,
    covers: (name) => hierarchy.placementsOf(name).length > 0,
    names: [...new Set(named.map(({ segments }) => nameOf(segments)))],
    open: [...new Set(open.filter(isHere).map(({ segments }) => nameOf(segments)))],
    ...(isLayer && label !== undefined && { label }),
  }
}

function below(path: string, name: string): string[] {
  return segmentsOf(path === '/' ? name : name.slice(path.length))
}
