import type { $ZodType } from 'zod/v4/core'
import type { ParameterType } from '../ports.ts'
import { accepts } from './introspect.ts'
import { parseJson } from './parse-json.ts'

/** What a stored text became. */
export interface Decoded {
  readonly value: unknown
  /**
   * `json`: the text was to be JSON and is not. `depth`: its JSON is nested too deep. `boolean`: it would be taken for
   * `true` whatever it says.
   */
  readonly fault?: 'json' | 'depth' | 'boolean'
}

export type MaybePromise<Value> = Value | Promise<Value>

/** From a stored text to what the schema takes in. Never throws: text that does not decode is handed on as it is. */
export type Decode = (text: string, type: ParameterType) => MaybePromise<Decoded>

/** One way to understand a text, and the schema that judges it. */
export interface Alternative {
  readonly schema: $ZodType
  readonly decode: Decode
}

export const decodeText: Decode = (text) => ({ value: text })

export const decodeNumber: Decode = (text) => ({ value: isNumber(text) ? Number(text) : text })

export const decodeBigint: Decode = (text) => ({ value: /^-?(0|[1-9]\d*)$/.test(text) ? BigInt(text) : text })

export const decodeBoolean: Decode = (text) => ({ value: text === 'true' ? true : text === 'false' ? false : text })

/** For a schema that coerces: left alone it would turn "no", and any other text, into `true`. */
export const decodeCoercedBoolean: Decode = (text) =>
  text === 'true' || text === 'false' ? { value: text === 'true' } : { value: text, fault: 'boolean' }

export const decodeJson: Decode = (text) => {
  const parsed = parseJson(text)
  if (typeof parsed === 'object') return parsed
  return { value: text, fault: parsed === 'deep' ? 'depth' : 'json' }
}

export const decodeDate: Decode = (text) => {
  const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const date = new Date(isIso ? text : Number.NaN)
  return { value: isRealDate(date, text) ? date : text }
}

/** For enums and literals: the one listed value that the text spells. */
export function decodeListed(values: readonly unknown[]): Decode {
  return (text) => {
    const spelled = values.find((value) => value !== null && value !== undefined && String(value) === text)
    return { value: spelled ?? text }
  }
}

/** A StringList by its commas, which cannot be escaped; any other type as JSON. */
export function decodeArray(decodeItem: (index: number) => Decode): Decode {
  return (text, type) => {
    if (type !== 'StringList') return decodeJson(text, type)
    const items = text.split(',').map((item, index) => decodeItem(index)(item, 'String'))
    return items.some((item) => item instanceof Promise)
      ? Promise.all(items).then(collect)
      : collect(items.filter((item): item is Decoded => !(item instanceof Promise)))
  }
}

/** The first alternative that decodes and validates; with a single one its schema gives the verdict later. */
export function decodeFirst(alternatives: readonly Alternative[]): Decode {
  const [only] = alternatives
  if (alternatives.length === 1 && only !== undefined) return only.decode
  return async (text, type) => {
    const decodings: Decoded[] = []
    for (const { schema, decode } of alternatives) {
      const decoded = await decode(text, type)
      if (decoded.fault === undefined && (await accepts(schema, decoded.value))) return decoded
      decodings.push(decoded)
    }
    return decodings.find((decoded) => decoded.value !== text) ?? { value: text }
  }
}

// https://www.rfc-editor.org/rfc/rfc8259#section-6
function isNumber(text: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)
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
