import type { Hint, Outcome, Reading, ReadRequest, StoredParameter } from '../ports.ts'
import { askedName } from '../schema/parameter-name.ts'
import type { HintMatch } from './hints.ts'
import type { Patch } from './patch-reading.ts'

/** A hint, and what of the plan it is about. */
export interface Hinted {
  readonly hint: Hint
  readonly match: HintMatch
}

/** A name that is asked for because of a hint. */
export interface HintedName {
  readonly asked: string
  /** The full name; as asked for, where it is not part of a hierarchy. */
  readonly name: string
  readonly hierarchy: number | undefined
}

/** The names by which what the hints are about can be read one by one. */
export function namesOf(hints: readonly Hinted[], request: ReadRequest): HintedName[] {
  return hints.flatMap(({ hint, match }) => {
    const { name } = hint
    const inHierarchies = match.hierarchies.flatMap((index) => {
      const hierarchy = request.hierarchies[index]
      return hierarchy === undefined ? [] : [{ asked: askedName(hierarchy, name), name, hierarchy: index }]
    })
    const explicit = match.names.map((asked) => ({ asked, name: asked, hierarchy: undefined }))
    return hint.kind === 'parameter' ? [...inHierarchies, ...explicit] : []
  })
}

/** Whether what is part of a hierarchy may not be read by its name. */
export function isDeniedByName(hinted: readonly HintedName[], { names }: Reading): boolean {
  return hinted.some(({ asked, hierarchy }) => {
    const outcome = names.get(asked)
    return hierarchy !== undefined && outcome?.kind === 'failed' && outcome.failure.code === 'ACCESS_DENIED'
  })
}

/** What the answers bring up to date. */
export function toPatch(hinted: readonly HintedName[], { names }: Reading): Patch {
  const hierarchies = new Map<number, Map<string, Outcome<StoredParameter>>>()
  const explicit = new Map<string, Outcome<StoredParameter>>()
  for (const { asked, name, hierarchy } of hinted) {
    const outcome = names.get(asked)
    if (outcome === undefined) continue
    if (hierarchy === undefined) explicit.set(asked, outcome)
    else hierarchies.set(hierarchy, (hierarchies.get(hierarchy) ?? new Map()).set(name, outcome))
  }
  return { hierarchies, names: explicit }
}
