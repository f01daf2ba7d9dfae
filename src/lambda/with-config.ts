import { invocationsOf } from '../config/invocations-of.ts'
import type { LiveConfig } from '../config/live-config.ts'

/** A handler of a Lambda function that is also given the configuration. */
export type ConfigHandler<Event, Context, Value, Result> = (
  event: Event,
  context: Context,
  config: Value,
) => Result | PromiseLike<Result>

/**
 * A handler for Lambda: calls yours with the configuration as its third argument, the same one from the beginning of an
 * invocation to its end. Types of event, context and result stay as they are.
 *
 * In Lambda the config does nothing between invocations. What has fallen due by the wall clock is looked at beside the
 * handler, which is called when that is done, and after 200 ms at the latest (2 s when what is served is older than
 * `maxStaleMs`); what has not ended with the handler is broken off, and made up for by the next invocation. The first
 * invocation waits for a config that is not ready yet. Anywhere else, Lambda Managed Instances included, it lives as
 * ever, and only the third argument is added: the snapshot at the beginning of each of the invocations that run at once.
 *
 * The third argument is where runtimes before Node 24 put a callback: a handler returns its result, or a promise of it.
 * For a response stream, wrap what is called with it: `awslambda.streamifyResponse((event, stream, context) =>
 * withConfig(async (_event, _context, config) => …, config)(event, context))`.
 *
 * @throws TypeError when the handler is not a function, or the config is not a live config.
 * @returns A handler that rejects with what yours throws, or with the LoadError of a config that cannot be loaded.
 */
export function withConfig<Event, Context, Value, Result>(
  handler: ConfigHandler<Event, Context, Value, Result>,
  config: LiveConfig<Value>,
): (event: Event, context: Context) => Promise<Result> {
  if (typeof handler !== 'function') throw new TypeError('withConfig(): the handler must be a function')
  const begin = invocationsOf(config, 'withConfig()')
  return async (event, context) => {
    const begun = begin()
    // Awaiting what is there already would cost each invocation a turn.
    const invocation = 'then' in begun ? await begun : begun
    try {
      return await handler(event, context, invocation.snapshot.value)
    } finally {
      const ended = invocation.end()
      if (ended !== undefined) await ended
    }
  }
}
