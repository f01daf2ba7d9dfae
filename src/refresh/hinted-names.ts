import type { Hint, Outcome, Reading, ReadRequest, StoredParameter } from '../ports.ts'
import { askedName } from '../schema/names.ts'
import type { HintMatch } from './hints.ts'
import type { Patch } from './patch-reading.ts'

/** A hint, and the parts of the plan that it names. */
export interface Hinted {
  readonly hint: Hint
  readonly match: HintMatch
}

/** A name to read because of a hint. */
export interface HintedName {
  /** As it is requested. */
  readonly requested: string
  /** The full name; outside a hierarchy the requested one. */
  readonly name: string
  readonly hierarchy: number | undefined
}

/** The names that read the hinted parameters one by one. */
export function namesOf(hints: readonly Hinted[], request: ReadRequest): HintedName[] {
  return hints.flatMap(({ hint, match }) => {
    const { name } = hint
    const inHierarchies = match.hierarchies.flatMap((index) => {
      const hierarchy = request.hierarchies[index]
      return hierarchy === undefined ? [] : [{ requested: askedName(hierarchy, name), name, hierarchy: index }]
    })
    const explicit = match.names.map((requested) => ({ requested, name: requested, hierarchy: undefined }))
    return hint.kind === 'parameter' ? [...inHierarchies, ...explicit] : []
  })
}

/** Whether access by name to a parameter of a hierarchy was denied. */
export function isDeniedByName(hinted: readonly HintedName[], { names }: Reading): boolean {
  return hinted.some(({ requested, hierarchy }) => {
    const outcome = names.get(requested)
    return hierarchy !== undefined && outcome?.kind === 'failed' && outcome.failure.code === 'ACCESS_DENIED'
  })
}

/** The patch that the answers make. */
export function toPatch(hinted: readonly HintedName[], { names }: Reading): Patch {
  const hierarchies = new Map<number, Map<string, Outcome<StoredParameter>>>()
  const explicit = new Map<string, Outcome<StoredParameter>>()
  for (const { requested, name, hierarchy } of hinted) {
    const outcome = names.get(requested)
    if (outcome === undefined) continue
    if (hierarchy === undefined) explicit.set(requested, outcome)
    else hierarchies.set(hierarchy, (hierarchies.get(hierarchy) ?? new Map()).set(name, outcome))
  }
  return { hierarchies, names: explicit }
}
