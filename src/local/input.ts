import { mistyped } from './aws-error.ts'

/** The members of a request. */
export type Input = Readonly<Record<string, unknown>>

export function isInput(value: unknown): value is Input {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function optionalText(input: Input, member: string): string | undefined {
  const value = input[member] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw mistyped(member)
}

export function text(input: Input, member: string): string {
  const value = optionalText(input, member)
  if (value === undefined) throw mistyped(member)
  return value
}

export function flag(input: Input, member: string): boolean {
  const value = input[member] ?? false
  if (typeof value !== 'boolean') throw mistyped(member)
  return value
}

export function optionalNumber(input: Input, member: string): number | undefined {
  const value = input[member] ?? undefined
  if (value === undefined || typeof value === 'number') return value
  throw mistyped(member)
}

export function texts(input: Input, member: string): string[] {
  const value = input[member] ?? []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw mistyped(member)
}

/** Reads a list of objects. */
export function inputs(input: Input, member: string): Input[] {
  const value = input[member] ?? []
  if (Array.isArray(value) && value.every(isInput)) return value
  throw mistyped(member)
}

/** Reads a map of text to text, for example an encryption context. */
export function textMap(input: Input, member: string): Record<string, string> {
  const value = input[member] ?? {}
  if (!isInput(value)) throw mistyped(member)
  const entries = Object.entries(value)
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw mistyped(member)
  return Object.fromEntries(entries)
}

/** Reads bytes, which JSON carries as base64. */
export function optionalBytes(input: Input, member: string): Buffer | undefined {
  const value = optionalText(input, member)
  return value === undefined ? undefined : Buffer.from(value, 'base64')
}

/** Converts milliseconds to seconds since the Unix epoch, the form of a time in JSON 1.1. */
export function seconds(epochMs: number | undefined): number | undefined {
  return epochMs === undefined ? undefined : epochMs / 1_000
}

export function lowerFirst(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1)
}

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
