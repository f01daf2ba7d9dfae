import type { Outcome, Reading, SecretRequest, StoredParameter, StoredSecret } from '../ports.ts'
import { isSameContent } from '../snapshot/diff.ts'
import type { KeptReading } from './hints.ts'

/**
 * The reading, with the objects of the base for parameters that are the same. Otherwise each text would take memory twice:
 * in the snapshot and in the new base.
 */
export function shareUnchanged(base: Reading, next: Reading): Reading {
  const hierarchies = next.hierarchies.map((hierarchy, index) => {
    const previous = new Map(base.hierarchies[index]?.parameters.map((parameter) => [parameter.name, parameter]))
    return { ...hierarchy, parameters: hierarchy.parameters.map((one) => shared(previous.get(one.name), one)) }
  })
  const names = new Map(next.names)
  for (const [name, outcome] of names) {
    const previous = base.names.get(name)
    if (previous?.kind === 'found' && outcome.kind === 'found')
      names.set(name, { kind: 'found', found: shared(previous.found, outcome.found) })
  }
  return { ...next, hierarchies, names }
}

function shared(previous: StoredParameter | undefined, next: StoredParameter): StoredParameter {
  const isSame = previous?.version === next.version && previous.modifiedAt === next.modifiedAt
  return isSame && previous.value === next.value && previous.type === next.type ? previous : next
}

/** Whether nothing failed, and everything is the same as in the base, whose parameters the reading shares. */
export function isRepeated(base: KeptReading, next: KeptReading, secrets: readonly SecretRequest[]): boolean {
  const { hierarchies, names } = next.reading
  return (
    hierarchies.every(({ parameters, failures, failure }, index) => {
      const before = base.reading.hierarchies[index]?.parameters
      const isComplete = failure === undefined && failures.size === 0 && before?.length === parameters.length
      return isComplete && parameters.every((parameter, place) => parameter === before[place])
    }) &&
    names.size === base.reading.names.size &&
    [...names].every(([name, outcome]) => isSame(base.reading.names.get(name), outcome, Object.is)) &&
    secrets.every((secret) => isSame(base.outcomeOf(secret), next.outcomeOf(secret), isSameSecret))
  )
}

/** Whether both outcomes are the same. A failure is the same as nothing. */
export function isSame<Found>(
  before: Outcome<Found> | undefined,
  after: Outcome<Found> | undefined,
  isSameFound: (before: Found, after: Found) => boolean,
): boolean {
  if (before?.kind === 'found' && after?.kind === 'found') return isSameFound(before.found, after.found)
  return before?.kind === 'missing' && after?.kind === 'missing'
}

// Some endpoints send no version id, so the values are compared, too.
export function isSameSecret(before: StoredSecret, after: StoredSecret): boolean {
  const isSameVersion = before.versionId === after.versionId && before.modifiedAt === after.modifiedAt
  return isSameVersion && isSameContent(before.value, after.value)
}
