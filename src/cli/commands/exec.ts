import { isLoadError, type LiveConfig, type LoadError, loadConfig } from '../../index.ts'
import { platform } from '../../platform/node.ts'
import { type ConfigEnvironment, environmentOf, prefixOf } from '../../tools/environment.ts'
import { inspectDefinition } from '../../tools/inspect-definition.ts'
import { openSource } from '../../tools/read-aws.ts'
import { afterQuiet } from '../after-quiet.ts'
import type { Arguments } from '../arguments.ts'
import { checkReplaced } from '../check-replaced.ts'
import { Child } from '../child.ts'
import { type Command, type ExitCode, UsageError } from '../command.ts'
import { nextCommand, policyCommands } from '../next-command.ts'
import { definitionOptions, openDefinition, readingFrom } from '../open-definition.ts'
import { runChild } from '../run-child.ts'
import type { Terminal } from '../terminal.ts'

export const exec: Command = {
  name: 'exec',
  summary: 'Run a command with the configuration as environment variables',
  usage: '[definition] [options] -- <command>',
  examples: [
    { line: 'liveparam exec -- node server.js', means: 'db.maxPoolSize is DB__MAX_POOL_SIZE in its environment' },
    {
      line: 'liveparam exec --prefix SHOP_ --watch -- node server.js',
      means: "as fromEnv('SHOP_') reads it, and started again after each change",
    },
  ],
  most: 1,
  takesCommand: true,
  options: {
    ...definitionOptions,
    prefix: { type: 'string', value: '<text>', help: 'The start of every name. By default that of fromEnv(), or none' },
    overwrite: { type: 'boolean', help: 'Replace environment variables that are set' },
    watch: { type: 'boolean', help: 'Start the command again after a change' },
    'kill-after': {
      type: 'string',
      value: '<seconds>',
      help: 'With --watch: how long the command may take to end before it is killed. 10 by default',
    },
  },
  details: [
    'The command gets what is stored, decrypted, after the schema has accepted it: each text as it is stored, and the defaults of the schema. No shell reads the command line. Signals are passed on, and the exit code is that of the command: 128 and the number of the signal if one ended it.',
    'With --watch, notifications and polls of the definition find changes. The command ends by SIGTERM before it starts again, one process at a time. While AWS cannot be reached, it keeps running with the last configuration.',
  ],
  run: runExec,
}

async function runExec(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  if (given.rest.length === 0) {
    throw new UsageError('liveparam exec needs a command after --', 'liveparam exec -- node server.js')
  }
  const killAfterMs = secondsOf(given.text('kill-after') ?? '10', given) * 1_000
  const { file, options, profile } = await openDefinition(given.positionals[0], given, terminal)
  const isWatching = given.has('watch')
  const prefix = given.text('prefix') ?? prefixOf(options)
  const definition = inspectDefinition(options)
  const source = openSource(options, { profile })
  try {
    terminal.progress('Reading…')
    const reading = readingFrom(source, options)
    const { notifications: _, ...once } = reading
    const own = isWatching ? reading : { ...once, poll: false as const }
    const config = await loadConfig({ ...own, signal: terminal.signal }).catch((error: unknown) => {
      throw isLoadError(error) ? notLoaded(error, file, given) : error
    })
    terminal.progress('')
    try {
      return await runCommand(config, {
        given,
        terminal,
        killAfterMs,
        read: () => environmentOf(config, definition, prefix),
      })
    } finally {
      await config.close()
    }
  } finally {
    if (options.source === undefined) await source.close?.()
  }
}

function notLoaded({ message, problems }: LoadError, file: string, given: Arguments): UsageError {
  const policy = policyCommands(problems, given, file)
  const next = policy.length > 0 ? policy : [nextCommand(given, { command: 'check', words: [file] })]
  return new UsageError(message.replace(/^liveparam: /, ''), ...next)
}

interface Running {
  readonly given: Arguments
  readonly terminal: Terminal
  readonly killAfterMs: number
  readonly read: () => ConfigEnvironment
}

async function runCommand(
  config: LiveConfig<unknown>,
  { given, terminal, killAfterMs, read }: Running,
): Promise<ExitCode> {
  const first = read()
  if (!given.has('overwrite')) checkReplaced(first, terminal.environment, exec.name)
  if (first.omitted.length > 0)
    terminal.note(`note: left out, because no environment variable can hold them: ${first.omitted.join(', ')}`)
  const child = new Child({ command: given.rest, folder: terminal.folder, clock: platform.clock, killAfterMs })
  const stopReplacing = given.has('watch') ? replaceAfterChanges(child, config, { first, read, terminal }) : () => {}
  try {
    return await runChild(child, { ...terminal.environment, ...first.variables }, terminal)
  } finally {
    stopReplacing()
  }
}

interface Replacing {
  /** What the command has now. */
  readonly first: ConfigEnvironment
  readonly read: () => ConfigEnvironment
  readonly terminal: Terminal
}

// A deployment that writes several parameters starts the command once.
const quietMs = 500

function replaceAfterChanges(
  child: Child,
  config: LiveConfig<unknown>,
  { first, read, terminal }: Replacing,
): () => void {
  let current = first
  const replacing = afterQuiet(quietMs, () => {
    const next = read()
    const changed = changedNames(current, next)
    if (changed.length === 0) return
    current = next
    terminal.note(`liveparam: ${changed.join(', ')} changed: starting the command again`)
    void child.replace({ ...terminal.environment, ...next.variables })
  })
  config.on('change', () => replacing.request())
  config.on('stale', ({ reason }) => {
    terminal.note(`liveparam: the configuration may be out of date (${reason}): the command keeps running`)
  })
  config.on('recovered', () => terminal.note('liveparam: the configuration is up to date again'))
  return () => replacing.cancel()
}

function changedNames({ variables: before }: ConfigEnvironment, { variables: after }: ConfigEnvironment): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].filter((name) => before[name] !== after[name]).sort()
}

function secondsOf(text: string, { command }: Arguments): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0 && seconds <= 86_400) return seconds
  throw new UsageError('--kill-after takes a number of seconds, such as 10', `liveparam help ${command}`)
}
