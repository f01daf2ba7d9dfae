import type { Problem } from '../errors.ts'
import type { Arguments } from './arguments.ts'
import type { Terminal } from './terminal.ts'

// They say what is read, so a further command reads the same.
const placeOptions = ['export', 'path', 'profile', 'region', 'endpoint']

/**
 * A command to type next, which reads what the present one reads: its definition, and its options for the place. The
 * words in `without` are options that the new command names itself.
 */
export function nextCommand(
  given: Arguments,
  { command, words = [], without = [] }: { command: string; words?: readonly string[]; without?: readonly string[] },
): string {
  const options = placeOptions
    .filter((name) => !without.includes(name))
    .flatMap((name) => given.texts(name).flatMap((value) => [`--${name}`, value]))
  return ['liveparam', command, ...words, ...options].map(quoted).join(' ')
}

/** The command that prints the policy of a command, if one of its problems is a denial. */
export function policyCommands(
  problems: readonly Pick<Problem, 'code'>[],
  given: Arguments,
  file: string | undefined,
): readonly string[] {
  if (!problems.some(({ code }) => code === 'ACCESS_DENIED' || code === 'DECRYPTION_FAILED')) return []
  const words = ['policy', ...(file === undefined ? [] : [file]), '--for', given.command]
  return [nextCommand(given, { command: 'infra', words, without: ['profile', 'endpoint'] })]
}

/** The line that names a command to type next. */
export function describeNext(command: string, terminal: Terminal): string {
  return `  → ${command.replace(/^liveparam(?= |$)/, terminal.program)}`
}

/** A word as a shell reads it. Placeholders such as `<name>` stay as they are. */
export function quoted(word: string): string {
  return /^[\w./:@=,+%^-]+$|^<[\w ]+>$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
