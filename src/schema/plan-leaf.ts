import type { $ZodType } from 'zod/v4/core'
import type { ParameterType } from '../ports.ts'
import { type Annotations, annotationsOf } from './annotations.ts'
import {
  accepts,
  findPart,
  holdsSensitive,
  isBranch,
  meaningfulOptions,
  partsOf,
  peel,
  type SchemaDef,
} from './introspect.ts'
import type { KeyPath, PlacedProblem } from './key-path.ts'
import { isExact, parseJson } from './parse-json.ts'
import type { Leaf } from './plan.ts'

/** The result of decoding a stored text. */
export interface Decoded {
  readonly value: unknown
  readonly fault?: Fault
}

/**
 * `json`: the text is not JSON. `depth`: its JSON is nested too deep. `list`: a StringList holds JSON. `boolean`:
 * coercion would accept any text as `true`. `digits`: a double cannot hold the number. `json-digits`: a double cannot
 * hold a number inside the JSON, which is harmless if the schema drops the number.
 */
export type Fault = 'json' | 'depth' | 'list' | 'boolean' | 'digits' | 'json-digits'

export type MaybePromise<Value> = Value | Promise<Value>

/** Decodes a stored text into the input of the schema. Never throws: text that does not decode stays text. */
export type Decode = (text: string, type: DecodedType) => MaybePromise<Decoded>

/** The type of the parameter. An override can stand for any type. */
export type DecodedType = ParameterType | 'Override'

/** Ways to decode a text, each with the schema that the result must satisfy. */
type Alternatives = readonly { readonly schema: $ZodType; readonly decode: Decode }[]

const decodeText: Decode = (text) => ({ value: text })

// https://www.rfc-editor.org/rfc/rfc8259#section-6
const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

const decodeNumber: Decode = (text) => {
  const written = text.trim()
  if (!isExact(written)) return { value: text, fault: 'digits' }
  return { value: jsonNumber.test(written) ? Number(written) : text }
}

const decodeBigint: Decode = (text) => {
  const written = text.trim()
  return { value: /^-?(0|[1-9]\d*)$/.test(written) ? BigInt(written) : text }
}

const decodeBoolean: Decode = (text) => ({ value: toBoolean(text) ?? text })

/** For a schema that coerces, which would turn "no" and any other text into `true`. */
const decodeCoercedBoolean: Decode = (text) => {
  const value = toBoolean(text)
  return value === undefined ? { value: text, fault: 'boolean' } : { value }
}

function decodeJson(text: string): Decoded {
  const parsed = parseJson(text)
  if (typeof parsed === 'object') return parsed.isInexact ? { value: parsed.value, fault: 'json-digits' } : parsed
  return { value: text, fault: parsed === 'deep' ? 'depth' : 'json' }
}

const decodeDate: Decode = (text) => {
  const written = text.trim()
  const date = new Date(written)
  if (!isoDate.test(written) || Number.isNaN(date.getTime())) return { value: text }
  // JavaScript turns 30 February into a day in March.
  const day = written.slice(0, 10)
  return { value: new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) ? date : text }
}

const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

/** For enums and literals: finds the value that is written like the text. */
function decodeListed(values: readonly unknown[]): Decode {
  const writtenAs = (text: string) =>
    values.find((value) => value !== null && value !== undefined && String(value) === text)
  return (text) => ({ value: writtenAs(text) ?? writtenAs(text.trim()) ?? text })
}

/**
 * Decodes a StringList by its commas, which cannot be escaped, and any other type as JSON. An override may have either
 * form.
 */
function decodeArray(decodeItem: (index: number) => Decode): Decode {
  return (text, type) => {
    if (type !== 'StringList' && type !== 'Override') return decodeJson(text)
    const json = text.trim().startsWith('[') ? decodeJson(text) : undefined
    if (json !== undefined && Array.isArray(json.value)) {
      return type === 'Override' ? json : { value: text, fault: 'list' }
    }
    const items = text.split(',').map((item, index) => decodeItem(index)(item, 'String'))
    const isReady = (item: MaybePromise<Decoded>): item is Decoded => !(item instanceof Promise)
    return items.every(isReady) ? collect(items) : Promise.all(items).then(collect)
  }
}

