import type { Invocation } from '../config/invocable.ts'
import { invocationsOf } from '../config/invocations-of.ts'
import type { LiveConfig } from '../config/live-config.ts'

/**
 * What the runtime tells a handler of an invocation.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export interface InvocationContext {
  /** Whether an answer by callback waits for what is still under way. */
  callbackWaitsForEmptyEventLoop: boolean
  /** The name of the function. */
  functionName: string
  /** Its version, such as `$LATEST`. */
  functionVersion: string
  /** The ARN it was invoked by, with the alias or version that was named. */
  invokedFunctionArn: string
  /** How much memory it has, in megabytes. */
  memoryLimitInMB: string
  /** The id of the invocation. */
  awsRequestId: string
  /** Where it logs. */
  logGroupName: string
  /** Where this environment of it logs. */
  logStreamName: string
  /** How long the invocation may still take, in milliseconds. */
  getRemainingTimeInMillis(): number
  /** Answers as a callback would; kept for old handlers. */
  done(error?: Error, result?: unknown): void
  /** Fails the invocation; kept for old handlers. */
  fail(error: Error | string): void
  /** Answers the invocation; kept for old handlers. */
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
  /** What the handler gets, with the configuration under its key. */
  context: InvocationContext & Record<Key, Value>
  /** What other middlewares see. */
  internal: Record<Key, Value>
}

/** A middleware for Middy: for `middy().use()`. */
export interface ConfigMiddleware<Value, Key extends string> {
  /** Pins the configuration for the invocation. */
  before(request: ConfigRequest<Value, Key>): Promise<void>
  /** Ends what the invocation was allowed to have under way. */
  after(request: ConfigRequest<Value, Key>): Promise<void>
  /** The same for an invocation that fails. */
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
  const running = new WeakMap<object, Invocation<Value>>()
  // Where invocations come one at a time: Middy ends some of them without a call.
  let last: object | undefined
  const end = async (request: object) => {
    const invocation = running.get(request)
    running.delete(request)
    await invocation?.end()
  }
  return {
    async before(request) {
      if (last !== undefined) await end(last)
      const invocation = await begin()
      running.set(request, invocation)
      last = invocation.isAlone ? request : undefined
      const { value } = invocation.snapshot
      Object.assign(request.context, { [key]: value })
      Object.assign(request.internal, { [key]: value })
    },
    after: end,
    onError: end,
  }
}
