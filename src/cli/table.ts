// Node has the same pattern in util.stripVTControlCharacters, which loads more slowly than this.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these sequences begin with one
const sequences = /\u001b\[[0-9;]*m/g

/** How a table is fitted into a width. */
export interface TableOptions {
  /** Whether the last column continues on further lines. Otherwise a line may be wider. @default false */
  readonly wraps?: boolean
  /** The columns whose texts are shortened, the longest first, until the table fits. @default [] */
  readonly shortens?: readonly number[]
}

/** Aligns the columns of rows, with two spaces between them. The last column has no padding. */
export function formatTable(
  rows: readonly (readonly string[])[],
  columns: number,
  { wraps = false, shortens = [] }: TableOptions = {},
): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const needed = Array.from({ length: count }, (_, index) => Math.max(0, ...rows.map((row) => widthOf(row[index]))))
  const widths = narrowed(needed, columns, shortens)
  return rows.flatMap((row) => {
    const fitted = row.map((cell, index) => (shortens.includes(index) ? shorten(cell, widths[index] ?? 0) : cell))
    const cells = fitted.map((cell, index) => (index === count - 1 ? cell : pad(cell, widths[index] ?? 0)))
    const line = cells.join('  ').trimEnd()
    if (!wraps || widthOf(line) <= columns) return [line]
    const start = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
    const [first = '', ...others] = wrap(row.at(-1) ?? '', Math.max(20, columns - start))
    return [[...cells.slice(0, -1), first].join('  '), ...others.map((text) => ' '.repeat(start) + text)]
  })
}

const leastWidth = 12

function narrowed(needed: readonly number[], columns: number, shortens: readonly number[]): readonly number[] {
  const widths = [...needed]
  const widthAt = (index: number) => widths[index] ?? 0
  let excess = widths.reduce((sum, width) => sum + width + 2, -2) - columns
  while (excess > 0) {
    const [widest = 0] = [...shortens].sort((left, right) => widthAt(right) - widthAt(left))
    if (shortens.length === 0 || widthAt(widest) <= leastWidth) break
    widths[widest] = widthAt(widest) - 1
    excess--
  }
  return widths
}

/**
 * Breaks a line at spaces. Further lines have the indentation of the first one, and `indent` more: those of the title of
 * a finding, which ends with its code, stay above its text.
 */
export function wrap(line: string, columns: number, indent: number = /^ {2}\S.*\]$/.test(line) ? 2 : 0): string[] {
  if (widthOf(line) <= columns) return [line]
  const start = /^\s*(?:[→-] )?/.exec(line)?.[0].length ?? 0
  const hanging = ' '.repeat(start + indent)
  const lines: string[] = []
  let current = line.slice(0, start)
  let isEmpty = true
  for (const word of line.slice(start).split(' ')) {
    if (!isEmpty && widthOf(current) + 1 + widthOf(word) > columns) {
      lines.push(current.trimEnd())
      current = hanging + word
    } else current += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, current]
}

/** Shortens a text in the middle. */
export function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  const end = Math.ceil((width - 1) / 2)
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`
}

/** The version of a secret is an id, which its start identifies. */
export function shortVersion(version = ''): string {
  return version.length > 8 ? `${version.slice(0, 7)}…` : version
}

/** The width of a text without its colours. */
export function widthOf(text = ''): number {
  return text.replace(sequences, '').length
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}
