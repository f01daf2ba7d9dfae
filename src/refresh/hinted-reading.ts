import type { HierarchyReading, Hint, Reading, ReadRequest, SecretRequest } from '../ports.ts'
import { askedName } from '../schema/names.ts'
import type { PlannedRequest } from '../schema/read-request.ts'
import { type HintMatch, hasChanged, isAbsent, isUpToDate, type KeptReading, matchHint } from './hints.ts'
import type { ReadingContext } from './reader.ts'
import type { Findings, RefreshTask } from './state.ts'

// Two calls. More names are a flood of invented ones, and not parameters that are about to be stored.
const fewUnknownNames = 20

/** Whether reading the names of a path one by one was denied. */
export interface NameAccess {
  isDenied: boolean
}

export function matchHints(
  { hints }: RefreshTask,
  planned: PlannedRequest,
  secrets: readonly SecretRequest[],
): HintMatch[] {
  return [...hints.values()].flatMap(({ hint }) => matchHint(planned, secrets, hint) ?? [])
}

/** Reads the hinted parameters and the secrets that are due, and takes the rest from the base. */
export async function readHinted(
  hints: readonly HintMatch[],
  base: Reading,
  context: ReadingContext,
  access: NameAccess,
): Promise<Reading> {
  const { task, request, calls } = context
  const { byHierarchy, explicit } = namesOf(hints, request)
  const wholePaths: number[] = []
  const names = new Set(explicit)
  for (const [index, inHierarchy] of byHierarchy) {
    const stored = base.hierarchies[index]?.parameters.length ?? 0
    // If the hints name more parameters than a path holds, reading the whole path takes fewer calls.
    if (access.isDenied || inHierarchy.size > Math.max(stored, fewUnknownNames)) wholePaths.push(index)
    else for (const requested of inHierarchy.values()) names.add(requested)
  }
  const hierarchies = wholePaths.flatMap((index) => request.hierarchies[index] ?? [])
  // A notified parameter has probably changed, so its version is not checked first.
  const decryptsAll = task.cause === 'notification' && hierarchies.length === 0
  const answer = await calls.ask({ hierarchies, names: [...names], secrets: request.secrets }, { decryptsAll })
  if (!access.isDenied && isDeniedByName(byHierarchy, answer)) {
    access.isDenied = true
    return readHinted(hints, base, context, access)
  }
  const patched = base.hierarchies.map((hierarchy, index) => {
    const whole = answer.hierarchies[wholePaths.indexOf(index)]
    return whole ?? patch(hierarchy, byHierarchy.get(index), answer)
  })
  const outcomes = explicit.flatMap((name) => {
    const outcome = answer.names.get(name)
    return outcome === undefined ? [] : [[name, outcome] as const]
  })
  return { ...base, hierarchies: patched, names: new Map([...base.names, ...outcomes]) }
}

/** Compares a reading with the base. */
export function checkHints(
  hints: readonly HintMatch[],
  base: KeptReading | undefined,
  after: KeptReading,
): Pick<Findings, 'unconfirmed' | 'hasUnknownNames'> {
  const unconfirmed: Hint[] = []
  const unknown = new Set<Hint>()
  for (const match of hints) {
    const { hint } = match
    if (hint.kind === 'parameter' && isAbsent(match, after)) unknown.add(hint)
    if (base === undefined || isUpToDate(match, after) || hasChanged(match, base, after)) continue
    unconfirmed.push(hint)
  }
  if (unknown.size <= fewUnknownNames) return { unconfirmed, hasUnknownNames: false }
  // So many missing parameters are not about to be stored, so they are left to polling.
  return { unconfirmed: unconfirmed.filter((hint) => !unknown.has(hint)), hasUnknownNames: true }
}

interface HintedNames {
  /** By index: the full names, and how each is requested. */
  readonly byHierarchy: ReadonlyMap<number, ReadonlyMap<string, string>>
  /** As they are requested. */
  readonly explicit: readonly string[]
}

/** The names that read the hinted parameters one by one. */
function namesOf(hints: readonly HintMatch[], { hierarchies }: ReadRequest): HintedNames {
  const byHierarchy = new Map<number, Map<string, string>>()
  const explicit: string[] = []
  for (const match of hints) {
    const { name } = match.hint
    for (const index of match.hierarchies) {
      const hierarchy = hierarchies[index]
      if (hierarchy === undefined) continue
      const names = byHierarchy.get(index) ?? new Map<string, string>()
      byHierarchy.set(index, names.set(name, askedName(hierarchy, name)))
    }
    explicit.push(...match.names)
  }
  return { byHierarchy, explicit }
}

/** Whether access by name to a parameter of a hierarchy was denied. */
function isDeniedByName(byHierarchy: HintedNames['byHierarchy'], { names }: Reading): boolean {
  for (const inHierarchy of byHierarchy.values()) {
    for (const requested of inHierarchy.values()) {
      const outcome = names.get(requested)
      if (outcome?.kind === 'failed' && outcome.failure.code === 'ACCESS_DENIED') return true
    }
  }
  return false
}

/** Replaces the hinted parameters of a hierarchy. */
function patch(
  hierarchy: HierarchyReading,
  hinted: ReadonlyMap<string, string> | undefined,
  answer: Reading,
): HierarchyReading {
  if (hinted === undefined) return hierarchy
  // A map, so that the order stays the same.
  const parameters = new Map(hierarchy.parameters.map((parameter) => [parameter.name, parameter]))
  const failures = new Map(hierarchy.failures)
  for (const [name, requested] of hinted) {
    const outcome = answer.names.get(requested)
    if (outcome === undefined) continue
    failures.delete(name)
    if (outcome.kind === 'found') parameters.set(name, outcome.found)
    else parameters.delete(name)
    if (outcome.kind === 'failed') failures.set(name, outcome.failure)
  }
  return { ...hierarchy, parameters: [...parameters.values()], failures }
}
