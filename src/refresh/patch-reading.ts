import type { HierarchyReading, HierarchyRequest, Outcome, Reading, StoredParameter } from '../ports.ts'

/** The outcomes by which a reading is brought up to date. */
export interface Patch {
  /** Of hierarchies, by their place in the request: the outcomes by full name. */
  readonly hierarchies: ReadonlyMap<number, ReadonlyMap<string, Outcome<StoredParameter>>>
  /** As asked for. */
  readonly names: ReadonlyMap<string, Outcome<StoredParameter>>
}

/** How a name is asked for, so that it comes at the version that a hierarchy is read at. */
export function askedName({ label }: HierarchyRequest, name: string): string {
  return label === undefined ? name : `${name}:${label}`
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
  { parameters, listed, failures }: HierarchyReading,
  outcomes: ReadonlyMap<string, Outcome<StoredParameter>>,
): HierarchyReading {
  const isKept = (name: string) => !outcomes.has(name)
  const found = [...outcomes.values()].flatMap((outcome) => (outcome.kind === 'found' ? outcome.found : []))
  const stillFailing = [...failures].filter(([name]) => isKept(name))
  const newlyFailing = [...outcomes].flatMap(([name, outcome]) =>
    outcome.kind === 'failed' ? [[name, outcome.failure] as const] : [],
  )
  const stored = [...found.map(({ name }) => name), ...newlyFailing.map(([name]) => name)]
  return {
    parameters: [...parameters.filter(({ name }) => isKept(name)), ...found],
    ...(listed !== undefined && { listed: [...listed.filter(isKept), ...stored] }),
    failures: new Map([...stillFailing, ...newlyFailing]),
  }
}
