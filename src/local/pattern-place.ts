import { placeIn, spanOf } from './json.ts'

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

/** The place of a fault in the text of a pattern, as AWS appends it to the reason. */
export function placeOf({ edge, path }: PatternError, text: string): string {
  if (edge === undefined) return ''
  const [start, end] = spanOf(text, path)
  const [separator = ''] = /^\s*,?\s*/.exec(text.slice(end)) ?? []
  const offset = edge === 'end' ? end : afterToken(text, edge === 'start' ? start : end + separator.length)
  // AWS reports the place of an item in a list of anything-but twice.
  const operator = path.findIndex((key, index) => key === 'anything-but' && typeof path[index - 1] === 'number')
  const isListed = operator >= 0 && typeof path.at(-1) === 'number' && path.length > operator + 1
  return placeIn(text, offset).repeat(isListed ? 2 : 1)
}

// Of a string, the parser has read only the opening quote.
function afterToken(text: string, offset: number): number {
  const [scalar = ''] = /^[^[\]{}",:\s]*/.exec(text.slice(offset)) ?? []
  return offset + Math.max(1, scalar.length)
}
