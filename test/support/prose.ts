import jsTokens, { type Token } from 'js-tokens'

/** A piece of text of a file, with the line that it starts on. */
export interface Passage {
  readonly line: number
  readonly text: string
}

/** The comments and the text literals of a TypeScript file. */
export function proseOf(source: string): Passage[] {
  return placedTokens(source).filter(({ type }) => /Comment$|^StringLiteral$|Template/.test(type))
}

/** The names in a TypeScript file. */
export function identifiersOf(source: string): Passage[] {
  return placedTokens(source).filter(({ type }) => /^(IdentifierName|PrivateIdentifier)$/.test(type))
}

/** The titles that a test file passes to `describe()`, `it()` and their variants. */
export function titlesOf(source: string): Passage[] {
  const tokens = placedTokens(source).filter(
    ({ type }) => !/^(WhiteSpace|LineTerminatorSequence|.*Comment)$/.test(type),
  )
  return tokens.flatMap(({ text }, index) => {
    if (!/^(it|describe\w*)$/.test(text)) return []
    const [title] = argumentsAfter(tokens, index + 1)
    return title !== undefined && /^['"`]/.test(title.text) ? [title] : []
  })
}

/** The tokens of the last of `name.only(…)`, `name.each(…)(…)`. */
function argumentsAfter(tokens: readonly Passage[], start: number): Passage[] {
  let index = start
  while (tokens[index]?.text === '.' || tokens[index]?.text === '?.') index += 2
  if (tokens[index]?.text === '<') index = closing(tokens, index, '<', '>') + 1
  if (tokens[index]?.text !== '(') return []
  const end = closing(tokens, index, '(', ')')
  return tokens[end + 1]?.text === '(' ? argumentsAfter(tokens, end + 1) : tokens.slice(index + 1, end)
}

function closing(tokens: readonly Passage[], start: number, open: string, close: string): number {
  let depth = 0
  for (let index = start; index < tokens.length; index++) {
    const text = tokens[index]?.text
    if (text === open) depth++
    if (text === close) depth--
    if (depth === 0) return index
  }
  return tokens.length
}

function placedTokens(source: string): (Passage & { readonly type: Token['type'] })[] {
  let line = 1
  return Array.from(jsTokens(source), ({ type, value }) => {
    const token = { type, line, text: value }
    line += value.split('\n').length - 1
    return token
  })
}
