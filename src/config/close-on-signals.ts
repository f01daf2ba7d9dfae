import { type Check, checkArguments, isFunction, someTime } from '../messages/check-arguments.ts'
import { platform } from '../platform/node.ts'
import { DeadlineReached, race, withDeadline } from '../time/deadline.ts'
import type { LiveConfig } from './live-config.ts'

/** How a process ends. */
export interface CloseOnSignalsOptions {
  /**
   * What comes before the config is closed, such as the closing of a server whose last requests still use it.
   * @default nothing
   */
  readonly before?: () => unknown
  /**
   * How long `before` and closing may take together, in milliseconds; then the process ends all the same.
   * @default 10_000
   */
  readonly timeoutMs?: number
}

const checks: Readonly<Record<keyof CloseOnSignalsOptions, Check>> = { before: isFunction, timeoutMs: someTime }

/**
 * Closes the config when the process is told to end (SIGTERM, SIGINT), and then lets it end as the signal would have
 * done, once all configs that are given to this function are closed; where others listen to that signal as well, ending
 * is theirs. A second signal ends it at once. What `before`
 * throws or rejects with is thrown as an unhandled rejection once the config is closed.
 *
 * @returns What takes that back.
 * @throws TypeError when there is nothing to close, or the options are wrong.
 */
export function closeOnSignals(
  config: Pick<LiveConfig<unknown>, 'close'>,
  options: CloseOnSignalsOptions = {},
): Disposable {
  if (typeof config?.close !== 'function')
    throw new TypeError('closeOnSignals(): pass what loadConfig() or createConfig() of liveparam returns')
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
      // Handlers of unhandled rejections run before the next turn.
      platform.nextTurn().then(end)
      if (!(error instanceof DeadlineReached)) throw error
    })
  })
}
