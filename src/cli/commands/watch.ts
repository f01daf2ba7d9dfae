import type { ConfigOptions, LiveConfig } from '../../index.ts'
import { platform } from '../../platform/node.ts'
import type { NotificationSource } from '../../ports.ts'
import type { Arguments } from '../arguments.ts'
import { printReport } from '../check-report.ts'
import type { Command, ExitCode } from '../command.ts'
import { counted } from '../counted.ts'
import { toJson } from '../json.ts'
import { nextSteps } from '../next-steps.ts'
import { definitionOptions, type OpenedDefinition, openDefinition } from '../open-definition.ts'
import { outputOptions } from '../output-options.ts'
import { printPlace } from '../print-text.ts'
import { reportOf } from '../report.ts'
import { type Followed, follow } from '../survey.ts'
import { wrap } from '../table.ts'
import { interrupted, type Terminal } from '../terminal.ts'
import { type WatchLine, type WatchListener, watchEvents } from '../watch-log.ts'
import { describeLine, drawWatch } from '../watch-screen.ts'

export const watch: Command = {
  name: 'watch',
  summary: 'Follow a configuration live: its state, its versions, and every change',
  usage: '[definition]',
  examples: [
    { line: 'liveparam watch', means: 'a screen with the state and the last changes, until Ctrl-C' },
    { line: 'liveparam watch --path /shop/prod --profile prod | tee changes.log', means: 'one line for each change' },
    { line: 'liveparam watch --json', means: 'one JSON object for each event, for programs' },
  ],
  most: 1,
  options: { ...definitionOptions, ...outputOptions },
  details: [
    'Runs a live config as your service does, without its hook prepare. The topic of snsNotifications() reports changes through a queue of its own, which is deleted at the end. A queue of sqsNotifications() is not read, because its messages belong to the service. Without notifications, the store is polled every 10 seconds, or once per second and call of a poll, unless the definition says how often.',
    'No value is printed. If the configuration cannot be loaded, the report of `liveparam check` is printed.',
    'Exit code: 130 after Ctrl-C (128 and the number of the signal), 1 if a start would fail, 2 for wrong usage.',
  ],
  run: runWatch,
}

async function runWatch(given: Arguments, terminal: Terminal): Promise<ExitCode> {
  const opened = await openDefinition(given.positionals[0], given, terminal)
  const notifications = sourcesToRead(opened.options, terminal)
  const followed = await follow(opened, terminal, (calls) => ({
    notifications,
    ...pollOf(opened.options, notifications.length > 0, calls.length),
  }))
  try {
    const { config } = followed
    terminal.progress('')
    if (config === undefined) return await reportFailure(followed, opened, { given, terminal })
    const show = given.has('json') ? showJson : terminal.openScreen === undefined ? showLines : showScreen
    await show({ config, followed, opened, terminal })
    return 0
  } finally {
    await followed.close()
  }
}

/** A queue of a service has each message once: read here, it would be missing there. */
function sourcesToRead({ notifications = [] }: ConfigOptions, terminal: Terminal): readonly NotificationSource[] {
  const sources = [notifications].flat()
  const isShared = ({ listensTo = '' }: NotificationSource) => /^https?:/.test(listensTo)
  for (const { listensTo } of sources.filter(isShared)) {
    terminal.note(
      `note: the queue ${listensTo} is not read, because its messages belong to the service: polls find the changes`,
    )
  }
  return sources.filter((source) => !isShared(source))
}

const pollMs = 10_000
// Of the 40 calls per second that an account has by default, this leaves 39 for its services.
const pollMsPerCall = 1_000

function pollOf({ poll }: ConfigOptions, isNotified: boolean, calls: number): Pick<ConfigOptions, 'poll'> {
  if (isNotified) return poll === undefined ? {} : { poll }
  const { everyMs = Math.max(pollMs, calls * pollMsPerCall), ...others } = poll === false ? {} : (poll ?? {})
  return { poll: { ...others, everyMs } }
}

