import { isForbiddenSegment, referencePrefix } from '../tools/names.ts'
import type { StoredEntry } from './stored-parameters.ts'

/** The schema of one stored parameter, as TypeScript. */
export interface GuessedSchema {
  /** Further lines are indented relative to the first one. */
  readonly code: string
  /** What to tell about it in a comment. */
  readonly note?: string
  readonly isSensitive: boolean
}

/** What the zod of the project has. */
export interface ZodFeatures {
  readonly hasHostname: boolean
}

/** The schema by the data type, or by the text that is stored. */
export function guessSchema(entry: StoredEntry, isSecret: boolean, features: ZodFeatures): GuessedSchema {
  const { type, value = '' } = entry
  const isReference = value.startsWith(referencePrefix)
  const isSensitive = type === 'SecureString' || isSecret || isReference
  const { code, isGuessed } = type === 'StringList' ? ofList(entry, features) : ofText(entry, features)
  const note = isReference
    ? 'the secret that the parameter refers to'
    : isGuessed
      ? 'guessed from the stored text'
      : undefined
  return {
    code: isSensitive ? call('sensitive', isReference ? 'z.string()' : code) : code,
    isSensitive,
    ...(note !== undefined && { note }),
  }
}

/** Whether a name, or the text that is stored, looks like a secret. */
export function looksSecret({ name, value = '' }: Pick<StoredEntry, 'name' | 'value'>): boolean {
  const last = name.slice(name.lastIndexOf('/') + 1)
  return isSecretWord(last) || hasPassword(value) || hasSecretMember(value)
}

function isSecretWord(name: string): boolean {
  return /passw(?:or)?d|passphrase|secret|token|credential|(?:api|access|private|signing|encryption)[-_.]?key|^pwd$/i.test(
    name,
  )
}

function hasPassword(value: string): boolean {
  return /^[a-z][\w+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i.test(value)
}

function hasSecretMember(value: string): boolean {
  if (!/^\s*[[{]/.test(value)) return false
  return [...value.matchAll(/"([^"\\]*)"\s*:/g)].some(([, name = '']) => isSecretWord(name))
}

interface Code {
  readonly code: string
  readonly isGuessed: boolean
}

function known(code: string): Code {
  return { code, isGuessed: false }
}

function guessed(code: string): Code {
  return { code, isGuessed: true }
}

function ofText({ dataType, value }: StoredEntry, features: ZodFeatures): Code {
  return ofDataType(dataType, value, features) ?? ofStoredText(value)
}

function ofList({ dataType, value = '' }: StoredEntry, features: ZodFeatures): Code {
  const items = value.split(',')
  const [first] = items
  const item = ofDataType(dataType, first, features)
  if (item !== undefined) return { ...item, code: `z.array(${item.code})` }
  const codes = new Set(items.map((text) => ofStoredText(text).code))
  const [only] = codes
  return codes.size === 1 && only === 'z.int()' ? guessed('z.array(z.int())') : known('z.array(z.string())')
}

/** @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-data-types.html */
function ofDataType(dataType: string, value: string | undefined, { hasHostname }: ZodFeatures): Code | undefined {
  switch (dataType) {
    case 'boolean':
      return known('z.boolean()')
    case 'integer':
      return known(value === undefined || Number.isSafeInteger(Number(value)) ? 'z.int()' : 'z.bigint()')
    case 'float':
      return known('z.number()')
    case 'json':
      return value === undefined ? known('z.string()') : (ofJson(value) ?? known('z.string()'))
    case 'email':
      return known('z.email()')
    case 'ipv4-address':
      return known('z.ipv4()')
    case 'ipv6-address':
      return known('z.ipv6()')
    case 'url':
      return known('z.url()')
    case 'hostname':
      return known(hasHostname ? 'z.hostname()' : 'z.string()')
    case 'binary':
      return known('z.base64()')
    case 'text':
      return undefined
    default:
      return known('z.string()')
  }
}

function ofStoredText(value: string | undefined): Code {
  if (value === undefined) return known('z.string()')
  if (value === 'true' || value === 'false') return guessed('z.boolean()')
  // Longer ones are ids, such as those of accounts.
  if (/^-?(?:0|[1-9]\d{0,8})$/.test(value)) return guessed('z.int()')
  // The text of 1.10 would be lost.
  if (/^-?(?:0|[1-9]\d{0,8})\.\d{0,5}[1-9]$/.test(value)) return guessed('z.number()')
  if (/^https?:\/\/\S+$/.test(value) && URL.canParse(value)) return guessed('z.url()')
  return (/^[[{]/.test(value) ? ofJson(value) : undefined) ?? known('z.string()')
}

function ofJson(text: string): Code | undefined {
  try {
    return guessed(call('json', codeOfJson(JSON.parse(text), 0)))
  } catch {
    return undefined
  }
}

const maxDepth = 8
const maxMembers = 40

function codeOfJson(value: unknown, depth: number): string {
  if (typeof value === 'string') return 'z.string()'
  if (typeof value === 'number') return 'z.number()'
  if (typeof value === 'boolean') return 'z.boolean()'
  if (typeof value !== 'object' || value === null || depth >= maxDepth) return 'z.unknown()'
  if (Array.isArray(value)) {
    const [only, ...others] = new Set(value.map((item) => codeOfJson(item, depth + 1)))
    return call('z.array', only === undefined || others.length > 0 ? 'z.unknown()' : only)
  }
  const members = Object.entries(value)
  const isOpen =
    members.length === 0 || members.length > maxMembers || members.some(([name]) => isForbiddenSegment(name))
  if (isOpen) return 'z.record(z.string(), z.unknown())'
  return objectCode(members.map(([name, member]) => `${propertyName(name)}: ${codeOfJson(member, depth + 1)},`))
}

/** `z.object()` with a member on each line. */
export function objectCode(members: readonly string[]): string {
  return `z.object({\n${members.map(indented).join('\n')}\n})`
}

/** A call with one argument, which is on lines of its own if it has several. */
export function call(name: string, argument: string, ...before: readonly string[]): string {
  if (!argument.includes('\n')) return `${name}(${[...before, argument].join(', ')})`
  return `${name}(\n${[...before, argument].map((text) => `${indented(text)},`).join('\n')}\n)`
}

export function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}

/** The name of a property, with quotes if it needs them. */
export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name)
}

/** A text as a literal, with the quotes that need fewer escapes. */
export function literal(text: string): string {
  const count = (quote: string) => text.split(quote).length
  const escaped = JSON.stringify(text)
  if (count("'") > count('"')) return escaped
  return `'${escaped.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