function collect(items: readonly Decoded[]): Decoded {
  const fault = items.find((item) => item.fault !== undefined)?.fault
  return { value: items.map((item) => item.value), ...(fault !== undefined && { fault }) }
}

/** Chooses the first alternative that decodes and validates. A single alternative is validated later. */
function decodeFirst(alternatives: Alternatives): Decode {
  const [only] = alternatives
  if (alternatives.length === 1 && only !== undefined) return only.decode
  return async (text, type) => {
    const decodings: Decoded[] = []
    for (const { schema, decode } of alternatives) {
      const decoded = await decode(text, type)
      const isUsable = decoded.fault === undefined || decoded.fault === 'json-digits'
      if (isUsable && (await accepts(schema, decoded.value))) return decoded
      decodings.push(decoded)
    }
    const changed = decodings.find((decoded) => decoded.value !== text)
    return changed ?? decodings.find(({ fault }) => fault === 'digits') ?? { value: text }
  }
}

function toBoolean(text: string): boolean | undefined {
  const written = text.trim()
  return written === 'true' ? true : written === 'false' ? false : undefined
}

/** Plans how the text of one parameter is decoded for a schema. */
export function planLeaf(schema: $ZodType, isBelowSensitive: boolean): Leaf | PlacedProblem {
  const { schema: core, annotations } = peel(schema)
  const fixed = findPart(core, (part) => part !== core && hasFixedPlace(annotationsOf(part)))
  if (fixed !== undefined) {
    const helper = annotationsOf(fixed.schema).secret === undefined ? 'parameter()' : 'secret()'
    return refuse([], `${helper} is inside a value that is one parameter`, `put ${helper} around the whole value`)
  }
  const isSecret = annotations.secret !== undefined
  const alternatives = alternativesOf(schema, isSecret)
  if ('problem' in alternatives) return alternatives
  const isSensitive = isBelowSensitive || holdsSensitive(schema)
  const decode = decodeFirst(alternatives)
  return { kind: 'leaf', schema, decode, isSensitive, followsReferences: isSensitive && !isSecret }
}

function hasFixedPlace({ secret, parameter }: Annotations): boolean {
  return secret !== undefined || parameter !== undefined
}

const textTypes = 'string template_literal any unknown custom transform never undefined void'.split(' ')

const decoders: Partial<Record<SchemaDef['type'], Decode>> = {
  ...Object.fromEntries(textTypes.map((type) => [type, decodeText])),
  number: decodeNumber,
  bigint: decodeBigint,
  boolean: decodeBoolean,
  date: decodeDate,
}

function alternativesOf(schema: $ZodType, isSecret: boolean): Alternatives | PlacedProblem {
  const { def, annotations } = peel(schema)
  if (annotations.json === true || def.type === 'object' || def.type === 'record') return jsonAlternative(schema)
  if (def.type === 'array') return listAlternative(schema, () => def.element)
  if (def.type === 'tuple') return listAlternative(schema, (index) => def.items[index] ?? def.rest ?? undefined)
  if (def.type === 'intersection') {
    const sides = [def.left, def.right]
    return isSecret && sides.some(isBranch) ? jsonAlternative(schema) : combine(sides, isSecret, schema)
  }
  if (def.type === 'union') {
    const options = meaningfulOptions(def)
    return combine(options.length === 0 ? def.options : options, isSecret)
  }
  if (def.type === 'enum') return [{ schema, decode: decodeListed(Object.values(def.entries)) }]
  if (def.type === 'literal') {
    const isNull = def.values.every((value) => value === null)
    return isNull ? cannotBecome('null') : [{ schema, decode: decodeListed(def.values) }]
  }
  const decode = def.type === 'boolean' && isCoerced(def) ? decodeCoercedBoolean : decoders[def.type]
  return decode === undefined ? cannotBecome(def.type) : [{ schema, decode }]
}

