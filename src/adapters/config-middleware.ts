import type { Invocation } from '../invocable.ts'
import type { LiveConfig } from '../live-config.ts'
import { invocationsOf } from './invocations-of.ts'

/**
 * What the runtime tells a handler of an invocation.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export interface InvocationContext {
  callbackWaitsForEmptyEventLoop: boolean
  functionName: string
  functionVersion: string
  invokedFunctionArn: string
  memoryLimitInMB: string
  awsRequestId: string
  logGroupName: string
  logStreamName: string
  getRemainingTimeInMillis(): number
  done(error?: Error, result?: unknown): void
  fail(error: Error | string): void
  succeed(messageOrObject: unknown): void
}

/** Where a middleware puts the configuration. */
export interface MiddlewareOptions<Key extends string> {
  /**
   * Its name in `request.context`, for the handler, and in `request.internal`, for other middlewares.
   * @default 'config'
   */
  readonly key?: Key
}

/** What Middy hands from middleware to middleware, as far as it matters here. */
export interface ConfigRequest<Value, Key extends string> {
  context: InvocationContext & Record<Key, Value>
  internal: Record<Key, Value>
}

/** A middleware for Middy: for `middy().use()`. */
export interface ConfigMiddleware<Value, Key extends string> {
  before(request: ConfigRequest<Value, Key>): Promise<void>
  after(request: ConfigRequest<Value, Key>): Promise<void>
  onError(request: ConfigRequest<Value, Key>): Promise<void>
}

/**
 * What {@link withConfig} does, for Middy: the handler finds the configuration in `context.config`, the same one from the
 * beginning of an invocation to its end.
 *
 * It belongs behind middlewares that may answer early (Middy then calls no `after`): an invocation that is ended like
 * that is known to be over only when the next one begins.
 *
 * @throws TypeError when the config is not a live config.
 */
export function configMiddleware<Value, const Key extends string = 'config'>(
  config: LiveConfig<Value>,
  options: MiddlewareOptions<Key> = {},
): ConfigMiddleware<Value, Key> {
  const begin = invocationsOf(config, 'configMiddleware()')
  const key = options.key ?? 'config'
  const running = new Map<object, Invocation<Value>>()
  const end = async (request: object) => {
    const invocation = running.get(request)
    running.delete(request)
    await invocation?.end()
  }
  return {
    async before(request) {
      for (const left of running.keys()) await end(left)
      const invocation = await begin()
      running.set(request, invocation)
      const { value } = invocation.snapshot
      Object.assign(request.context, { [key]: value })
      Object.assign(request.internal, { [key]: value })
    },
    after: end,
    onError: end,
  }
}
