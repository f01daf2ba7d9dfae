import type { $ZodType } from 'zod/v4/core'
import type { KeyPath } from './key-path.ts'
import { declaredAt } from './locate.ts'
import type { StoredKey } from './overlay.ts'
import { parseJson } from './parse-json.ts'
import { PathMap } from './path-map.ts'
import type { Plan } from './plan.ts'

/** A configuration that was stored, and the value that the schema made of it, if it did. */
export interface KnownConfig {
  readonly stored: ReadonlyMap<string, StoredKey>
  readonly value?: unknown
}

// Fewer characters than that occur in messages by accident.
const longestShared = 4
const shortestWord = 3

/** The texts that no message may quote: sensitive values, and what was made of them. */
export class SecretTexts {
  readonly #texts = new Set<string>()
  readonly #plain = new Set<string>()
  readonly #places: PathMap<true>

  constructor(plan: Plan, configs: readonly KnownConfig[]) {
    const stored = configs.flatMap((config) => [...config.stored.values()])
    const sensitive = stored.filter(({ isSensitive }) => isSensitive)
    const marked = [...sensitive, ...plan.leaves.filter(({ node }) => node.isSensitive)]
    this.#places = new PathMap(
      marked.flatMap(({ path, outputPath }) => [path, outputPath]).map((path) => [path, true] as const),
    )
    for (const { winner, isSensitive } of stored) {
      if (!isSensitive && typeof winner.value === 'string') this.#plain.add(winner.value)
    }
    for (const key of sensitive) this.#addStored(key)
    for (const { value } of configs) this.addValue(value, [])
  }

  /** Whether there is nothing that a message could give away. */
  get isEmpty(): boolean {
    return this.#texts.size === 0
  }

  /** Adds what stands at sensitive places of a value, which stands at the path. */
  addValue(value: unknown, path: KeyPath): void {
    if (this.#places.isBelowOne(path)) this.#addParts(value, new Set())
    else if (this.#places.firstWithin(path) !== undefined) {
      for (const [key, part] of partsOf(value)) this.addValue(part, [...path, key])
    }
  }

  /** Whether a message shares a run of five characters, or a shorter sensitive value, with one of the texts. */
  isQuotedIn(message: string): boolean {
    const lower = message.toLowerCase()
    const runs = new Set<string>()
    for (let end = longestShared + 1; end <= lower.length; end++) runs.add(lower.slice(end - longestShared - 1, end))
    const words = new Set(lower.split(/[^\p{L}\p{N}]+/u))
    for (const text of this.#texts) if (isShared(text, runs, words)) return true
    return false
  }

  #addStored({ node, winner, overridden }: StoredKey): void {
    const schemas = node.kind === 'leaf' ? [node.schema] : []
    for (const { value } of [winner, ...overridden]) {
      const parsed = typeof value === 'string' ? parseJson(value) : undefined
      if (typeof parsed === 'object' && typeof parsed.value === 'object') this.#addJson(parsed.value, schemas)
      else if (typeof value === 'string') this.#add(value)
      else this.#addBytes(value)
    }
  }

  // A key that the schema names is the schema's own word.
  #addJson(value: unknown, schemas: readonly $ZodType[]): void {
    if (typeof value !== 'object' || value === null) this.#addParts(value, new Set())
    else for (const [key, part] of partsOf(value)) this.#addJsonPart(key, part, schemas)
  }

  #addJsonPart(key: string | number, part: unknown, schemas: readonly $ZodType[]): void {
    const declared = schemas.flatMap((schema) => declaredAt(schema, key))
    if (!declared.some(({ isNamed }) => isNamed)) this.#add(String(key))
    const below = declared.map(({ schema }) => schema)
    this.#addJson(part, below)
  }

  #addParts(value: unknown, seen: Set<unknown>): void {
    if (value instanceof Uint8Array) this.#addBytes(value)
    else if (typeof value === 'object' && value !== null) this.#addObject(value, seen)
    else if (['string', 'number', 'bigint'].includes(typeof value)) this.#addUnlessPlain(String(value))
  }

  #addObject(value: object, seen: Set<unknown>): void {
    if (seen.has(value)) return
    seen.add(value)
    if (value instanceof URL) this.#addUnlessPlain(value.href)
    for (const [, part] of partsOf(value)) this.#addParts(part, seen)
  }

  #addUnlessPlain(text: string): void {
    if (!this.#plain.has(text)) this.#add(text)
  }

  #addBytes(bytes: Uint8Array): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (const encoding of ['utf8', 'latin1', 'base64', 'base64url', 'hex'] as const)
      this.#add(buffer.toString(encoding))
  }

  #add(text: string): void {
    if (text.length < shortestWord) return
    for (const spelled of [text, ...spellings(text)]) this.#texts.add(spelled.toLowerCase())
  }
}

function isShared(text: string, runs: ReadonlySet<string>, words: ReadonlySet<string>): boolean {
  if (text.length <= longestShared) return words.has(text)
  for (let end = longestShared + 1; end <= text.length; end++) {
    if (runs.has(text.slice(end - longestShared - 1, end))) return true
  }
  return false
}

// The ways in which programs write a secret into a message, other than as it is.
function spellings(text: string): string[] {
  const decoded = /^[\w+/=-]{8,}$/.test(text) ? [Buffer.from(text, 'base64').toString('utf8')] : []
  return [encodeURIComponent(text.replace(/\p{Cs}/gu, '')), Buffer.from(text, 'utf8').toString('base64'), ...decoded]
}

// What a schema makes may have getters that throw.
function partsOf(value: unknown): (readonly [string | number, unknown])[] {
  try {
    if (Array.isArray(value)) return [...value.entries()]
    if (value instanceof Map) return [...value].flat().map((part, index) => [index, part] as const)
    if (value instanceof Set) return [...value].map((part, index) => [index, part] as const)
    return typeof value === 'object' && value !== null ? Object.entries(value) : []
  } catch {
    return []
  }
}
