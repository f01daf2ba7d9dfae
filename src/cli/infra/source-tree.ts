/**
 * The structure of a file in TypeScript or HCL, as far as it matters for a comparison: without comments, white space,
 * quotes and optional commas.
 */
export interface Group {
  /** The bracket before it; empty for the file. */
  readonly open: string
  readonly items: readonly Item[]
}

/** What stands between two separators. */
export type Item = readonly (string | Group)[]

interface Token {
  readonly kind: 'word' | 'text' | 'sign' | 'line'
  readonly text: string
}

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' }
// An item goes on after these, and before a dot.
const joining = ['=', ':', '=>', '.', '|', '&', '?', '+']

export function readSource(source: string): Group {
  const tokens = tokensOf(source)
  let at = 0
  const readGroup = (open: string): Group => {
    const items: Item[] = []
    let item: (string | Group)[] = []
    const end = () => {
      if (item.length > 0) items.push(item)
      item = []
    }
    for (let token = tokens[at]; token !== undefined; token = tokens[at]) {
      at++
      if (token.kind === 'sign' && token.text === closing[open]) break
      if (token.kind === 'line') {
        const last = item.at(-1)
        const goesOn = (typeof last === 'string' && joining.includes(last)) || tokens[at]?.text === '.'
        if (open !== '(' && open !== '[' && !goesOn) end()
      } else if (token.kind === 'sign' && (token.text === ',' || token.text === ';')) end()
      else if (token.kind === 'sign' && closing[token.text] !== undefined) item.push(readGroup(token.text))
      else item.push(token.text)
    }
    end()
    return { open, items }
  }
  return readGroup('')
}

/** A text that is equal for groups of the same meaning. The order counts only in parentheses. */
export function canonical({ open, items }: Group): string {
  const texts = items.map((item) => canonicalItem(item))
  return `${open}${(open === '(' ? texts : texts.sort()).join('\n')}${closing[open] ?? ''}`
}

export function canonicalItem(item: Item): string {
  return item.map((part) => (typeof part === 'string' ? part : canonical(part))).join(' ')
}

/** Every group inside a group, itself first. */
export function groupsIn(group: Group): readonly Group[] {
  const inner = group.items.flatMap((item) => item.filter((part) => typeof part !== 'string'))
  return [group, ...inner.flatMap((part) => groupsIn(part))]
}

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < source.length; ) {
    const end = endOfToken(source, at)
    const text = source.slice(at, end)
    const [first = ''] = text
    if (first === '\n') tokens.push({ kind: 'line', text })
    else if (isQuote(first)) tokens.push({ kind: 'text', text: text.slice(1, -1) })
    else if (isWord(first)) tokens.push({ kind: 'word', text })
    else if (!isBlank(first) && !isComment(text)) tokens.push({ kind: 'sign', text })
    at = end
  }
  return tokens
}

function endOfToken(source: string, start: number): number {
  const [first = '', second = ''] = [source[start], source[start + 1]]
  if (first === '#' || (first === '/' && second === '/')) return endOf(source, '\n', start)
  if (first === '/' && second === '*') return endOf(source, '*/', start) + 2
  if (isQuote(first)) return endOfText(source, start)
  if (first === '=' && second === '>') return start + 2
  let end = start + 1
  if (isWord(first)) while (isWord(source[end] ?? '')) end++
  return end
}

function endOf(source: string, text: string, from: number): number {
  const end = source.indexOf(text, from)
  return end === -1 ? source.length : end
}

/** Interpolations may hold quotes. */
function endOfText(source: string, start: number): number {
  const quote = source[start]
  let depth = 0
  for (let at = start + 1; at < source.length; at++) {
    const character = source[at]
    if (character === '\\') at++
    else if (character === '$' && source[at + 1] === '{') depth++
    else if (character === '}' && depth > 0) depth--
    else if (character === quote && depth === 0) return at + 1
  }
  return source.length
}

function isQuote(character: string): boolean {
  return character === '"' || character === "'" || character === '`'
}

function isWord(character: string): boolean {
  return /[\w$-]/.test(character)
}

function isBlank(character: string): boolean {
  return /\s/.test(character)
}

function isComment(text: string): boolean {
  return text.startsWith('#') || text.startsWith('//') || text.startsWith('/*')
}
