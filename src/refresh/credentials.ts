import type { Hint, Reading, ReadRequest, StoredParameter } from '../ports.ts'
import { splitSelector } from '../schema/parameter-name.ts'
import { hintAt } from './hints.ts'

/** Hints at whatever a login may be made with: the secrets of a request, and what a reading has that is stored encrypted. */
export function credentialsOf({ secrets, hierarchies }: ReadRequest, reading: Reading | undefined): Hint[] {
  const inHierarchies = (reading?.hierarchies ?? []).flatMap(({ parameters }, index) => {
    const label = hierarchies[index]?.label
    return parameters.filter(isEncrypted).map(({ name }) => hintAt(name, label))
  })
  const named = [...(reading?.names ?? [])].flatMap(([asked, outcome]) => {
    if (outcome.kind !== 'found' || !isEncrypted(outcome.found)) return []
    const { name, selector } = splitSelector(asked)
    return [hintAt(name, selector)]
  })
  const pointed = secrets.map(({ id }): Hint => ({ kind: 'secret', name: id, operation: 'put' }))
  return [...pointed, ...inHierarchies, ...named]
}

function isEncrypted({ type }: StoredParameter): boolean {
  return type === 'SecureString'
}
