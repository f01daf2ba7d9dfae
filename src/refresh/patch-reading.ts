import type { HierarchyReading, Outcome, Reading, StoredParameter } from '../ports.ts'

/** The outcomes by which a reading is brought up to date. */
export interface Patch {
  /** Of hierarchies, by their place in the request: the outcomes by full name. */
  readonly hierarchies: ReadonlyMap<number, ReadonlyMap<string, Outcome<StoredParameter>>>
  /** As asked for. */
  readonly names: ReadonlyMap<string, Outcome<StoredParameter>>
}

/** The reading, with some of its parameters as they are now. */
export function patchReading(reading: Reading, patch: Patch): Reading {
  return {
    ...reading,
    hierarchies: reading.hierarchies.map((hierarchy, index) => {
      const outcomes = patch.hierarchies.get(index)
      return outcomes === undefined ? hierarchy : patchHierarchy(hierarchy, outcomes)
    }),
    names: new Map([...reading.names, ...patch.names]),
  }
}

function patchHierarchy(
  { parameters, failures, ...hierarchy }: HierarchyReading,
  outcomes: ReadonlyMap<string, Outcome<StoredParameter>>,
): HierarchyReading {
  const isKept = (name: string) => !outcomes.has(name)
  const found = new Map<string, StoredParameter>()
  for (const [name, outcome] of outcomes) if (outcome.kind === 'found') found.set(name, outcome.found)
  // In the same place as before, so that the next reading is quickly compared with this one.
  const replaced = parameters.flatMap((parameter) => {
    const { name } = parameter
    if (isKept(name)) return parameter
    const newer = found.get(name)
    found.delete(name)
    return newer ?? []
  })
  const stillFailing = [...failures].filter(([name]) => isKept(name))
  const newlyFailing = [...outcomes].flatMap(([name, outcome]) =>
    outcome.kind === 'failed' ? [[name, outcome.failure] as const] : [],
  )
  return {
    ...hierarchy,
    parameters: [...replaced, ...found.values()],
    failures: new Map([...stillFailing, ...newlyFailing]),
  }
}

/** The next reading, with whatever has not moved since as the objects that the base has. */
export function shareUnmoved(base: Reading, next: Reading): Reading {
  const names = new Map<string, Outcome<StoredParameter>>()
  for (const [name, outcome] of next.names) {
    const known = base.names.get(name)
    names.set(name, known !== undefined && isSameOutcome(known, outcome) ? known : outcome)
  }
  const hierarchies = next.hierarchies.map((hierarchy, index) => {
    const known = base.hierarchies[index]?.parameters
    return known === undefined ? hierarchy : { ...hierarchy, parameters: shareParameters(known, hierarchy.parameters) }
  })
  return { ...next, hierarchies, names }
}

function shareParameters(base: readonly StoredParameter[], next: readonly StoredParameter[]): StoredParameter[] {
  let byName: Map<string, StoredParameter> | undefined
  return next.map((parameter, index) => {
    let known = base[index]
    if (known?.name !== parameter.name) {
      byName ??= new Map(base.map((one) => [one.name, one]))
      known = byName.get(parameter.name)
    }
    return known !== undefined && isSameVersion(known, parameter) ? known : parameter
  })
}

/** Whether nothing has moved between a reading and the next, which {@link shareUnmoved | shares} what it can. */
export function isSameReading(base: Reading, next: Reading): boolean {
  const areHierarchiesSame = next.hierarchies.every((hierarchy, index) => {
    const known = base.hierarchies[index]
    return known !== undefined && isFlawless(known) && isFlawless(hierarchy) && areSame(known, hierarchy)
  })
  if (!areHierarchiesSame || base.names.size !== next.names.size) return false
  return [...next.names].every(([name, outcome]) => outcome.kind !== 'failed' && outcome === base.names.get(name))
}

function areSame({ parameters: base }: HierarchyReading, { parameters: next }: HierarchyReading): boolean {
  if (base.length !== next.length) return false
  if (next.every((parameter, index) => parameter === base[index])) return true
  // Nobody promises that they always come in the same order.
  const known = new Set(base)
  return next.every((parameter) => known.has(parameter))
}

function isFlawless({ failures, failure }: HierarchyReading): boolean {
  return failures.size === 0 && failure === undefined
}

function isSameOutcome(left: Outcome<StoredParameter>, right: Outcome<StoredParameter>): boolean {
  if (left.kind === 'found' && right.kind === 'found') return isSameVersion(left.found, right.found)
  return left.kind === 'missing' && right.kind === 'missing'
}

// A parameter that was deleted and created again counts from 1 again. It has another date, if the source knows dates.
function isSameVersion(left: StoredParameter, right: StoredParameter): boolean {
  if (left.version !== right.version || left.modifiedAt !== right.modifiedAt) return false
  return left.type === right.type && left.value === right.value
}
