import { isConfigError } from '../errors.ts'
import { printable } from '../messages/printable.ts'
import { UsageError } from './command.ts'
import { shownPath } from './find-definition.ts'
import { ImportFailure } from './import-module.ts'
import { describeNext, quoted } from './next-command.ts'
import { wrap } from './table.ts'
import type { Terminal } from './terminal.ts'

/** One readable block: what failed, and the next command to type. */
export function describeError(error: unknown, argv: readonly string[], terminal: Terminal): string {
  const width = Math.min(terminal.columns, 100)
  const lines = (text: string) => text.split('\n').flatMap((line) => wrap(line, width))
  const indented = (text: string) => lines(text.replace(/^(?=.)/gm, '  '))
  // The command of `exec` may hold secrets.
  const isWhole = !argv.includes('--')
  const own = isWhole ? argv : argv.slice(0, argv.indexOf('--'))
  if (error instanceof UsageError) {
    const next = error.next.map((command) => describeNext(command, terminal))
    return [...lines(`liveparam: ${error.message}`), ...next].join('\n')
  }
  if (error instanceof ImportFailure) {
    const { cause } = error
    const message = isConfigError(cause) ? cause.message.replace(/^liveparam: /, '') : describeCause(cause)
    const title = `liveparam: importing ${shownPath(error.file, terminal.folder)} failed`
    const again = describeNext(['liveparam', ...own.map(quoted)].join(' '), terminal)
    return [title, '', ...indented(message), ...frames(cause), ...(isWhole ? [again] : [])].join('\n')
  }
  if (isConfigError(error)) return lines(error.message).join('\n')
  const command = ['liveparam', ...own].join(' ')
  return [`liveparam: ${command} failed`, '', ...indented(describeCause(error)), ...frames(error)].join('\n')
}

function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return `it threw ${typeof cause}`
  return `${cause.name}: ${cause.message.split('\n').map(printable).join('\n')}`
}

/** Where it was thrown: the first lines of the stack that are not inside Node or a package. */
function frames(error: unknown): string[] {
  const stack = error instanceof Error && !isConfigError(error) ? (error.stack ?? '') : ''
  const ours = new URL('..', import.meta.url).href
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line) && !/node:|node_modules/.test(line))
  const own = lines.filter((line) => !line.includes(ours))
  return own.slice(0, 3).map((line) => `  ${line}`)
}
