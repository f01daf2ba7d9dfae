import type { $ZodType } from 'zod/v4/core'
import { placeholder, placeholderFor } from '../tools/schemas.ts'
import type { StoredEntry } from './stored-parameters.ts'

/** What a seed is written from. */
export interface SeedParts {
  readonly entries: readonly StoredEntry[]
  /** Whether the value of a parameter is left out. */
  isSecret(entry: StoredEntry): boolean
  /** The secrets of the definition, by name. */
  readonly secrets: ReadonlyMap<string, $ZodType>
}

/** The text of a seed, without a single secret. */
export interface SeedText {
  readonly text: string
  /** The names whose values are placeholders. */
  readonly omitted: readonly string[]
}

/** Writes a seed for `dev`, as YAML, or as JSON for a file that is called so. */
export async function writeSeed({ entries, isSecret, secrets }: SeedParts, file: string): Promise<SeedText> {
  const omitted = [...entries.filter(isSecret).map(({ name }) => name), ...secrets.keys()]
  const parameters = entries.map((entry) => [entry.name, toSeedEntry(entry, isSecret(entry))] as const)
  const seed = {
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
    ...(secrets.size > 0 && {
      secrets: Object.fromEntries([...secrets].map(([name, schema]) => [name, placeholderFor(schema)])),
    }),
  }
  if (file.endsWith('.json')) return { text: `${JSON.stringify(seed, undefined, 2)}\n`, omitted }
  const { Document } = await import('yaml')
  const document = new Document(seed)
  if (omitted.length > 0) document.commentBefore = ` Secrets are not copied: replace ${placeholder}.`
  return { text: document.toString({ lineWidth: 0 }), omitted }
}

function toSeedEntry({ type, dataType, value = '' }: StoredEntry, isHidden: boolean): string | object {
  const text = isHidden ? placeholder : value
  const isPlain = type === 'String' && dataType === 'text'
  if (isPlain) return text
  return { value: text, type, ...(dataType !== 'text' && !isHidden && { dataType }) }
}
