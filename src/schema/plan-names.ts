import type { Problem } from '../errors.ts'
import { groupBy } from '../messages/group-by.ts'
import { formatKey, type KeyPath, keyOf } from './key-path.ts'
import { joinName } from './names.ts'
import {
  type Branch,
  type Entry,
  type Mount,
  type OpenPart,
  outputPathOf,
  type Place,
  type Plan,
  type PlannedLeaf,
  type SensitivePlace,
} from './plan.ts'

/** Lists the names of a planned schema, or reports the names that conflict. */
export function planNames(
  root: Branch,
  { hasChecks }: Pick<Plan, 'hasChecks'>,
): { readonly plan: Plan } | { readonly problems: readonly Problem[] } {
  const byId = new Map<string, PlannedLeaf>()
  const open = new Map<string, OpenPart>()
  const mounts = new Map<string, Mount>()
  const sensitive = new Map<string, SensitivePlace>()
  const conflicts: Problem[] = []
  const addOpen = (place: Place, isOneLevel: boolean) => {
    const id = keyOf(place.path)
    open.set(id, { ...place, isOneLevel: isOneLevel && open.get(id)?.isOneLevel !== false })
  }
  const addSensitive = (path: KeyPath, isLeaf: boolean) => {
    const id = keyOf(path)
    sensitive.set(id, { id, path, outputPath: outputPathOf(root, path), isLeaf })
  }
  const addLeaf = (leaf: PlannedLeaf) => {
    const { id, path, node } = leaf
    if (node.isSensitive) addSensitive(path, true)
    const known = byId.get(id)
    if (known !== undefined && placeOf(known) !== placeOf(leaf)) {
      const detail = 'members of a union or intersection store this key in different places'
      const remedy = 'name the same place in all of them'
      conflicts.push({ code: 'INVALID_NAME', key: formatKey(path), detail, remedy })
    }
    if (known === undefined || node.isSensitive) byId.set(id, leaf)
  }
  const visitEntry = ({ key, address, node }: Entry, outer: Place, ancestors: readonly Branch[]) => {
    const path = [...outer.path, key]
    const mount = address.kind === 'mount' ? address.path : outer.mount
    const segments = 'segments' in address ? [...outer.segments, ...address.segments] : []
    if (node.kind === 'branch') {
      if (address.kind === 'mount') mounts.set(keyOf(path), { path, parameterPath: address.path, branch: node })
      visit(node, { path, mount, segments }, ancestors)
    } else if (address.kind !== 'mount') {
      const outputPath = outputPathOf(root, path)
      addLeaf({ id: keyOf(path), path, outputPath, node, isLeaf: true, isForbidden: false, mount, segments, address })
    }
  }
  const visit = (branch: Branch, place: Place, ancestors: readonly Branch[]): void => {
    if (ancestors.includes(branch)) {
      addOpen(place, false)
      return
    }
    if (branch.isSensitive) addSensitive(place.path, false)
    const inside = [...ancestors, branch]
    if ('members' in branch) for (const member of branch.members) visit(member.branch, place, inside)
    else {
      for (const entry of branch.entries.values()) visitEntry(entry, place, inside)
      if (branch.rest !== undefined) addOpen(place, branch.isOneLevel)
    }
  }
  visit(root, { path: [], mount: undefined, segments: [] }, [])
  const leaves = [...byId.values()]
  const problems = [...conflicts, ...sharedNames(leaves)]
  if (problems.length > 0) return { problems }
  const lists = { open: [...open.values()], mounts: [...mounts.values()], sensitive: [...sensitive.values()] }
  return { plan: { root, leaves, byId, ...lists, hasChecks } }
}

/** Two keys may share a parameter only if both name it explicitly. */
function sharedNames(leaves: readonly PlannedLeaf[]): Problem[] {
  const parameters = leaves.filter(({ address }) => address.kind !== 'secret')
  const isSpelled = ({ address }: PlannedLeaf) => address.kind === 'below' && !address.isExplicit
  return [...groupBy(parameters, placeOf).values()]
    .filter((sharers) => sharers.length > 1 && sharers.some(isSpelled))
    .map((sharers) => ({
      code: 'DUPLICATE_NAME',
      key: sharers.map(({ path }) => formatKey(path)).join(', '),
      parameter: sharers.map(({ mount = '…', segments }) => joinName(mount, segments))[0] ?? '',
      detail: 'these keys are spelled as the same parameter',
      remedy: 'rename a key; or, to share the parameter, name it with parameter() in each of them',
    }))
}

function placeOf({ mount = '', segments, address }: PlannedLeaf): string {
  if (address.kind === 'below') return `${mount} ${segments.join('/')}`
  return JSON.stringify([mount, segments, address])
}
