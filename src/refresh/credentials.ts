import type { Hint, Reading, ReadRequest, StoredParameter } from '../ports.ts'
import { splitSelector } from '../schema/names.ts'
import { hintAt } from './hints.ts'

/** Hints for all values that a login may use: the secrets of a request, and the SecureStrings of a reading. */
export function credentialsOf({ secrets, hierarchies }: ReadRequest, reading: Reading | undefined): Hint[] {
  const inHierarchies = (reading?.hierarchies ?? []).flatMap(({ parameters }, index) => {
    const label = hierarchies[index]?.label
    return parameters.filter(isEncrypted).map(({ name }) => hintAt(name, label))
  })
  const named = [...(reading?.names ?? [])].flatMap(([requested, outcome]) => {
    if (outcome.kind !== 'found' || !isEncrypted(outcome.found)) return []
    const { name, selector } = splitSelector(requested)
    return [hintAt(name, selector)]
  })
  const ofSecrets = secrets.map(({ id }): Hint => ({ kind: 'secret', name: id, operation: 'put' }))
  return [...ofSecrets, ...inHierarchies, ...named]
}

function isEncrypted({ type }: StoredParameter): boolean {
  return type === 'SecureString'
}
