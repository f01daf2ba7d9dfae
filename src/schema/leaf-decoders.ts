import type { $ZodType } from 'zod/v4/core'
import type { ParameterType } from '../ports.ts'
import { accepts } from './introspect.ts'
import { isExact, isNumber, parseJson } from './parse-json.ts'

/** What a stored text became. */
export interface Decoded {
  readonly value: unknown
  readonly fault?: Fault
}

/**
 * `json`: the text was to be JSON and is not. `depth`: its JSON is nested too deep. `list`: a StringList holds JSON.
 * `boolean`: coercion would take any text for `true`. `digits`: a number has more digits than a double holds.
 * `json-digits`: one inside the JSON has, which does no harm where the schema has no use for it.
 */
export type Fault = 'json' | 'depth' | 'list' | 'boolean' | 'digits' | 'json-digits'

export type MaybePromise<Value> = Value | Promise<Value>

/** From a stored text to what the schema takes in. Never throws: text that does not decode is handed on as it is. */
export type Decode = (text: string, type: DecodedType) => MaybePromise<Decoded>

/** How the text was stored; an override takes the place of any type. */
export type DecodedType = ParameterType | 'Override'

/** One way to understand a text, and the schema that judges it. */
export interface Alternative {
  readonly schema: $ZodType
  readonly decode: Decode
}

export const decodeText: Decode = (text) => ({ value: text })

export const decodeNumber: Decode = (text) => {
  const written = text.trim()
  if (!isExact(written)) return { value: text, fault: 'digits' }
  return { value: isNumber(written) ? Number(written) : text }
}

export const decodeBigint: Decode = (text) => {
  const written = text.trim()
  return { value: /^-?(0|[1-9]\d*)$/.test(written) ? BigInt(written) : text }
}

export const decodeBoolean: Decode = (text) => ({ value: toBoolean(text) ?? text })

/** For a schema that coerces: left alone it would turn "no", and any other text, into `true`. */
export const decodeCoercedBoolean: Decode = (text) => {
  const value = toBoolean(text)
  return value === undefined ? { value: text, fault: 'boolean' } : { value }
}

export const decodeJson: Decode = (text) => {
  const parsed = parseJson(text)
  if (typeof parsed === 'object') return parsed.isInexact ? { value: parsed.value, fault: 'json-digits' } : parsed
  return { value: text, fault: parsed === 'deep' ? 'depth' : 'json' }
}

export const decodeDate: Decode = (text) => {
  const written = text.trim()
  const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(written)
  const date = new Date(isIso ? written : Number.NaN)
  return { value: isRealDate(date, written) ? date : text }
}

/** For enums and literals: the one listed value that the text spells. */
export function decodeListed(values: readonly unknown[]): Decode {
  const spelledBy = (text: string) =>
    values.find((value) => value !== null && value !== undefined && String(value) === text)
  return (text) => ({ value: spelledBy(text) ?? spelledBy(text.trim()) ?? text })
}

/**
 * A StringList by its commas, which cannot be escaped; any other type as JSON. An override may be written either way,
 * since it takes the place of both.
 */
export function decodeArray(decodeItem: (index: number) => Decode): Decode {
  return (text, type) => {
    const isJson = Array.isArray(jsonOf(text))
    if (type === 'StringList' && isJson) return { value: text, fault: 'list' }
    if (type !== 'StringList' && (type !== 'Override' || isJson)) return decodeJson(text, type)
    const items = text.split(',').map((item, index) => decodeItem(index)(item, 'String'))
    return items.some((item) => item instanceof Promise)
      ? Promise.all(items).then(collect)
      : collect(items.filter((item): item is Decoded => !(item instanceof Promise)))
  }
}

function jsonOf(text: string): unknown {
  const parsed = text.trim().startsWith('[') ? parseJson(text) : 'invalid'
  return typeof parsed === 'object' ? parsed.value : undefined
}

/** The first alternative that decodes and validates; with a single one its schema gives the verdict later. */
export function decodeFirst(alternatives: readonly Alternative[]): Decode {
  const [only] = alternatives
  if (alternatives.length === 1 && only !== undefined) return only.decode
  return async (text, type) => {
    const decodings: Decoded[] = []
    for (const { schema, decode } of alternatives) {
      const decoded = await decode(text, type)
      if (isUsable(decoded) && (await accepts(schema, decoded.value))) return decoded
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

function isUsable({ fault }: Decoded): boolean {
  return fault === undefined || fault === 'json-digits'
}

// The platform rolls 30 February over into March.
function isRealDate(date: Date, text: string): boolean {
  if (Number.isNaN(date.getTime())) return false
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text.slice(0, 10)
}

function collect(items: readonly Decoded[]): Decoded {
  const fault = items.find((item) => item.fault !== undefined)?.fault
  const value = items.map((item) => item.value)
  return fault === undefined ? { value } : { value, fault }
}
