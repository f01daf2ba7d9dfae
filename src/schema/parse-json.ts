/**
 * A parsed value. `invalid`: the text is not JSON. `deep`: it is nested too deep. `isInexact`: the value holds an
 * {@link InexactNumber}.
 */
export type ParsedJson = { readonly value: unknown; readonly isInexact: boolean } | 'invalid' | 'deep'

/** The limit for nesting: code that copies, freezes, validates or prints JSON makes one call for each level. */
export const maxJsonDepth = 128

/** Parses stored text. Never throws. */
export function parseJson(stored: string): ParsedJson {
  // A byte order mark is white space to `trim`, but not to JSON.
  const text = stored.trim()
  try {
    const value: unknown = JSON.parse(text)
    if (isDeep(value)) return 'deep'
    // A double holds every number with fewer digits and no exponent.
    const marked = /\d{16}|\d[eE]/.test(text) ? markInexact(text) : text
    if (marked === text) return { value, isInexact: false }
    return { value: JSON.parse(marked, unmark), isInexact: true }
  } catch {
    return 'invalid'
  }
}

const mark = '\u0000inexact:'

// Before Node 21, `JSON.parse` does not give the text of a number. JSON closes every string; the optional quote keeps the
// time linear for any text.
function markInexact(json: string): string {
  return json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"?|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') || isExact(token) ? token : `"\\u0000inexact:${token}"`,
  )
}

function unmark(_: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(mark) ? new InexactNumber(value.slice(mark.length)) : value
}

// Goes level by level, without recursion, because the value may be nested too deep for that.
function isDeep(value: unknown): boolean {
  let level = [value].filter(isObject)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === maxJsonDepth) return true
    level = level.flatMap((object) => Object.values(object).filter(isObject))
  }
  return false
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** A number in JSON that a double cannot hold. No schema accepts it, because a double would round it silently. */
export class InexactNumber {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The number as it is written. */
  get text(): string {
    return this.#text
  }

  // Prevents coercion to a rounded number or to `[object Object]`.
  [Symbol.toPrimitive](): never {
    throw new TypeError('this number has more digits than a JavaScript number can hold')
  }
}

/**
 * Whether a double holds the number in a text: a whole number exactly, and a number with a fraction or an exponent so
 * that it is written the same. Text that is not a number in any notation counts as exact.
 */
export function isExact(text: string): boolean {
  if (text.length < 16 && !/[eE]/.test(text)) return true
  const value = Number(text)
  if (!Number.isFinite(value)) return Number.isNaN(value)
  if (/^([+-]?\d+|0[xob].*)$/i.test(text)) return BigInt(text) === BigInt(value)
  if (value !== 0 && Math.abs(value) < 2 ** 53) return true
  return normalized(text) === normalized(String(value))
}

// The significant digits, and the power of ten that multiplies them.
function normalized(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.')
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return end === 0 ? '0' : `${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`
}
