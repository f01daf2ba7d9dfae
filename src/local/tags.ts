import { type Input, isInput, optionalText } from './input.ts'

/** Reads the tags of a request. */
export function tagsOf(input: Input): Record<string, string> | undefined {
  const tags = input.Tags ?? undefined
  if (!Array.isArray(tags)) return undefined
  const entries = tags.filter(isInput).map((tag) => [optionalText(tag, 'Key') ?? '', optionalText(tag, 'Value') ?? ''])
  return Object.fromEntries(entries)
}

/** Tags in the form of a response. */
export function tagList(tags: ReadonlyMap<string, string>): object[] {
  return [...tags].map(([Key, Value]) => ({ Key, Value }))
}
