import type { ConfigError } from '../errors.ts'
import { printable } from '../messages/printable.ts'
import { describeExpiry, summarize } from '../messages/summaries.ts'
import type { Logger } from '../ports.ts'
import type { RefreshRules } from '../refresh/state.ts'
import { guard } from './emitter.ts'
import type { ChangeEvent } from './events.ts'
import type { LiveConfig } from './live-config.ts'

type Level = 'info' | 'warn' | 'error'

/** Except in mode `background`, `ready` rejects with the error of a failed start. */
type LoggingRules = Pick<RefreshRules, 'mode'>

/** Writes the events of a config to a logger. */
export function attachLogger<Value>(config: LiveConfig<Value>, logger: Logger, rules: LoggingRules): void {
  const write = writerTo(logger)
  config.on('ready', ({ snapshot }) => write('info', `liveparam: loaded as revision ${snapshot.revision}`))
  config.on('change', (change) => write('info', printable(describeChange(change))))
  config.on('recovered', ({ cause }) => write('info', `liveparam: recovered (${cause})`))
  config.on('warning', ({ message }) => write('warn', `liveparam: ${message}`))
  config.on('expiring', (expiring) => write('warn', printable(`liveparam: ${describeExpiry(expiring)}`)))
  config.on('rejected', ({ error }) => write('warn', error.message))
  config.on('stale', ({ reason, error }) => {
    // The event `rejected` has the same error.
    if (reason === 'candidate-rejected') return
    write('warn', `liveparam: stale (${reason})${error === undefined ? '' : `\n${error.message}`}`)
  })
  onUnreported(config, rules, (error) => write('error', error.message))
}

/** Prints one line for each failure, recovery and warning. The default if there is no logger. */
export function printState<Value>(config: LiveConfig<Value>, printer: Logger, rules: LoggingRules): void {
  const write = writerTo(printer)
  const print = (level: Level, line: string) => write(level, printable(`liveparam: ${line}`))
  let hasFailed = false
  config.on('warning', ({ message }) => print('warn', message))
  config.on('rejected', ({ error }) =>
    print('warn', `rejected a new configuration, the last one stays in use: ${summarize(error)}`),
  )
  config.on('stale', ({ reason, error }) => {
    // `rejected` was printed.
    if (reason === 'candidate-rejected') return
    const why = error === undefined ? '' : `: ${summarize(error)}`
    const { origin, savedAt } = config.status()
    const restored = savedAt && `${origin} reading of ${new Date(savedAt).toISOString()} is in use`
    print('warn', `stale (${reason}): the ${restored || 'last configuration stays in use'}${why}`)
  })
  config.on('recovered', ({ cause }) => print('warn', `recovered (${cause}): the configuration is up to date`))
  onUnreported(config, rules, (error) => {
    hasFailed = true
    print('error', `could not load the configuration, and liveparam retries: ${summarize(error)}`)
  })
  config.on('ready', () => hasFailed && print('warn', 'the configuration is loaded'))
}

/** Reports each new failure that is in no event `stale`: before the first snapshot, and while a backup is in use. */
function onUnreported<Value>(config: LiveConfig<Value>, rules: LoggingRules, report: (error: ConfigError) => void) {
  let last: string | undefined
  config.on('stale', ({ error }) => {
    last = error && summarize(error)
  })
  config.on('error', ({ error }) => {
    const { revision, reason } = config.status()
    const isOpen = revision === undefined ? rules.mode === 'background' : reason === 'from-backup'
    const before = last
    last = summarize(error)
    if (isOpen && last !== before) report(error)
  })
}

/** Escapes control characters in each line. Errors and rejections of the logger are ignored. */
function writerTo(logger: Logger): (level: Level, message: string) => void {
  return (level, message) => {
    const text = message.split('\n').map(printable).join('\n')
    const method = level === 'error' && logger.error === undefined ? 'warn' : level
    const write = () => logger[method]?.(text)
    guard(write, () => undefined)
  }
}

const namedKeys = 10

function describeChange({ revision, cause, changed }: ChangeEvent<unknown>): string {
  const keys = changed.slice(0, namedKeys).map(({ key, kind }) => (kind === 'updated' ? key : `${key} ${kind}`))
  const more = changed.length > namedKeys ? [`${changed.length - namedKeys} more`] : []
  return `liveparam: changed to revision ${revision} (${cause}): ${[...keys, ...more].join(', ')}`
}
