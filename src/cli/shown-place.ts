import type { Whereabouts } from '../errors.ts'
import { describePlace } from '../messages/problem-block.ts'
import { wrap } from './table.ts'
import type { Terminal } from './terminal.ts'

/** The first lines of a result: the definition, its paths, and the account that was read. */
export function printPlace(
  terminal: Terminal,
  { file, paths, where }: { readonly file: string; readonly paths: readonly string[]; readonly where: Whereabouts },
): void {
  const place = [...paths, describePlace(where).join(', ')].filter((part) => part !== '').join('  ')
  const width = Math.min(terminal.columns, 120)
  for (const line of wrap(`${terminal.style(file, 'strong')}  ${place}`, width)) terminal.print(line)
}
