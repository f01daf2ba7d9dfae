import type { $ZodType } from 'zod/v4/core'
import { nearest } from '../messages/nearest.ts'
import { peel } from '../schema/introspect.ts'

/** A usual mistake in a rejected text, described without the text. */
export interface NearMiss {
  readonly what: string
  readonly remedy: string
}

type Row = readonly [pattern: RegExp, what: string, remedy: string]

/** Finds a usual mistake in a text that is not sensitive. `format` is the format that a check expects. */
export function nearMiss(text: string, schema: $ZodType, format?: string): NearMiss | undefined {
  const { def, annotations } = peel(schema)
  if (annotations.json === true) return find(text, [...everywhere, ...objects])
  if (def.type === 'enum') return ofListed(text, Object.values(def.entries))
  if (def.type === 'literal') return ofListed(text, def.values)
  if (def.type === 'union') {
    return def.options.map((option) => nearMiss(text, option, format)).find((miss) => miss !== undefined)
  }
  const own = 'format' in def && typeof def.format === 'string' ? def.format : ''
  return find(text, [...everywhere, ...(rows[format ?? ''] ?? rows[own] ?? rows[def.type] ?? [])])
}

/** The mistake in a part of a JSON value that has another type than the schema. */
export function jsonMiss(found: unknown, expected: string): NearMiss | undefined {
  if (typeof found !== 'string') return undefined
  if (coerced.includes(expected)) return inQuotes(expected)
  const isNested = /^\s*[[{]/.test(found) && ['object', 'array', 'record', 'tuple'].includes(expected)
  return isNested
    ? { what: 'the JSON holds JSON inside a string there', remedy: 'store the JSON itself there' }
    : undefined
}

/** The remedy for a part of a JSON value that must not be described. */
export function jsonRemedy(expected: string): Partial<NearMiss> {
  return coerced.includes(expected) ? { remedy: inQuotes(expected).remedy } : {}
}

const coerced: readonly string[] = ['number', 'int', 'bigint', 'boolean', 'date']

function inQuotes(expected: string): NearMiss {
  const type = expected === 'int' ? 'number' : expected
  const way = type === 'boolean' ? 'z.stringbool()' : `z.coerce.${type}()`
  const bare = type === 'number' || type === 'boolean' ? `write a ${type} in the JSON without quotes, or ` : ''
  return { what: 'the JSON holds a string there', remedy: `${bare}use ${way} where it is in quotes` }
}

function ofListed(text: string, values: readonly unknown[]): NearMiss | undefined {
  const words = values.filter((value) => typeof value === 'string')
  const trimmed = text.trim()
  const sameWord = words.find((word) => word.toLowerCase() === trimmed.toLowerCase())
  if (sameWord !== undefined && words.includes(trimmed)) return find(text, everywhere)
  const remedy = (word: string) => `store ${JSON.stringify(word)}`
  if (sameWord !== undefined) return { what: 'it differs in case', remedy: remedy(sameWord) }
  const near = find(text, everywhere)
  if (near !== undefined) return near
  const close = nearest(trimmed.slice(0, 100), words)
  return close === undefined ? undefined : { what: 'it resembles a listed value', remedy: remedy(close) }
}

function find(text: string, candidates: readonly Row[]): NearMiss | undefined {
  const [, what, remedy] = candidates.find(([pattern]) => pattern.test(text)) ?? []
  return what === undefined || remedy === undefined ? undefined : { what, remedy }
}

const asDate = 'store an ISO 8601 date, such as 2030-01-31'
const asList = 'store it as a StringList (commas between the items), or as a JSON array'
const storedArn = /^arn:aws[\w-]*:(ssm|secretsmanager):/
const quantity = /^-?[\d.,]+\s*[a-zµ]+(\/[a-z]+)?$/i
const unreplaced = /^(\$\{.*\}|\{\{.*\}\}|<[\w -]+>|\$\(.*\)|%\w+%|\$[a-z_]\w*)$/is
const spacedDate = /^\d{4}-\d\d-\d\d \d\d:\d\d/
const shortDate = /^\d{4}-\d{1,2}-\d{1,2}/
const otherDate = /^(\d{4}[/.]\d{1,2}[/.]\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{8})\b/
const otherBoolean = /^(yes|no|y|n|on|off|t|f|1|0|enabled?|disabled?)$/i

const everywhere: readonly Row[] = [
  [/^$/, 'it is empty', 'store a value, or delete the parameter'],
  [/^\s+$/, 'it is nothing but white space', 'store a value, or delete the parameter'],
  [/[\p{Cf}\u00a0\u2000-\u200a\u202f\u205f\u3000]/u, 'it holds an invisible character', 'type the value again'],
  [/^\s|\s$/, 'it begins or ends with white space or a line break', 'store it without'],
  [/^"\s*\\?[[{].*"$/s, 'it is a JSON string that holds JSON', 'store the JSON itself, without quotes around it'],
  [/^(["'`“‘]).*["'`”’]$/s, 'it is in quotes', 'store it without the quotes'],
  [/^(null|undefined|none|nil|n\/a)$/i, 'it is a word for nothing', 'delete the parameter, or store a value'],
  [unreplaced, 'it is a placeholder that was not replaced', 'store the value'],
  [/^(todo|tbd|changeme|change[-_]me|replace[-_]?me|placeholder|dummy)$/i, 'it is a placeholder', 'store the value'],
  [storedArn, 'it is the ARN of a parameter or secret', 'use parameter() or secret() in the schema'],
]

const numbers: readonly Row[] = [
  [/^[−–—]\s*[\d.]/, 'it has a dash in place of the minus sign', 'write the minus sign of the keyboard (-)'],
  [/^(?![\d.,-]*$)[\p{Nd}.,-]+$/u, 'it has digits of another script', 'write the digits 0 to 9'],
  [/^[+]/, 'it has a plus sign', 'leave out the plus sign'],
  [/^-?0[xob][\da-f]+$/i, 'it is not decimal', 'write it in decimal'],
  [/^-?0\d+([.,]\d+)?$/, 'it has a leading zero', 'leave out leading zeros, or use z.string() for a code or an id'],
  [/^-?\d{1,3}([,'’_ ]\d{3})+(\.\d+)?$/, 'it has separators between the digits', 'leave out the separators'],
  [/^-?\d{1,3}(\.\d{3})+,\d+$/, 'it has separators and a decimal comma', 'write digits and a decimal point'],
  [/^-?\d+,\d+$/, 'it has a comma', 'write a decimal point, and nothing between thousands'],
  [/^-?(\.\d+|\d+\.)$/, 'it has no digit on one side of the point', 'write a digit on both sides of the point'],
  [/^-?(infinity|inf|nan)$/i, 'it is not a finite number', 'store a finite number'],
  [/^-?[\d.,]+\s*%$/, 'it has a percent sign', 'store the number alone'],
  [/^([$€£¥]\s*-?[\d.,]+|-?[\d.,]+\s*[$€£¥])$/, 'it has a currency sign', 'store the number alone'],
  [/^-?[\d.,]+\s*n$/, 'it has the n of a bigint', 'store the digits alone'],
  [quantity, 'it has a unit', 'store the number alone, in the unit that the program expects'],
  [/^\d{4}-\d\d-\d\d/, 'it is a date', 'store a number, or use z.date()'],
]

const wholeNumbers: readonly Row[] = [
  [/^-?\d+(\.\d+)?e[+-]?\d+$/i, 'it has an exponent', 'write out all digits'],
  [/^-?\d+\.\d+$/, 'it has decimals', 'store a whole number'],
]

const dates: readonly Row[] = [
  [/^\d{10,13}$/, 'it is a Unix time', `${asDate} or 2030-01-31T08:00:00Z`],
  [spacedDate, 'it has a space between date and time', 'write a T between them, and Z or an offset at the end'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/, 'it has no time zone', 'add Z or an offset such as +02:00'],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d\S*[+-]\d{4}$/, 'its offset has no colon', 'write the offset such as +02:00'],
  [/^\d{4}-\d\d-\d\d[tT]\d\d:\d\d\S*z$|^\d{4}-\d\d-\d\dt/, 'its T or Z is a small letter', 'write T and Z as capitals'],
  [
    /^\d{4}-\d\d-\d\d$/,
    'it is not the date or date and time that the schema asks for',
    'store a day that exists, with its time if the schema asks for one',
  ],
  [shortDate, 'a month or day has one digit, or does not exist', 'write two digits each, such as 2030-01-05'],
  [otherDate, 'it is a date in another form', asDate],
  [/^\w{3,9},? .*\d{4}/, 'it is a date in words', asDate],
]

const urls: readonly Row[] = [
  [/^[a-z]+:\/[^/]/i, 'it has one slash after the scheme', 'write two slashes after the colon'],
  [/^\/\//, 'it begins with two slashes', 'begin it with the scheme, such as https:'],
  [/^\//, 'it is a path', 'begin it with the scheme and the host, such as https://example.com'],
  [/^[\w.-]+(:\d+)?([/?#].*)?$/, 'it has no scheme', 'begin it with the scheme, such as https://'],
  [/\s/, 'it has white space inside', 'encode it as %20'],
]

const lists: readonly Row[] = [
  [/^\[[^"']*'/, 'it has single quotes', 'write JSON with double quotes'],
  [/^\[.*,\s*\]$/s, 'it has a comma after the last item', 'leave out the last comma'],
  [/^\{.*\}$/s, 'it is an object', 'store a JSON array'],
  [/^\[/, 'it begins like a JSON array and is not valid JSON', 'store valid JSON'],
  [/[\n\r]/, 'it has a line for each item', asList],
  [/[,;|]/, 'it has separators between items', asList],
  [/^[^\s[\]{}]+$/, 'it is a single word', 'store it as a StringList, or as a JSON array'],
]

const objects: readonly Row[] = [
  [/^[[{][^"']*'/, 'it has single quotes', 'write JSON with double quotes'],
  [/^[[{].*,\s*[\]}]+$/s, 'it has a comma after the last item', 'leave out the last comma'],
  [/^[[{][^"/#]*(\/[/*]|#)/, 'it has comments', 'leave out the comments: JSON has none'],
  [/^[[{].*\b(True|False|None|undefined|NaN)\b/s, 'it has words that JSON does not know', 'write true, false or null'],
  [/^\{\s*[\w$]+\s*:/s, 'it has keys without quotes', 'write JSON with double quotes around keys'],
  [/^[[{]/, 'it begins like JSON and is not valid JSON', 'check its quotes, commas and brackets, such as with jq'],
  [/^[\w.-]+\s*[=:](?!\/\/)/, 'it has the form of a settings file', 'store JSON'],
  [/^(eyJ|ewo|W3si|Wyj)[\w+/=-]*$/, 'it looks like JSON in base64', 'store the JSON itself'],
]

const base64: readonly Row[] = [
  [
    /^[\w-]+={0,2}$/,
    'it has the characters of base64url, or lacks the padding',
    'use z.base64url(), or pad it with = to a multiple of four',
  ],
  [/^[\w+/-]+[\r\n]/, 'it has line breaks', 'store it on one line (base64 -w0)'],
]

const base64url: readonly Row[] = [
  [/^[\w+/-]+={0,2}$/, 'it has +, / or = of base64', 'use z.base64(), or write it in base64url'],
]

const uuids: readonly Row[] = [
  [/^\{.*\}$/, 'it is in braces', 'store it without the braces'],
  [/^urn:uuid:/i, 'it begins with urn:uuid:', 'store it without that'],
  [/^[\da-f]{32}$/i, 'it has no dashes', 'write the dashes: 8-4-4-4-12'],
]

const addresses: readonly Row[] = [
  [/^[\w:.[\]]+\/\d+$/, 'it has a prefix length', 'store the address alone, or use z.cidrv4() or z.cidrv6()'],
  [/^\[.*\]/, 'it is in brackets', 'store the address alone'],
  [/^[\d.]+:\d+$/, 'it has a port', 'store the address alone'],
  [/^localhost$|[a-z]\.[a-z]/i, 'it is a host name', 'store the address'],
]

const rows: Readonly<Record<string, readonly Row[]>> = {
  boolean: [
    [/^(true|false)$/i, 'it differs in case', 'store "true" or "false"'],
    [otherBoolean, 'it is another word for true or false', 'store "true" or "false", or use z.stringbool()'],
  ],
  number: numbers,
  safeint: [...numbers, ...wholeNumbers],
  int32: [...numbers, ...wholeNumbers],
  uint32: [...numbers, ...wholeNumbers],
  bigint: [...numbers, ...wholeNumbers],
  date: dates,
  datetime: dates,
  time: [[/^\d{1,2}:\d\d/, 'it is a time in another form', 'write it as 08:00:00']],
  array: lists,
  tuple: lists,
  object: objects,
  record: objects,
  url: urls,
  email: [
    [/^[^<]*<[^@]*@/, 'it has a display name', 'store the address alone'],
    [/^mailto:/i, 'it begins with mailto:', 'store the address alone'],
    [/[,;]/, 'it has several addresses', 'store one address, or use z.array(z.email())'],
    [/^[^@]*$/, 'it has no @', 'store an address such as ops@example.com'],
  ],
  base64,
  base64url,
  uuid: uuids,
  guid: uuids,
  ipv4: addresses,
  ipv6: addresses,
  cidrv4: [[/^[\d.]+$/, 'it has no prefix length', 'add it, such as /24']],
  cidrv6: [[/^[\da-f:]+$/i, 'it has no prefix length', 'add it, such as /64']],
  jwt: [[/^bearer /i, 'it begins with Bearer', 'store the token alone']],
  hex: [[/^0x/i, 'it begins with 0x', 'store the digits alone']],
}