/** The alternatives of all parts. Each must satisfy `whole` or, without it, its part. */
function combine(parts: readonly $ZodType[], isSecret: boolean, whole?: $ZodType): Alternatives | PlacedProblem {
  const combined: Alternatives[number][] = []
  for (const part of parts) {
    const alternatives = alternativesOf(part, isSecret)
    if ('problem' in alternatives) return alternatives
    combined.push(...alternatives.map(({ decode }) => ({ schema: whole ?? part, decode })))
  }
  return combined
}

function jsonAlternative(schema: $ZodType): Alternatives | PlacedProblem {
  const impossible = findImpossible(schema, [...impossibleTypes, 'date', 'bigint'])
  if (impossible === undefined) return [{ schema, decode: decodeJson }]
  return refuse(impossible.path, `JSON cannot hold a ${impossible.type}`, remedyFor(impossible.type))
}

function listAlternative(
  schema: $ZodType,
  itemAt: (index: number) => $ZodType | undefined,
): Alternatives | PlacedProblem {
  const impossible = findImpossible(schema, impossibleTypes)
  if (impossible !== undefined) return { ...cannotBecome(impossible.type), path: impossible.path }
  const known = new Map<$ZodType, Decode>()
  const decodeItem = (index: number): Decode => {
    const item = itemAt(index)
    if (item === undefined) return decodeText
    const decode = known.get(item) ?? itemDecode(item)
    known.set(item, decode)
    return decode
  }
  return [{ schema, decode: decodeArray(decodeItem) }]
}

// An item that is an object or a list exists only in JSON. An item of a StringList stays text.
function itemDecode(item: $ZodType): Decode {
  const { def } = peel(item)
  if (isBranch(item) || def.type === 'array' || def.type === 'tuple') return decodeText
  const alternatives = alternativesOf(item, false)
  return 'problem' in alternatives ? decodeText : decodeFirst(alternatives)
}

/** The first part of a schema that has one of the types. A union needs only one possible member. */
function findImpossible(
  schema: $ZodType,
  types: readonly string[],
  path: KeyPath = [],
  seen: Set<$ZodType> = new Set(),
): { readonly path: KeyPath; readonly type: string } | undefined {
  const { schema: core, def } = peel(schema)
  if (seen.has(core)) return undefined
  seen.add(core)
  if (types.includes(def.type) && !isCoerced(def)) return { path, type: def.type }
  const found = partsOf(core).map((part) => findImpossible(part.schema, types, [...path, ...part.path], seen))
  if (def.type === 'union' && found.includes(undefined)) return undefined
  return found.find((impossible) => impossible !== undefined)
}

function isCoerced(def: SchemaDef): boolean {
  return 'coerce' in def && def.coerce === true
}

// No stored text can become one of these.
const impossibleTypes = ['map', 'set', 'symbol', 'function', 'file', 'promise', 'nan']

const remedies: Readonly<Record<string, string>> = {
  map: 'use z.record(), and .transform() it into a Map',
  set: 'use z.array(), and .transform() it into a Set',
  nan: 'use z.number()',
  null: 'use .optional() for a value that may be absent; null exists only inside json()',
  date: 'use z.iso.datetime() or z.coerce.date()',
  bigint: 'use z.coerce.bigint() and keep it a string in the JSON',
}

function cannotBecome(type: string): PlacedProblem {
  return refuse([], `a stored text cannot become a ${type}`, remedyFor(type))
}

function remedyFor(type: string): string {
  return remedies[type] ?? 'remove it from the schema, or derive it with .transform()'
}

function refuse(path: KeyPath, detail: string, remedy: string): PlacedProblem {
  return { path, problem: { code: 'UNSUPPORTED_SCHEMA', detail, remedy } }
}
