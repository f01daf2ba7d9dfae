import type { $ZodType } from 'zod/v4/core'
import type { StoredKey } from '../decode/merge-layers.ts'
import { type KeyPath, keyOf } from '../schema/key-path.ts'
import { InexactNumber, parseJson } from '../schema/parse-json.ts'
import type { Plan } from '../schema/plan.ts'
import { declaredAt } from './locate.ts'
import { type PathMap, pathSet } from './path-map.ts'
import { runLength, SharedRuns } from './shared-runs.ts'

/** Stored values, and the value that the schema made of them, if it accepted them. */
export interface KnownConfig {
  readonly stored: ReadonlyMap<string, StoredKey>
  readonly value?: unknown
}

// Too many messages hold shorter values by accident.
const shortestWord = 3

/** The texts that no message may quote: sensitive values, and the values that the schema made of them. */
export class SecretTexts {
  /** The texts that have a run, and the shorter ones. */
  readonly #texts = new Set<string>()
  readonly #short = new Set<string>()
  readonly #plain = new Set<string>()
  readonly #places: PathMap<true>
  /** Objects whose parts are among the texts. */
  readonly #added = new WeakSet<object>()
  /** The paths at which each object was searched. */
  readonly #visited = new WeakMap<object, Set<string>>()
  #runs: SharedRuns | undefined

  constructor(plan: Plan, configs: readonly KnownConfig[]) {
    const stored = configs.flatMap((config) => [...config.stored.values()])
    const sensitive = stored.filter(({ isSensitive }) => isSensitive)
    const places = [...sensitive, ...plan.leaves.filter(({ node }) => node.isSensitive)]
    this.#places = pathSet(places.flatMap(({ path, outputPath }) => [path, outputPath]))
    for (const { winner, isSensitive } of stored) {
      if (!isSensitive && typeof winner.value === 'string') this.#plain.add(winner.value)
    }
    for (const key of sensitive) this.#addStored(key)
    for (const { value } of configs) this.addValue(value, [])
  }

  /** Whether there is no sensitive text. */
  get isEmpty(): boolean {
    return this.#texts.size + this.#short.size === 0
  }

  /** Adds the texts at the sensitive places of a value at `path`. */
  addValue(value: unknown, path: KeyPath): void {
    if (this.#places.isBelowOne(path)) this.#addParts(value)
    else if (this.#places.firstWithin(path) !== undefined && typeof value === 'object' && value !== null) {
      const visited = this.#visited.get(value) ?? new Set<string>()
      const key = keyOf(path)
      // Many issues of one check have one input.
      if (visited.has(key)) return
      this.#visited.set(value, visited.add(key))
      for (const [part, inner] of partsOf(value)) this.addValue(inner, [...path, part])
    }
  }

  /** Whether a message shares a run of five characters with one of the texts, or holds a shorter text as a word. */
  isQuotedIn(message: string): boolean {
    const lower = message.toLowerCase()
    this.#runs ??= new SharedRuns([...this.#texts])
    return this.#runs.has(lower) || quotesWord(lower, this.#short)
  }

  /** Whether a text holds one of the texts as a whole, or a short one as a word. */
  isContainedIn(text: string): boolean {
    if (!this.isQuotedIn(text)) return false
    const lower = text.toLowerCase()
    return quotesWord(lower, this.#short) || [...this.#texts].some((secret) => lower.includes(secret))
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

  #addJson(value: unknown, schemas: readonly $ZodType[]): void {
    if (typeof value !== 'object' || value === null || value instanceof InexactNumber) {
      this.#addParts(value)
      return
    }
    for (const [key, part] of partsOf(value)) {
      const declared = schemas.flatMap((schema) => declaredAt(schema, key))
      // A key that the schema names is not secret.
      if (!declared.some(({ isNamed }) => isNamed)) this.#add(String(key))
      const below = declared.map(({ schema }) => schema)
      this.#addJson(part, below)
    }
  }

  #addParts(value: unknown): void {
    if (value instanceof Uint8Array) this.#addBytes(value)
    else if (value instanceof InexactNumber) this.#addUnlessPlain(value.text)
    else if (['string', 'number', 'bigint'].includes(typeof value)) this.#addUnlessPlain(String(value))
    else if (typeof value === 'object' && value !== null && !this.#added.has(value)) {
      this.#added.add(value)
      if (value instanceof URL) this.#addUnlessPlain(value.href)
      for (const [, part] of partsOf(value)) this.#addParts(part)
    }
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
    for (const form of [text, ...encodings(text)].map((each) => each.toLowerCase()))
      (form.length < runLength ? this.#short : this.#texts).add(form)
  }
}

// A short value counts as quoted only as a word. In the middle of a word it is an accident.
function quotesWord(message: string, short: ReadonlySet<string>): boolean {
  if (short.size === 0) return false
  const words = new Set(message.split(/[^\p{L}\p{N}]+/u))
  return [...short].some((text) => words.has(text) || (/[^\p{L}\p{N}]/u.test(text) && message.includes(text)))
}

// The encodings in which programs write a secret into a message.
function encodings(text: string): string[] {
  const decoded = /^[\w+/=-]{8,}$/.test(text) ? [Buffer.from(text, 'base64').toString('utf8')] : []
  const bytes = Buffer.from(text, 'utf8')
  const encoded = (['base64', 'base64url', 'hex'] as const).map((encoding) => bytes.toString(encoding))
  return [encodeURIComponent(text.replace(/\p{Cs}/gu, '')), ...encoded, ...decoded]
}

// The parts of an object or collection. An object that a schema makes may have getters that throw.
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
