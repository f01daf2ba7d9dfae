import { isDeepStrictEqual } from 'node:util'
import type { LocalAws, NewSecret, PutParameter, Seed } from '../local/index.ts'

/** One entry of a seed that the local AWS now holds as the seed does. */
export interface SeedChange {
  readonly name: string
  /**
   * `changed`: there is one more version. `replaced`: it was deleted and created again, because more than its value
   * differs. `failed`: the local AWS refused it.
   */
  readonly action: 'created' | 'changed' | 'replaced' | 'deleted' | 'failed'
}

/** Writes the differences between two seeds, each as the calls of the API would, with their events. */
export function applySeed(aws: LocalAws, before: Seed, after: Seed): readonly SeedChange[] {
  return [
    ...applyEntries<NewParameter>(entriesOf(before.parameters, parameterOf), entriesOf(after.parameters, parameterOf), {
      create: (name, entry) => aws.parameters.put({ ...entry, name }),
      put: (name, entry) => aws.parameters.put({ ...entry, name }),
      delete: (name) => aws.parameters.delete(name),
    }),
    ...applyEntries<Secret>(entriesOf(before.secrets, secretOf), entriesOf(after.secrets, secretOf), {
      create: (name, entry) => aws.secrets.create({ ...entry, name }),
      put: (id, { value }) => aws.secrets.put({ id, value }),
      delete: (id) => aws.secrets.delete({ id, force: true }),
    }),
  ]
}

type NewParameter = Omit<PutParameter, 'name' | 'overwrite'>
type Secret = Omit<NewSecret, 'name'>
type Entries<Entry> = ReadonlyMap<string, Entry>

interface Store<Entry> {
  create(name: string, entry: Entry): void
  /** Adds a version. */
  put(name: string, entry: Entry): void
  delete(name: string): void
}

function parameterOf(given: string | NewParameter): NewParameter {
  return typeof given === 'string' ? { value: given } : given
}

function secretOf(given: string | Uint8Array | Secret): Secret {
  return typeof given === 'string' || given instanceof Uint8Array ? { value: given } : given
}

function entriesOf<Given, Entry>(
  given: Readonly<Record<string, Given>> = {},
  entryOf: (given: Given) => Entry,
): Entries<Entry> {
  return new Map(Object.entries(given).map(([name, entry]) => [name, entryOf(entry)]))
}

function applyEntries<Entry extends object>(
  before: Entries<Entry>,
  after: Entries<Entry>,
  store: Store<Entry>,
): SeedChange[] {
  const names = new Set([...before.keys(), ...after.keys()])
  const changed = [...names].filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)))
  return changed.map((name) => {
    try {
      return { name, action: applyEntry(name, before.get(name), after.get(name), store) }
    } catch {
      return { name, action: 'failed' }
    }
  })
}

function applyEntry<Entry extends object>(
  name: string,
  before: Entry | undefined,
  after: Entry | undefined,
  store: Store<Entry>,
): SeedChange['action'] {
  if (after === undefined) {
    deleteExisting(name, store)
    return 'deleted'
  }
  if (before !== undefined && isNewValue(before, after)) {
    try {
      store.put(name, after)
      return 'changed'
    } catch {
      // The command may have deleted it, or created it with another type.
    }
  }
  deleteExisting(name, store)
  store.create(name, after)
  return before === undefined ? 'created' : 'replaced'
}

function isNewValue(before: object, after: object): boolean {
  return isDeepStrictEqual({ ...before, value: '' }, { ...after, value: '' })
}

function deleteExisting(name: string, store: Pick<Store<never>, 'delete'>): void {
  try {
    store.delete(name)
  } catch (error) {
    const isMissing = error instanceof Error && /NotFound/.test(error.name)
    if (!isMissing) throw error
  }
}
