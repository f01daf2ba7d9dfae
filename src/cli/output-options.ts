import type { OptionSpec } from './command.ts'

/** The options of every command that prints a result. */
export const outputOptions: Readonly<Record<string, OptionSpec>> = {
  json: { type: 'boolean', help: 'Print the result as JSON' },
  values: { type: 'string', choices: ['never'], help: 'Print no value; overrides every other option' },
}
