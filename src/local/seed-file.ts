import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nearest } from '../messages/nearest.ts'
import { adviceFor, isObject } from './check-arguments.ts'
import type { Seed } from './options.ts'

/** A seed in YAML or JSON, and where its entries are. */
export interface SeedFile {
  readonly seed: Seed
  /** Such as `seed.yaml:12`. */
  placeOf(kind: string, name: string): string
}

/**
 * Reads a seed from a file.
 *
 * @throws TypeError If it is not a seed. The message names the file and the line, and shows no value.
 */
export async function readSeedFile(file: string | URL): Promise<SeedFile> {
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new TypeError(
      `${path}: ${error.code === 'ENOENT' ? 'there is no such file' : `not readable (${error.code})`}`,
    )
  })
  return parseSeedFile(text, basename(path))
}

type Tree = Readonly<Record<string, unknown>>

/** @throws TypeError If the text is not a seed. */
export async function parseSeedFile(text: string, file: string): Promise<SeedFile> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml')
  const lineCounter = new LineCounter()
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true })
  const placeAt = (offset: number | undefined) => `${file}:${lineCounter.linePos(offset ?? 0).line}`
  const [error] = document.errors
  if (error !== undefined) {
    // The message of the parser may quote a value.
    const isTwice = error.code === 'DUPLICATE_KEY'
    const reason = isTwice ? 'this name is there twice' : 'not YAML: check the indentation, the quotes and the brackets'
    const [start] = error.pos
    // A line that is indented too far is a part of the value above it.
    const end = Math.max(...document.errors.filter(({ pos }) => pos[0] === start).map(({ pos }) => pos[1])) - 1
    const [first, last] = [start, end].map((offset) => lineCounter.linePos(offset).line)
    throw new TypeError(`${placeAt(start)}${last === first ? '' : `-${last}`}: ${reason}`)
  }
  const places = new Map<string, string>()
  const note = (map: unknown, before: string) => {
    if (!isMap(map)) return
    for (const { key, value } of map.items) {
      if (!isScalar(key)) continue
      places.set(`${before}${key.value}`, placeAt(key.range?.[0]))
      if (before === '') note(value, `${key.value} `)
    }
  }
  note(document.contents, '')
  const placeOf = (kind: string, name: string) => places.get(`${kind} ${name}`) ?? places.get(kind) ?? file
  const typed: unknown = document.toJS() ?? {}
  // Every scalar is the text as it is written: otherwise, 1.10 would be 1.1.
  const written: unknown = parseDocument(text, { schema: 'failsafe', stringKeys: true }).toJS() ?? {}
  if (!isTree(typed) || !isTree(written))
    throw new TypeError(`${file}: a seed is an object with parameters and secrets`)
  return { seed: toSeed(typed, written, placeOf), placeOf }
}

function toSeed(typed: Tree, written: Tree, placeOf: SeedFile['placeOf']): Seed {
  const unknown = Object.keys(typed).find((key) => key !== 'parameters' && key !== 'secrets')
  if (unknown !== undefined) {
    const advice = adviceFor(unknown, ['parameters', 'secrets'])
    throw new TypeError(`${placeOf(unknown, '')}: a seed has no ${unknown}: ${advice}`)
  }
  const entries = <Kind extends keyof Seed>(kind: Kind, read: (value: unknown, text: unknown) => Entry<Kind>) => {
    const [values, texts] = [typed[kind] ?? {}, written[kind]]
    if (!isTree(values))
      throw new TypeError(`${placeOf(kind, '')}: ${kind} must be an object with an entry for each name`)
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => {
        try {
          return [name, read(value, Object(texts)[name])] as const
        } catch (error) {
          throw error instanceof SeedMistake
            ? new TypeError(`${placeOf(kind, name)}: ${name}: ${error.message}`)
            : error
        }
      }),
    )
  }
  return { parameters: entries('parameters', toParameter), secrets: entries('secrets', toSecret) }
}

type Entry<Kind extends keyof Seed> = NonNullable<Seed[Kind]>[string]

class SeedMistake extends Error {}

/** A text; a list, which becomes a StringList; or an object with `value` and other members. */
function toParameter(value: unknown, text: unknown): Entry<'parameters'> {
  if (Array.isArray(text)) return { type: 'StringList', value: listOf(text) }
  if (!isTree(text)) return textOf(value, text)
  if (!isTree(value) || text.value === undefined) {
    const misspelled = Object.keys(text).find((key) => nearest(key, ['value']) !== undefined)
    if (misspelled !== undefined) throw new SeedMistake(`there is no option ${misspelled}: did you mean value?`)
    throw new SeedMistake('an object needs value: give each parameter its full name, or write JSON as one text')
  }
  if (Array.isArray(text.value)) return { type: 'StringList', ...text, value: listOf(text.value) }
  if (isTree(text.value)) throw new SeedMistake('value must be a text or a list: write JSON as one text')
  return { ...text, value: textOf(value.value, text.value) }
}

/** A text; an object or a list, which becomes JSON; or an object with `value` and other members. */
function toSecret(value: unknown, text: unknown): Entry<'secrets'> {
  if (!isTree(value) || !isTree(text) || value.value === undefined) return secretOf(value, text)
  return { ...value, value: secretOf(value.value, text.value) }
}

function secretOf(value: unknown, text: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value, text)
}

function textOf(value: unknown, text: unknown): string {
  if (value === null || typeof text !== 'string') throw new SeedMistake('there is no value')
  return text
}

function listOf(items: readonly unknown[]): string {
  const texts = items.map((item) => textOf(item, item))
  if (texts.some((item) => item.includes(','))) {
    throw new SeedMistake('an item of a StringList cannot contain a comma: write JSON as one text')
  }
  return texts.join(',')
}

function isTree(value: unknown): value is Tree {
  return isObject(value) && !Array.isArray(value)
}
