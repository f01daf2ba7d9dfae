import type { $ZodType } from 'zod/v4/core'
import type { StoredKey } from '../decode/merge-layers.ts'
import { InexactNumber } from '../schema/exact-number.ts'
import { type KeyPath, keyOf } from '../schema/key-path.ts'
import { parseJson } from '../schema/parse-json.ts'
import { PathMap } from '../schema/path-map.ts'
import type { Plan } from '../schema/plan.ts'
import { declaredAt } from './locate.ts'
import { runLength, SharedRuns } from './shared-runs.ts'

/** A configuration that was stored, and the value that the schema made of it, if it did. */
export interface KnownConfig {
  readonly stored: ReadonlyMap<string, StoredKey>
  readonly value?: unknown
}

// Shorter values are part of too many messages by accident.
const shortestWord = 3

/** The texts that no message may quote: sensitive values, and what was made of them. */
export class SecretTexts {
  readonly #texts = new Set<string>()
  readonly #plain = new Set<string>()
  readonly #places: PathMap<true>
  /** Objects whose parts are among the texts. */
  readonly #added = new WeakSet<object>()
  /** For objects that were looked through, the paths where they stood. */
  readonly #visited = new WeakMap<object, Set<string>>()
  #runs: SharedRuns | undefined
  #short: readonly string[] | undefined

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
    if (this.#places.isBelowOne(path)) this.#addParts(value)
    else if (this.#places.firstWithin(path) !== undefined && this.#isNew(value, path)) {
      for (const [key, part] of partsOf(value)) this.addValue(part, [...path, key])
    }
  }

  // Many issues of one check have one input.
  #isNew(value: unknown, path: KeyPath): boolean {
    if (typeof value !== 'object' || value === null) return false
    const visited = this.#visited.get(value) ?? new Set()
    const { size } = visited
    this.#visited.set(value, visited.add(keyOf(path)))
    return visited.size > size
  }

  /** Whether a message shares a run of five characters, or a shorter sensitive value, with one of the texts. */
  isQuotedIn(message: string): boolean {
    const lower = message.toLowerCase()
    this.#runs ??= new SharedRuns([...this.#texts].filter((text) => text.length >= runLength))
    this.#short ??= [...this.#texts].filter((text) => text.length < runLength)
    return this.#runs.has(lower) || quotesWord(lower, this.#short)
  }

  /** Whether a text holds one of the texts as a whole; a short one as a word. */
  isContainedIn(text: string): boolean {
    if (!this.isQuotedIn(text)) return false
    const lower = text.toLowerCase()
    const isInside = (secret: string) => secret.length >= runLength && lower.includes(secret)
    return quotesWord(lower, this.#short ?? []) || [...this.#texts].some(isInside)
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
    if (typeof value !== 'object' || value === null || value instanceof InexactNumber) this.#addParts(value)
    else for (const [key, part] of partsOf(value)) this.#addJsonPart(key, part, schemas)
  }

  #addJsonPart(key: string | number, part: unknown, schemas: readonly $ZodType[]): void {
    const declared = schemas.flatMap((schema) => declaredAt(schema, key))
    if (!declared.some(({ isNamed }) => isNamed)) this.#add(String(key))
    const below = declared.map(({ schema }) => schema)
    this.#addJson(part, below)
  }

  #addParts(value: unknown): void {
    if (value instanceof Uint8Array) this.#addBytes(value)
    else if (value instanceof InexactNumber) this.#addUnlessPlain(value.text)
    else if (typeof value === 'object' && value !== null) this.#addObject(value)
    else if (['string', 'number', 'bigint'].includes(typeof value)) this.#addUnlessPlain(String(value))
  }

  #addObject(value: object): void {
    if (this.#added.has(value)) return
    this.#added.add(value)
    if (value instanceof URL) this.#addUnlessPlain(value.href)
    for (const [, part] of partsOf(value)) this.#addParts(part)
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
    this.#runs = undefined
    this.#short = undefined
    for (const spelled of [text, ...spellings(text)]) this.#texts.add(spelled.toLowerCase())
  }
}

// A short value is quoted where it stands by itself; in the middle of a word it is there by accident.
function quotesWord(message: string, short: readonly string[]): boolean {
  if (short.length === 0) return false
  const words = new Set(message.split(/[^\p{L}\p{N}]+/u))
  return short.some((text) => words.has(text) || (/[^\p{L}\p{N}]/u.test(text) && message.includes(text)))
}

// The ways in which programs write a secret into a message, other than as it is.
function spellings(text: string): string[] {
  const decoded = /^[\w+/=-]{8,}$/.test(text) ? [Buffer.from(text, 'base64').toString('utf8')] : []
  const bytes = Buffer.from(text, 'utf8')
  const encoded = (['base64', 'base64url', 'hex'] as const).map((encoding) => bytes.toString(encoding))
  return [encodeURIComponent(text.replace(/\p{Cs}/gu, '')), ...encoded, ...decoded]
}

// What a schema makes may have getters that throw.
export function partsOf(value: unknown): (readonly [string | number, unknown])[] {
  try {
    if (Array.isArray(value)) return [...value.entries()]
    if (value instanceof Map) return [...value].flat().map((part, index) => [index, part] as const)
    if (value instanceof Set) return [...value].map((part, index) => [index, part] as const)
    return typeof value === 'object' && value !== null ? Object.entries(value) : []
  } catch {
    return []
  }
}
