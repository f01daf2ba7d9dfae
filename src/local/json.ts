import { type Input, isInput } from './input.ts'

// The limit of EventBridge: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const maxDepth = 1_000

/** @returns `undefined` for a text that is not JSON, or that has too many levels for AWS. */
export function parsed(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json)
    return isTooDeep(value) ? undefined : value
  } catch {
    return undefined
  }
}

/** Whether a text is JSON, with any number of levels. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** @returns `undefined` for a text that is not a JSON object. */
export function parsedObject(json: string): Input | undefined {
  const value = parsed(json)
  return isInput(value) ? value : undefined
}

/**
 * Describes the first syntax error of a text that is not JSON, in the wording of AWS. Only names without quotes and
 * unknown words are described; for other errors the description is empty.
 */
export function jsonFault(text: string, source: string = redacted): string {
  const open: string[] = []
  let previous = ''
  for (const { 0: token, index } of text.matchAll(jsonToken)) {
    const isName = open.at(-1) === '{' && (previous === '{' || previous === ',')
    const isEnd = token === '}' && previous === '{'
    if (isName && !isEnd && !token.startsWith('"')) {
      const [character = ''] = token
      const shown = `'${character}' (code ${character.codePointAt(0) ?? 0})`
      return `Unexpected character (${shown}): was expecting double-quote to start field name${placeIn(text, index, source)}`
    }
    const [word = ''] = /^[\p{L}_$][\p{L}\p{N}_$]*/u.exec(token) ?? []
    if (['', ':', '[', ','].includes(previous) && word !== '' && !literals.includes(token)) {
      const expected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
      return `Unrecognized token '${word}': was expecting ${expected}${placeIn(text, index + word.length, source)}`
    }
    if (token === '{' || token === '[') open.push(token)
    if (token === '}' || token === ']') open.pop()
    previous = token
  }
  return ''
}

/** An offset in a text, as AWS appends it to a reason. */
export function placeIn(text: string, offset: number, source: string = quoted(text)): string {
  const lines = text.slice(0, offset).split('\n')
  return `\n at [Source: ${source}; line: ${lines.length}, column: ${(lines.at(-1) ?? '').length + 1}]`
}

/** A text as AWS quotes it in a place. */
export function quoted(text: string): string {
  const rest = text.length - maxQuoted
  return `(String)"${text.slice(0, maxQuoted)}"${rest > 0 ? `[truncated ${rest} chars]` : ''}`
}

/** Finds the value at a path of keys and indexes in a JSON text: the offsets of its start and its end. */
export function spanOf(text: string, path: readonly (string | number)[]): readonly [start: number, end: number] {
  const keys: (string | number)[] = []
  let [start, previous] = [-1, '']
  for (const { 0: token, index } of text.matchAll(jsonToken)) {
    const isName = typeof keys.at(-1) === 'string' && (previous === '{' || previous === ',')
    const isClosing = token === '}' || token === ']'
    if (isClosing) keys.pop()
    const key = keys.at(-1)
    if (token === ',' && typeof key === 'number') keys[keys.length - 1] = key + 1
    if (isName && token.startsWith('"')) keys[keys.length - 1] = String(JSON.parse(token))
    else if (!/[,:]/.test(token[0] ?? '') && keys.length === path.length && keys.every((own, at) => own === path[at])) {
      if (!isClosing) start = index
      if (token !== '{' && token !== '[') return [start, index + token.length]
    }
    if (token === '{') keys.push('')
    if (token === '[') keys.push(0)
    previous = token
  }
  return [0, text.length]
}

const jsonToken = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g
const literals = ['null', 'true', 'false']
const redacted = 'REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)'
// AWS truncates the text at this length.
const maxQuoted = 500

// Recursion would overflow the stack before it reaches the limit.
function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; depth <= maxDepth; depth++) {
    level = level.flatMap((node) => (typeof node === 'object' && node !== null ? Object.values(node) : []))
    if (level.length === 0) return false
  }
  return true
}
