import { commonOptions } from './arguments.ts'
import type { Command, OptionSpec } from './command.ts'
import { commands } from './commands.ts'
import { formatTable, wrap } from './table.ts'
import type { Terminal } from './terminal.ts'

/** The help without a command. */
export function describeCommands(terminal: Terminal): string {
  const title = (text: string) => terminal.style(text, 'strong')
  return [
    'liveparam <command> [definition] [options]',
    '',
    title('Examples'),
    '  liveparam init                        writes config.ts from what is stored',
    '  liveparam check                       does the store hold what config.ts needs?',
    '  liveparam check --path /shop/staging  the same for another path',
    '',
    title('Commands'),
    ...formatTable(
      commands.map(({ name, summary }) => [`  ${name}`, summary]),
      terminal.columns,
    ),
    '',
    ...wrap(
      'definition is the module that exports the result of defineConfig(): config.ts and the like are found by name. No command changes what AWS stores. `liveparam help <command>` shows the options of a command.',
      Math.min(terminal.columns, 100),
    ),
  ].join('\n')
}

/** The help of one command: two examples, then its options. */
export function describeCommand(command: Command, terminal: Terminal): string {
  const { name, usage, summary, examples, options, details = [] } = command
  const title = (text: string) => terminal.style(text, 'strong')
  const width = Math.min(terminal.columns, 100)
  return [
    `${summary}.`,
    '',
    title('Examples'),
    ...examples.flatMap(({ line, means }) => [`  ${line}`, `      ${terminal.style(means, 'quiet')}`]),
    '',
    title('Usage'),
    `  liveparam ${name} ${usage.includes('[options]') ? usage : `${usage} [options]`.trim()}`,
    '',
    title('Options'),
    ...formatTable(
      Object.entries({ ...options, ...commonOptions }).map(([option, spec]) => [formOf(option, spec), spec.help]),
      terminal.columns,
      { wraps: true },
    ),
    ...details.flatMap((text) => ['', ...wrap(text, width)]),
  ].join('\n')
}

function formOf(name: string, { short, type, value = '<value>', choices, multiple }: OptionSpec): string {
  const shown = choices === undefined ? value : choices.join('|')
  const form = `--${name}${type === 'string' ? ` ${shown}` : ''}${multiple === true ? ' …' : ''}`
  return `  ${form}${short === undefined ? '' : `, -${short}`}`
}
