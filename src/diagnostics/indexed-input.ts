import type { $ZodIssue } from 'zod/v4/core'
import type { StoredKey } from '../decode/merge-layers.ts'
import type { ValidationInput } from '../decode/validate.ts'
import { type KeyPath, toKeyPath } from '../schema/key-path.ts'
import { PathMap } from './path-map.ts'
import { SecretTexts } from './secret-texts.ts'
import { Suggester } from './suggest.ts'

/** A rejected candidate with its lookups, which are the same for each of its issues. */
export interface IndexedInput extends ValidationInput {
  readonly suggester: Suggester
  readonly secrets: SecretTexts
  readonly places: {
    readonly stored: PathMap<StoredKey>
    readonly refused: PathMap<true>
    readonly unreadable: PathMap<true>
    /** Whether all parameters under some path could not be read. */
    readonly isPathUnreadable: boolean
  }
}

export function indexInput(input: ValidationInput, issues: readonly $ZodIssue[]): IndexedInput {
  const { merged, refused, plan, served } = input
  const stored = [...merged.stored.values()]
  const marked = (paths: readonly KeyPath[]) => new PathMap(paths.map((path) => [path, true] as const))
  const secrets = new SecretTexts(plan, [{ stored: merged.stored }, ...(served === undefined ? [] : [served])])
  // A check gives its issue the input of the check, which may stand anywhere on the path of the issue.
  for (const { input: value, path } of issues)
    for (let length = path.length; length >= 0; length--) secrets.addValue(value, toKeyPath(path.slice(0, length)))
  const places = {
    stored: new PathMap(stored.map((key) => [key.path, key] as const)),
    refused: marked(refused),
    unreadable: marked(merged.problems.flatMap(({ path }) => (path === undefined ? [] : [path]))),
    isPathUnreadable: merged.problems.some(({ path, failure }) => path === undefined && failure !== undefined),
  }
  return { ...input, suggester: new Suggester(input), places, secrets }
}

/** The value at a path of an issue in the input of the schema. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    return Reflect.get(value, part)
  }, input)
}
