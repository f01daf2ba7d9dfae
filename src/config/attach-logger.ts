import { printable } from '../messages/printable.ts'
import type { Logger } from '../ports.ts'
import { guard } from './emitter.ts'
import type { ChangeEvent } from './events.ts'
import type { LiveConfig } from './live-config.ts'
import type { ExpiringParameter } from './status.ts'

/** Writes the events of a config to a logger. */
export function attachLogger<Value>(
  config: LiveConfig<Value>,
  logger: Logger,
  { mode }: { readonly mode: 'strict' | 'background' },
): void {
  const write = (log: () => unknown) => void guard(log, () => undefined)
  const info = (message: string) => write(() => logger.info?.(printableLines(message)))
  const warn = (message: string) => write(() => logger.warn(printableLines(message)))
  const error = (message: string) => {
    const text = printableLines(message)
    write(() => (logger.error === undefined ? logger.warn(text) : logger.error(text)))
  }

  config.on('ready', ({ snapshot }) => info(`liveparam: loaded as revision ${snapshot.revision}`))
  config.on('change', (change) => info(printable(describeChange(change))))
  config.on('recovered', ({ cause }) => info(`liveparam: recovered (${cause})`))
  config.on('warning', ({ message }) => warn(`liveparam: ${message}`))
  config.on('expiring', (expiring) => warn(printable(describeExpiry(expiring))))
  config.on('rejected', (event) => warn(event.error.message))
  config.on('stale', ({ reason, error: why }) => {
    // The event `rejected` has the same error.
    if (reason !== 'candidate-rejected')
      warn(`liveparam: stale (${reason})${why === undefined ? '' : `\n${why.message}`}`)
  })
  // In mode `strict`, `ready` rejects with the error. After the first snapshot, `stale` has it.
  config.on('error', (event) => {
    if (mode === 'background' && config.status().revision === undefined) error(event.error.message)
  })
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}

const namedKeys = 10

function describeChange({ revision, cause, changed }: ChangeEvent<unknown>): string {
  const keys = changed.slice(0, namedKeys).map(({ key, kind }) => (kind === 'updated' ? key : `${key} ${kind}`))
  const more = changed.length > namedKeys ? [`${changed.length - namedKeys} more`] : []
  return `liveparam: changed to revision ${revision} (${cause}): ${[...keys, ...more].join(', ')}`
}

function describeExpiry({ parameter, policy, expiresAt }: ExpiringParameter): string {
  if (policy === 'NoChangeNotification')
    return `liveparam: ${parameter} has not changed for as long as its policy allows`
  if (policy === 'Expiration') return `liveparam: ${parameter} has expired, and is deleted`
  const when = expiresAt === undefined ? 'soon' : `at ${new Date(expiresAt).toISOString()}`
  return `liveparam: ${parameter} expires ${when}, and is then deleted`
}
