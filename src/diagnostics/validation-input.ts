import type { $ZodIssue, $ZodType } from 'zod/v4/core'
import type { Assembled } from '../decode/assemble.ts'
import type { MergedLayers, StoredKey } from '../decode/merge-layers.ts'
import { type KeyPath, toKeyPath } from '../schema/key-path.ts'
import { PathMap } from '../schema/path-map.ts'
import type { Plan } from '../schema/plan.ts'
import type { Layers } from '../schema/read-request.ts'
import { type KnownConfig, SecretTexts } from './secret-texts.ts'
import type { Suggester } from './suggest.ts'

/** A candidate, on its way to zod. */
export interface ValidationInput {
  readonly schema: $ZodType
  readonly plan: Plan
  readonly layers: Layers
  readonly overlay: MergedLayers
  readonly assembled: Assembled
  readonly suggester: Suggester
  /** What is served until the candidate is accepted. */
  readonly served?: KnownConfig | undefined
  /** Keys that are known to be wrong already. */
  readonly refused: readonly KeyPath[]
}

/** A case, with what there is to look up in it for each of any number of issues. */
export interface IndexedInput extends ValidationInput {
  readonly places: Places
  readonly secrets: SecretTexts
}

interface Places {
  readonly stored: PathMap<StoredKey>
  readonly refused: PathMap<true>
  readonly unreadable: PathMap<true>
}

export function indexInput(subject: ValidationInput, issues: readonly $ZodIssue[]): IndexedInput {
  const { overlay, refused, plan, served } = subject
  const stored = [...overlay.stored.values()]
  const marked = (paths: readonly KeyPath[]) => new PathMap(paths.map((path) => [path, true] as const))
  const secrets = new SecretTexts(plan, [{ stored: overlay.stored }, ...(served === undefined ? [] : [served])])
  // An issue that a check adds has the check's input, which may stand anywhere on its path.
  for (const { input, path } of issues)
    for (let length = path.length; length >= 0; length--) secrets.addValue(input, toKeyPath(path.slice(0, length)))
  const places = {
    stored: new PathMap(stored.map((key) => [key.path, key] as const)),
    refused: marked(refused),
    unreadable: marked(overlay.unreadable.map(({ path }) => path)),
  }
  return { ...subject, places, secrets }
}

/** What stands at a path of zod's in what it was given. */
export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined
    return Reflect.get(value, part)
  }, input)
}
