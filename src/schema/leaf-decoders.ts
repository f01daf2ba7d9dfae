import type { $ZodType } from 'zod/v4/core'
import type { ParameterType } from '../ports.ts'
import { accepts } from './introspect.ts'
import { isExact, parseJson } from './parse-json.ts'

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

/** A way to decode a text, and the schema that the result must satisfy. */
export interface Alternative {
  readonly schema: $ZodType
  readonly decode: Decode
}

export const decodeText: Decode = (text) => ({ value: text })

// https://www.rfc-editor.org/rfc/rfc8259#section-6
const jsonNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

export const decodeNumber: Decode = (text) => {
  const written = text.trim()
  if (!isExact(written)) return { value: text, fault: 'digits' }
  return { value: jsonNumber.test(written) ? Number(written) : text }
}

export const decodeBigint: Decode = (text) => {
  const written = text.trim()
  return { value: /^-?(0|[1-9]\d*)$/.test(written) ? BigInt(written) : text }
}

export const decodeBoolean: Decode = (text) => ({ value: toBoolean(text) ?? text })

/** For a schema that coerces, which would turn "no" and any other text into `true`. */
export const decodeCoercedBoolean: Decode = (text) => {
  const value = toBoolean(text)
  return value === undefined ? { value: text, fault: 'boolean' } : { value }
}

export function decodeJson(text: string): Decoded {
  const parsed = parseJson(text)
  if (typeof parsed === 'object') return parsed.isInexact ? { value: parsed.value, fault: 'json-digits' } : parsed
  return { value: text, fault: parsed === 'deep' ? 'depth' : 'json' }
}

export const decodeDate: Decode = (text) => {
  const written = text.trim()
  const date = new Date(written)
  if (!isoDate.test(written) || Number.isNaN(date.getTime())) return { value: text }
  // JavaScript turns 30 February into a day in March.
  const day = written.slice(0, 10)
  return { value: new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) ? date : text }
}

const isoDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

/** For enums and literals: finds the value that is written like the text. */
export function decodeListed(values: readonly unknown[]): Decode {
  const writtenAs = (text: string) =>
    values.find((value) => value !== null && value !== undefined && String(value) === text)
  return (text) => ({ value: writtenAs(text) ?? writtenAs(text.trim()) ?? text })
}

/**
 * Decodes a StringList by its commas, which cannot be escaped, and any other type as JSON. An override may have either
 * form.
 */
export function decodeArray(decodeItem: (index: number) => Decode): Decode {
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
export function decodeFirst(alternatives: readonly Alternative[]): Decode {
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
