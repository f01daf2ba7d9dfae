/** Where the parser of AWS is when it finds a fault, seen from a value: after its first token, its end or one more token. */
export type Edge = 'start' | 'end' | 'next'

/** The keys and indexes that lead to a value. */
export type Path = readonly (string | number)[]

/** Why a pattern is malformed, in the words of AWS. */
export class PatternError extends Error {
  readonly edge: Edge | undefined
  /** From where the error is thrown. */
  readonly path: Path

  /** @param edge Without one, AWS names no place. */
  constructor(message: string, edge?: Edge, ...path: Path) {
    super(message)
    this.edge = edge
    this.path = path
  }
}

/** Compiles what a key or index leads to. */
export function under<T>(key: string | number, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    throw error instanceof PatternError ? new PatternError(error.message, error.edge, key, ...error.path) : error
  }
}

// The parser of AWS shows no more of what it reads.
const maxShown = 500

/** The place of a fault, as AWS adds it to the text. AWS writes the pattern without spaces before it reads it. */
export function placeOf({ edge, path }: PatternError, pattern: unknown): string {
  if (edge === undefined) return ''
  const text = JSON.stringify(pattern)
  const { start, value } = find(pattern, path)
  const end = start + JSON.stringify(value ?? null).length
  const offset = edge === 'end' ? end : afterToken(text, edge === 'start' ? start : end + (text[end] === ',' ? 1 : 0))
  const rest = text.length - maxShown
  const shown = `"${text.slice(0, maxShown)}"${rest > 0 ? `[truncated ${rest} chars]` : ''}`
  return `\n at [Source: (String)${shown}; line: 1, column: ${offset + 1}]`
}

/** A value and where its JSON starts. */
function find(root: unknown, path: Path): { readonly start: number; readonly value: unknown } {
  let [start, value] = [0, root]
  for (const key of path) {
    const entries: [string, unknown][] = Object.entries(value ?? {})
    const index = entries.findIndex(([name]) => name === String(key))
    const isList = Array.isArray(value)
    const sizes = entries.map(([name, inner]) => [
      isList ? 0 : JSON.stringify(name).length + 1,
      JSON.stringify(inner).length,
    ])
    start += 1 + (sizes[index]?.[0] ?? 0)
    for (const [nameSize = 0, valueSize = 0] of sizes.slice(0, index)) start += nameSize + valueSize + 1
    value = entries[index]?.[1]
  }
  return { start, value }
}

// The parser reads a text to its end only when it is needed.
function afterToken(text: string, offset: number): number {
  const [scalar = ''] = /^[^[\]{}",:]*/.exec(text.slice(offset)) ?? []
  return offset + Math.max(1, scalar.length)
}
