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
    '  liveparam check                       compares what is stored with config.ts',
    '  liveparam check --path /shop/staging  the same for another path',
    '',
    title('Commands'),
    ...formatTable(
      commands.map(({ name, summary }) => [`  ${name}`, summary]),
      terminal.columns,
      { wraps: true },
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
    ...wrap(`${summary}.`, width),
    '',
    title('Examples'),
    ...examples.flatMap(({ line, means }) => [
      `  ${line}`,
      ...wrap(`      ${means}`, width).map((text) => terminal.style(text, 'quiet')),
    ]),
    '',
    title('Usage'),
    `  liveparam ${name} ${usage.includes('[options]') ? usage : `${usage} [options]`.trim()}`,
    '',
    title('Options'),
    ...describeOptions({ ...options, ...commonOptions }, terminal.columns),
    ...details.flatMap((text) => ['', ...wrap(text, width)]),
  ].join('\n')
}

// A longer form has a line of its own, so that it does not narrow the others.
const longestForm = 34

function describeOptions(options: Readonly<Record<string, OptionSpec>>, columns: number): string[] {
  const rows = Object.entries(options).map(([name, spec]) => [formOf(name, spec), spec.help] as const)
  const width = Math.max(...rows.map(([form]) => form.length).filter((length) => length <= longestForm))
  return rows.flatMap(([form, text]) => {
    if (form.length <= width) return wrap(`${form.padEnd(width)}  ${text}`, columns, width)
    return [form, ...wrap(' '.repeat(width + 2) + text, columns)]
  })
}

function formOf(name: string, { short, type, value = '<value>', choices, multiple }: OptionSpec): string {
  const shown = choices === undefined ? value : choices.join('|')
  const form = `--${name}${type === 'string' ? ` ${shown}` : ''}${multiple === true ? ' …' : ''}`
  return `  ${form}${short === undefined ? '' : `, -${short}`}`
}
