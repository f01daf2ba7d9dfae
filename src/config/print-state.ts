import { type ConfigError, isLoadError, type Problem } from '../errors.ts'
import { printable } from '../messages/printable.ts'
import { guard } from './emitter.ts'
import type { LiveConfig } from './live-config.ts'

/** Prints lines, as `console` does. */
export interface LinePrinter {
  warn(line: string): unknown
  error(line: string): unknown
}

/** Prints one line for each failure and recovery. The default if there is no logger. */
export function printState<Value>(
  config: LiveConfig<Value>,
  printer: LinePrinter,
  { mode }: { readonly mode: 'strict' | 'background' },
): void {
  const print = (level: keyof LinePrinter, line: string) =>
    void guard(
      () => printer[level](printable(`liveparam: ${line}`)),
      () => undefined,
    )
  let failure: string | undefined

  config.on('rejected', ({ error }) =>
    print('warn', `rejected a new configuration, the last one stays in use: ${describe(error)}`),
  )
  config.on('stale', ({ reason, error }) => {
    // `rejected` was printed.
    if (reason === 'candidate-rejected') return
    print(
      'warn',
      `stale (${reason}): the last configuration stays in use${error === undefined ? '' : `: ${describe(error)}`}`,
    )
  })
  config.on('recovered', ({ cause }) => print('warn', `recovered (${cause}): the configuration is up to date`))
  config.on('error', ({ error }) => {
    // In mode `strict`, `ready` rejects with the error. After the first snapshot, `stale` has it.
    if (mode === 'strict' || config.status().revision !== undefined) return
    const line = `could not load the configuration, and liveparam retries: ${describe(error)}`
    if (line !== failure) print('error', line)
    failure = line
  })
  config.on('ready', () => {
    if (failure !== undefined) print('warn', 'the configuration is loaded')
  })
}

function describe(error: ConfigError): string {
  if (!isLoadError(error)) return error.message.split('\n')[0] ?? ''
  const [first] = error.problems
  const others = error.problems.length - 1
  const more = others === 0 ? '' : `; and ${others} more ${others === 1 ? 'problem' : 'problems'}`
  return `${first === undefined ? '' : describeProblem(first)}${more}`
}

function describeProblem({ code, key, parameter, expected, detail, remedy }: Problem): string {
  const place = [key, parameter].filter((part) => part !== undefined).join(' ')
  const what = expected === undefined ? detail : `expected ${expected}: ${detail}`
  return [place === '' ? code : `${place} [${code}]`, what, ...(remedy === undefined ? [] : [remedy])].join(': ')
}
