import { isConfigError, isLoadError, type Problem } from '../errors.ts'
import { printable } from '../messages/printable.ts'
import { Arguments } from './arguments.ts'
import { UsageError } from './command.ts'
import { ImportFailure } from './import-module.ts'
import { describeNext, policyCommands } from './next-command.ts'
import { isModuleName } from './open-definition.ts'
import { wrap } from './table.ts'
import type { Terminal } from './terminal.ts'

/** One readable block: what failed, and the next command to type. */
export function describeError(error: unknown, argv: readonly string[], terminal: Terminal): string {
  const width = Math.min(terminal.columns, 100)
  const lines = (text: string) => text.split('\n').flatMap((line) => wrap(line, width))
  if (error instanceof UsageError) {
    const next = error.next.map((command) => describeNext(command, terminal))
    return [...lines(`liveparam: ${error.message}`), ...next].join('\n')
  }
  if (error instanceof ImportFailure) {
    const { cause } = error
    const message = isConfigError(cause) ? cause.message.replace(/^liveparam: /, '') : describeCause(cause)
    const title = 'liveparam: the module of the definition failed while it was imported'
    return [title, '', ...lines(message).map((line) => (line === '' ? '' : `  ${line}`)), ...frames(cause)].join('\n')
  }
  if (isConfigError(error)) {
    const next = isLoadError(error) ? policyStep(error.problems, argv) : []
    return [...lines(error.message), ...next.map((command) => describeNext(command, terminal))].join('\n')
  }
  // The command of `exec` may hold secrets.
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  const command = ['liveparam', ...own].join(' ')
  return [
    `liveparam: ${command} failed`,
    '',
    ...lines(describeCause(error)).map((line) => `  ${line}`),
    ...frames(error),
  ].join('\n')
}

function policyStep(problems: readonly Problem[], [command = '', ...words]: readonly string[]): readonly string[] {
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  return policyCommands(problems, new Arguments(command, [], [], new Map()), own.find(isModuleName))
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
