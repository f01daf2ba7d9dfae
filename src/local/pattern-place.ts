/** The position of AWS's parser when it finds a fault: after the first token of a value, its end, or the next token. */
export type Edge = 'start' | 'end' | 'next'

/** The keys and indexes that lead to a value. */
export type Path = readonly (string | number)[]

/** The reason why a pattern is malformed, in the wording of AWS. */
export class PatternError extends Error {
  readonly edge: Edge | undefined
  /** The path from the code that throws to the faulty value. */
  readonly path: Path

  /** @param edge Absent if AWS does not report a place. */
  constructor(message: string, edge?: Edge, ...path: Path) {
    super(message)
    this.edge = edge
    this.path = path
  }
}

/** Compiles the value at a key or index, and adds the key to the path of an error. */
export function under<T>(key: string | number, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    throw error instanceof PatternError ? new PatternError(error.message, error.edge, key, ...error.path) : error
  }
}

// AWS truncates the pattern in its texts at this length.
const maxShown = 500

/** The place of a fault, as AWS appends it to the reason. AWS removes spaces from the pattern before it parses it. */
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

/** Finds the value at a path, and the offset of its JSON. */
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

// Of a string, the parser has read only the opening quote.
function afterToken(text: string, offset: number): number {
  const [scalar = ''] = /^[^[\]{}",:]*/.exec(text.slice(offset)) ?? []
  return offset + Math.max(1, scalar.length)
}
