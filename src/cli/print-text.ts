import type { Whereabouts } from '../errors.ts'
import { describePlace } from '../messages/problem-block.ts'
import { wrap } from './table.ts'
import type { Style, Terminal } from './terminal.ts'

// Longer lines are hard to read.
const widest = 120

/** How a text is printed. */
export interface TextOptions {
  readonly style?: Style
  /** How many columns further lines are indented. @default as `wrap` does */
  readonly indent?: number
}

/** Prints a text, broken into lines at spaces. */
export function printText(text: string, terminal: Terminal, { style, indent }: TextOptions = {}): void {
  for (const line of wrap(text, Math.min(terminal.columns, widest), indent)) {
    terminal.print(style === undefined ? line : terminal.style(line, style))
  }
}

/** Prints texts. The titles among them have no indentation. */
export function printSections(texts: readonly string[], terminal: Terminal): void {
  for (const text of texts) printText(text, terminal, /^\S/.test(text) ? { style: 'strong' } : {})
}

/** Prints the first lines of a result: the definition, its paths, and the account that was read. */
export function printPlace(
  terminal: Terminal,
  { file, paths, where }: { readonly file: string; readonly paths: readonly string[]; readonly where: Whereabouts },
): void {
  const place = [...paths, describePlace(where).join(', ')].filter((part) => part !== '').join('  ')
  printText(`${terminal.style(file, 'strong')}  ${place}`, terminal)
}
