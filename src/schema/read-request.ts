import type { HierarchyRequest, ReadRequest, SecretRequest } from '../ports.ts'
import type { KeyPath } from './key-path.ts'
import { joinName, segmentsOf } from './names.ts'
import { type Branch, type Placement, type Plan, type PlannedLeaf, placementsOf } from './plan.ts'
import { secretKey } from './secret-id.ts'

/** The paths of the configuration. A later path overrides an earlier one. */
export interface Layers {
  readonly paths: readonly string[]
  readonly label?: string
}

/** A hierarchy to read, and the places of its names in the configuration. */
export interface PlannedHierarchy {
  readonly path: string
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
  const { leaves, open, mounts, root } = plan
  const usesLayers =
    open.some(({ mount }) => mount === undefined) ||
    leaves.some(({ mount, address }) => mount === undefined && address.kind === 'below')
  const mountPaths = new Set(mounts.map(({ parameterPath }) => parameterPath))
  const planned = [
    ...(usesLayers ? layers.paths : []).map((path) =>
      planHierarchy(plan, { path, mount: undefined, label: layers.label, starts: [{ path: [], branch: root }] }),
    ),
    ...[...mountPaths].map((path) => {
      const starts = mounts.filter(({ parameterPath }) => parameterPath === path)
      return planHierarchy(plan, { path, mount: path, label: undefined, starts })
    }),
  ]
  const names = leaves.flatMap((leaf) =>
    leaf.address.kind === 'below' ? [] : storedNames(leaf, layers).map((stored) => ({ ...stored, planned: leaf })),
  )
  const secrets = secretsOf(plan)
  const request: ReadRequest = {
    hierarchies: planned.map((hierarchy) => hierarchy.request),
    names: [...new Set(names.map(({ name }) => name))],
    secrets: secrets.map(({ secret }) => secret),
  }
  return { request, hierarchies: planned.map(({ hierarchy }) => hierarchy), names, secrets }
}

/** The full names of a leaf in the layers or its mount. The name of the last layer, which wins, comes first. */
export function candidateNames(leaf: PlannedLeaf, layers: Layers): string[] {
  return storedNames(leaf, layers)
    .map(({ name }) => name)
    .reverse()
}

function storedNames({ mount, segments, address }: PlannedLeaf, { paths }: Layers): Omit<PlannedName, 'planned'>[] {
  if (address.kind === 'absolute') return [{ name: address.name, layer: address.name }]
  if (address.kind === 'secret') return []
  const suffix = address.kind === 'selected' ? `:${address.selector}` : ''
  const bases = mount === undefined ? paths : [mount]
  return bases.map((layer) => ({ name: `${joinName(layer, segments)}${suffix}`, layer }))
}

interface HierarchySpec {
  readonly path: string
  readonly mount: string | undefined
  readonly label: string | undefined
  /** The branches that are stored under the path. */
  readonly starts: readonly { readonly path: KeyPath; readonly branch: Branch }[]
}

function planHierarchy(
  { root, leaves, open }: Plan,
  { path, mount, label, starts }: HierarchySpec,
): { readonly hierarchy: PlannedHierarchy; readonly request: HierarchyRequest } {
  const known = new Map<string, readonly Placement[] | undefined>()
  for (const leaf of leaves) {
    if (leaf.mount !== mount || leaf.address.kind !== 'below') continue
    const name = joinName(path, leaf.segments)
    known.set(name, [...(known.get(name) ?? []), leaf])
  }
  const names = [...known.keys()]
  // The name of a leaf may have a place in an open part too.
  if (open.length > 0) for (const name of names) known.set(name, undefined)
  const find = (name: string): readonly Placement[] => {
    const remembered = known.get(name)
    if (remembered !== undefined || open.length === 0) return remembered ?? nowhere
    const segments = segmentsOf(path === '/' ? name : name.slice(path.length + 1))
    const placements = starts.flatMap((start) => placementsOf(root, segments, start))
    // The number of other names has no limit, so their places are not kept.
    if (known.has(name)) known.set(name, placements)
    return placements
  }
  const openPaths = (isOneLevel: boolean) => {
    const parts = open.filter((part) => part.mount === mount && part.isOneLevel === isOneLevel)
    return [...new Set(parts.map(({ segments }) => joinName(path, segments)))]
  }
  const request = {
    path,
    names,
    covers: (name: string) => find(name).length > 0,
    open: openPaths(false),
    levels: openPaths(true),
    ...(label !== undefined && { label }),
  }
  return { hierarchy: { path, placementsOf: find }, request }
}

const nowhere: readonly Placement[] = []

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
