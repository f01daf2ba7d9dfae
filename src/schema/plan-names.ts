import type { Problem } from '../errors.ts'
import { formatKey, type KeyPath, keyOf } from './key-path.ts'
import { joinName } from './names.ts'
import type { Branch, Entry, Mount, OpenPart, Plan, PlanNode, PlannedLeaf, SensitivePlace } from './plan.ts'
import { outputPathOf } from './plan.ts'

/** Lists the names of a planned schema, or reports the names that conflict. */
export function planNames(
  root: Branch,
  { hasChecks }: Pick<Plan, 'hasChecks'>,
): { readonly plan: Plan } | { readonly problems: readonly Problem[] } {
  const found: Found = {
    root,
    leaves: new Map(),
    open: new Map(),
    mounts: new Map(),
    sensitive: new Map(),
    problems: [],
  }
  visitBranch(root, { path: [], mount: undefined, segments: [], isExplicit: false }, [], found)
  const problems = [...found.problems, ...sharedNames(found.leaves)]
  if (problems.length > 0) return { problems }
  const byId = new Map([...found.leaves].map(([id, { leaf }]) => [id, leaf]))
  return {
    plan: {
      root,
      leaves: [...byId.values()],
      byId,
      open: [...found.open.values()],
      mounts: [...found.mounts.values()],
      sensitive: [...found.sensitive.values()],
      hasChecks,
    },
  }
}

interface FoundLeaf {
  readonly leaf: PlannedLeaf
  readonly isExplicit: boolean
}

interface Found {
  readonly root: Branch
  readonly leaves: Map<string, FoundLeaf>
  readonly open: Map<string, OpenPart>
  readonly mounts: Map<string, Mount>
  readonly sensitive: Map<string, SensitivePlace>
  readonly problems: Problem[]
}

interface Place {
  readonly path: KeyPath
  readonly mount: string | undefined
  readonly segments: readonly string[]
  readonly isExplicit: boolean
}

function visitBranch(branch: Branch, place: Place, ancestors: readonly Branch[], found: Found): void {
  if (ancestors.includes(branch)) {
    addOpen(place, false, found)
    return
  }
  if (branch.isSensitive) addSensitive(place.path, false, found)
  const inside = [...ancestors, branch]
  if ('members' in branch) {
    for (const member of branch.members) visitBranch(member.branch, place, inside, found)
    return
  }
  for (const entry of branch.entries.values()) visitEntry(entry, place, inside, found)
  if (branch.rest !== undefined) addOpen(place, branch.isOneLevel, found)
}

function visitEntry(entry: Entry, place: Place, ancestors: readonly Branch[], found: Found): void {
  const { key, address, node } = entry
  const path = [...place.path, key]
  switch (address.kind) {
    case 'mount':
      addMount({ path, parameterPath: address.path, node }, found)
      visitNode(node, entry, { ...place, path, mount: address.path, segments: [], isExplicit: true }, ancestors, found)
      return
    case 'below':
    case 'selected': {
      const segments = [...place.segments, ...address.segments]
      const isExplicit = address.kind === 'below' && address.isExplicit
      visitNode(node, entry, { ...place, path, segments, isExplicit }, ancestors, found)
      return
    }
    default:
      visitNode(node, entry, { ...place, path, segments: [], isExplicit: true }, ancestors, found)
  }
}

function visitNode(node: PlanNode, { address }: Entry, place: Place, ancestors: readonly Branch[], found: Found): void {
  if (node.kind === 'branch') {
    visitBranch(node, place, ancestors, found)
    return
  }
  if (address.kind === 'mount') return
  const { path, mount, segments } = place
  if (node.isSensitive) addSensitive(path, true, found)
  const id = keyOf(path)
  const outputPath = outputPathOf(found.root, path)
  const leaf: PlannedLeaf = { id, path, outputPath, node, isLeaf: true, isForbidden: false, mount, segments, address }
  const known = found.leaves.get(id)
  if (known !== undefined && placeOf(known.leaf) !== placeOf(leaf)) {
    const detail = 'members of a union or intersection store this key in different places'
    found.problems.push({
      code: 'INVALID_NAME',
      key: formatKey(path),
      detail,
      remedy: 'name the same place in all of them',
    })
  }
  if (known === undefined || node.isSensitive) found.leaves.set(id, { leaf, isExplicit: place.isExplicit })
}

function addOpen({ path, mount, segments }: Place, isOneLevel: boolean, { open }: Found): void {
  const id = keyOf(path)
  const isShallow = isOneLevel && open.get(id)?.isOneLevel !== false
  open.set(id, { path, mount, segments, isOneLevel: isShallow })
}

function addSensitive(path: KeyPath, isLeaf: boolean, { root, sensitive }: Found): void {
  const id = keyOf(path)
  sensitive.set(id, { id, path, outputPath: outputPathOf(root, path), isLeaf })
}

function addMount({ node, ...mount }: Omit<Mount, 'branch'> & { node: PlanNode }, found: Found): void {
  if (node.kind === 'branch') found.mounts.set(keyOf(mount.path), { ...mount, branch: node })
}

function sharedNames(leaves: Found['leaves']): Problem[] {
  const byPlace = new Map<string, FoundLeaf>()
  const sharing = new Map<string, FoundLeaf[]>()
  for (const planned of leaves.values()) {
    if (planned.leaf.address.kind === 'secret') continue
    const place = placeOf(planned.leaf)
    const known = byPlace.get(place)
    if (known === undefined) byPlace.set(place, planned)
    else sharing.set(place, [...(sharing.get(place) ?? [known]), planned])
  }
  return [...sharing.values()]
    .filter((sharers) => sharers.some(({ isExplicit }) => !isExplicit))
    .map((sharers) => sharedName(sharers.map(({ leaf }) => leaf)))
}

function sharedName(leaves: readonly PlannedLeaf[]): Problem {
  const [first] = leaves
  const name = first === undefined ? '' : joinName(first.mount ?? '…', first.segments)
  return {
    code: 'DUPLICATE_NAME',
    key: leaves.map(({ path }) => formatKey(path)).join(', '),
    parameter: name,
    detail: 'these keys are spelled as the same parameter',
    remedy: 'rename a key; or, to share the parameter, name it with parameter() in each of them',
  }
}

function placeOf({ mount = '', segments, address }: PlannedLeaf): string {
  if (address.kind === 'below') return `${mount} ${segments.join('/')}`
  return JSON.stringify([mount, segments, address])
}