interface Failing {
  readonly given: Arguments
  readonly terminal: Terminal
}

async function reportFailure(
  { found }: Followed,
  opened: OpenedDefinition,
  { given, terminal }: Failing,
): Promise<ExitCode> {
  const report = reportOf(found, opened, { ignored: [], now: terminal.now() })
  if (given.has('json')) terminal.print(toJson(report, 0))
  else printReport(report, found.error, { terminal, isWhole: false, next: await nextSteps(report, given, terminal) })
  return 1
}

interface Showing {
  readonly config: LiveConfig<unknown>
  readonly followed: Followed
  readonly opened: OpenedDefinition
  readonly terminal: Terminal
}

function listening({ options: { poll } }: OpenedDefinition, { now }: Terminal): WatchListener {
  const isPollChosen = typeof poll === 'object' && poll.everyMs !== undefined
  return { now, isPollChosen, onEvent: () => {}, onLine: () => {} }
}

async function showJson({ config, followed: { found }, opened, terminal }: Showing): Promise<void> {
  const { revision, keys, loadedAt } = config.pin()
  const ready = { event: 'ready', at: loadedAt, format: 'liveparam.watch.1' }
  const print = (event: object) => terminal.print(toJson(event, 0))
  print({ ...ready, revision, paths: found.definition.paths, where: found.where, keys })
  watchEvents(config, { ...listening(opened, terminal), onEvent: print })
  await interrupted(terminal)
}

async function showLines({ config, followed: { found }, opened, terminal }: Showing): Promise<void> {
  const print = (line: WatchLine) => terminal.print(describeLine(line, { isDated: true, style: terminal.style }))
  printPlace(terminal, { file: opened.file, paths: found.definition.paths, where: found.where })
  print(readyLine(config))
  watchEvents(config, { ...listening(opened, terminal), onLine: print })
  await interrupted(terminal)
}

function readyLine(config: LiveConfig<unknown>): WatchLine {
  const { revision, keys, loadedAt } = config.pin()
  const text = `revision ${revision} with ${counted(keys.length, 'stored key')}`
  return { at: loadedAt, word: 'ready', style: 'good', text }
}

// Older changes are in the log of a pipe, and not on a screen.
const keptLines = 1_000
const redrawMs = 1_000
// After the time and the word of a line.
const textStart = '2026-01-31T00:00:00Z  recovered  '.length

async function showScreen({ config, followed, opened, terminal }: Showing): Promise<void> {
  const screen = terminal.openScreen?.()
  if (screen === undefined) return
  const { definition, where } = followed.found
  const lines: WatchLine[] = [readyLine(config)]
  const draw = () => {
    const { keys, absent } = config.explain()
    const watched = {
      file: opened.file,
      paths: definition.paths,
      where,
      origin: opened.options.source === undefined ? 'remote' : config.pin().origin,
      status: config.status(),
      keys,
      absent: absent.length,
      lines,
      now: terminal.now(),
    }
    screen.draw(drawWatch(watched, { columns: screen.columns, rows: screen.rows, style: terminal.style }))
  }
  watchEvents(config, {
    ...listening(opened, terminal),
    onLine: (line) => {
      lines.push(line)
      if (lines.length > keptLines) lines.shift()
      draw()
    },
  })
  try {
    screen.onResize(draw)
    while (!terminal.signal.aborted) {
      draw()
      await platform.clock.sleep(redrawMs, terminal.signal).catch(() => undefined)
    }
  } finally {
    screen.close()
    // The screen is gone, so that the terminal keeps the changes.
    printPlace(terminal, { file: opened.file, paths: definition.paths, where })
    for (const line of lines) {
      const text = describeLine(line, { isDated: true, style: terminal.style })
      for (const part of wrap(text, terminal.columns, textStart)) terminal.print(part)
    }
  }
}
