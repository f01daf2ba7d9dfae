import type { HierarchyReading, Outcome, Reading, StoredParameter } from '../ports.ts'

/** The outcomes that bring a reading up to date. */
export interface Patch {
  /** For each hierarchy, by index in the request: the outcomes by full name. */
  readonly hierarchies: ReadonlyMap<number, ReadonlyMap<string, Outcome<StoredParameter>>>
  /** By requested name. */
  readonly names: ReadonlyMap<string, Outcome<StoredParameter>>
}

/** Replaces the parameters of the patch. */
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
  // The order stays the same, which makes the next comparison fast.
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

/** Replaces the unchanged parameters of the next reading with the objects of the base. */
export function shareUnchanged(base: Reading, next: Reading): Reading {
  const names = new Map<string, Outcome<StoredParameter>>()
  for (const [name, outcome] of next.names) {
    const previous = base.names.get(name)
    names.set(name, previous !== undefined && isSameOutcome(previous, outcome) ? previous : outcome)
  }
  const hierarchies = next.hierarchies.map((hierarchy, index) => {
    const previous = base.hierarchies[index]?.parameters
    return previous === undefined
      ? hierarchy
      : { ...hierarchy, parameters: shareParameters(previous, hierarchy.parameters) }
  })
  return { ...next, hierarchies, names }
}

function shareParameters(base: readonly StoredParameter[], next: readonly StoredParameter[]): StoredParameter[] {
  let byName: Map<string, StoredParameter> | undefined
  return next.map((parameter, index) => {
    let previous = base[index]
    if (previous?.name !== parameter.name) {
      byName ??= new Map(base.map((one) => [one.name, one]))
      previous = byName.get(parameter.name)
    }
    return previous !== undefined && isSameVersion(previous, parameter) ? previous : parameter
  })
}

/** Whether two readings are equal. The next one has to {@link shareUnchanged | share} its unchanged parameters. */
export function isSameReading(base: Reading, next: Reading): boolean {
  const areHierarchiesSame = next.hierarchies.every((hierarchy, index) => {
    const previous = base.hierarchies[index]
    return previous !== undefined && isFlawless(previous) && isFlawless(hierarchy) && areSame(previous, hierarchy)
  })
  if (!areHierarchiesSame || base.names.size !== next.names.size) return false
  return [...next.names].every(([name, outcome]) => outcome.kind !== 'failed' && outcome === base.names.get(name))
}

function areSame({ parameters: base }: HierarchyReading, { parameters: next }: HierarchyReading): boolean {
  if (base.length !== next.length) return false
  if (next.every((parameter, index) => parameter === base[index])) return true
  // AWS documents no order.
  const previous = new Set(base)
  return next.every((parameter) => previous.has(parameter))
}

function isFlawless({ failures, failure }: HierarchyReading): boolean {
  return failures.size === 0 && failure === undefined
}

function isSameOutcome(left: Outcome<StoredParameter>, right: Outcome<StoredParameter>): boolean {
  if (left.kind === 'found' && right.kind === 'found') return isSameVersion(left.found, right.found)
  return left.kind === 'missing' && right.kind === 'missing'
}

// A parameter that was deleted and created again restarts at version 1, but has another date.
function isSameVersion(left: StoredParameter, right: StoredParameter): boolean {
  if (left.version !== right.version || left.modifiedAt !== right.modifiedAt) return false
  return left.type === right.type && left.value === right.value
}
