import { type Check, checkArguments, isFunction, someTime } from '../messages/check-arguments.ts'
import { platform } from '../platform/node.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import type { LiveConfig } from './live-config.ts'

/** The options of {@link closeOnSignals}. */
export interface CloseOnSignalsOptions {
  /**
   * Runs before the config is closed, for example to close a server whose last requests still use it.
   * @default nothing
   */
  readonly before?: () => unknown
  /**
   * The limit for `before` and closing together, in milliseconds, at least 0. The process then ends anyway.
   * @default 10_000
   */
  readonly timeoutMs?: number
}

const checks: Readonly<Record<keyof CloseOnSignalsOptions, Check>> = { before: isFunction, timeoutMs: someTime }

/**
 * Closes the config on SIGTERM or SIGINT. When all configs that were passed to this function are closed, the process
 * ends as the signal would have ended it. If other code listens to the signal, that code has to end the process. A
 * second signal ends the process immediately. An error or rejection of `before` becomes an unhandled rejection once the
 * config is closed.
 *
 * @returns Dispose of it to stop listening to the signals.
 * @throws TypeError if an argument is invalid.
 */
export function closeOnSignals(
  config: Pick<LiveConfig<unknown>, 'close'>,
  options: CloseOnSignalsOptions = {},
): Disposable {
  if (typeof config?.close !== 'function')
    throw new TypeError('closeOnSignals(): pass the live config that loadConfig() or createConfig() returns')
  checkArguments('closeOnSignals()', options, checks)
  const { before = () => undefined, timeoutMs = 10_000 } = options
  return platform.onSignal(['SIGTERM', 'SIGINT'], (end) => {
    const closing = (async () => {
      try {
        await before()
      } finally {
        await config.close()
      }
    })()
    const ending = withDeadline(platform.clock, timeoutMs, undefined, (limit) => race(closing, limit))
    platform.keepAlive(ending).then(end, (error: unknown) => {
      // Handlers of unhandled rejections run before the next turn of the event loop.
      platform.nextTurn().then(end)
      if (!(error instanceof DeadlineReached)) throw error
    })
  })
}
