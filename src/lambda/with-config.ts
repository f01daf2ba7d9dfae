import { assertLive, invocable } from '../config/invocable.ts'
import type { LiveConfig } from '../config/live-config.ts'

/** A Lambda handler whose third argument is the configuration. */
export type ConfigHandler<Event, Context, Value, Result> = (
  event: Event,
  context: Context,
  config: Value,
) => Result | PromiseLike<Result>

/**
 * Wraps a Lambda handler. The handler gets the configuration as its third argument, and it does not change during an
 * invocation. The types of event, context and result stay the same.
 *
 * In Lambda, the config does nothing between invocations. An invocation starts a refresh that is due by the wall clock,
 * and waits for it at most 200 ms (2 s if the snapshot is older than `maxStaleMs`) before it calls the handler. A
 * refresh that is still running when the handler ends is aborted, and the next invocation starts it again. The first
 * invocation waits until the config is ready. On servers and on Lambda Managed Instances, the config refreshes in the
 * background, and each invocation gets the snapshot of its beginning.
 *
 * Runtimes before Node 24 pass a callback as the third argument, so the handler must return its result or a promise.
 * For a response stream, wrap the inner function: `awslambda.streamifyResponse((event, stream, context) =>
 * withConfig(async (_event, _context, config) => …, config)(event, context))`.
 *
 * @throws TypeError if the handler is not a function, or the config is not a live config.
 * @returns a handler that rejects with the error of yours, or with the LoadError of a config that cannot be loaded: in
 * Lambda, half a second before the time of the invocation ends.
 */
export function withConfig<Event, Context, Value, Result>(
  handler: ConfigHandler<Event, Context, Value, Result>,
  config: LiveConfig<Value>,
): (event: Event, context: Context) => Promise<Result> {
  if (typeof handler !== 'function') throw new TypeError('withConfig(): the handler must be a function')
  assertLive(config, 'withConfig()')
  return async (event, context) => {
    const begun = config[invocable](timeLeft(context))
    // An `await` of a present value would delay each invocation.
    const invocation = 'then' in begun ? await begun : begun
    try {
      return await handler(event, context, invocation.snapshot.value)
    } finally {
      const ended = invocation.end()
      if (ended !== undefined) await ended
    }
  }
}

/** The time that an invocation has left, in milliseconds; `undefined` without the context of Lambda. */
export function timeLeft(context: unknown): number | undefined {
  const { getRemainingTimeInMillis } = Object(context) as { getRemainingTimeInMillis?: () => number }
  return getRemainingTimeInMillis?.call(context)
}
