import { type ExitCode, UsageError } from './command.ts'
import { type CommandEntry, commands } from './commands.ts'
import type { Terminal } from './terminal.ts'

/** Runs a command line. Prints every error as one block. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await dispatch(argv, terminal)
  } catch (error) {
    if (terminal.signal.aborted) return 2
    const { describeError } = await import('./describe-error.ts')
    terminal.note(describeError(error, argv, terminal))
    return 2
  }
}

async function dispatch([first, ...others]: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (first === '--version' || first === '-v' || first === 'version') {
    const { readVersion } = await import('./version.ts')
    terminal.print(await readVersion())
    return 0
  }
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    const { describeCommand, describeCommands } = await import('./help.ts')
    const [topic] = others
    if (topic !== undefined && !topic.startsWith('-')) {
      terminal.print(describeCommand(await (await entryOf(topic, ['help'])).load(), terminal))
      return 0
    }
    const text = describeCommands(terminal)
    if (first !== undefined) terminal.print(text)
    else terminal.note(text)
    return first === undefined ? 2 : 0
  }
  const command = await (await entryOf(first, [], others)).load()
  const { parseArguments } = await import('./arguments.ts')
  const given = parseArguments(others, command)
  if (given.has('help')) {
    const { describeCommand } = await import('./help.ts')
    terminal.print(describeCommand(command, terminal))
    return 0
  }
  return command.run(given, terminal, commands)
}

async function entryOf(name: string, before: readonly string[], after: readonly string[] = []): Promise<CommandEntry> {
  const entry = commands.find((command) => command.name === name)
  if (entry !== undefined) return entry
  const { nearest } = await import('../messages/nearest.ts')
  const names = commands.map((command) => command.name)
  const close = nearest(name, names)
  if (close !== undefined) {
    const corrected = ['liveparam', ...before, close, ...after].join(' ')
    throw new UsageError(`there is no command ${JSON.stringify(name)}: did you mean ${close}?`, corrected)
  }
  const isFile = /[./\\]/.test(name)
  const message = `there is no command ${JSON.stringify(name)}: the commands are ${names.join(', ')}`
  throw new UsageError(message, isFile ? `liveparam check ${name}` : 'liveparam help')
}
