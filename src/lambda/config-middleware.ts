import { assertLive, type Invocation, invocable } from '../config/invocable.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { timeLeft } from './with-config.ts'

/**
 * The context of an invocation.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export interface InvocationContext {
  /** Whether an answer by callback waits until the event loop is empty. */
  callbackWaitsForEmptyEventLoop: boolean
  /** The name of the function. */
  functionName: string
  /** The version of the function, such as `$LATEST`. */
  functionVersion: string
  /** The ARN in the invocation, with its alias or version. */
  invokedFunctionArn: string
  /** The memory of the function, in megabytes. */
  memoryLimitInMB: string
  /** The id of the invocation. */
  awsRequestId: string
  /** The log group of the function. */
  logGroupName: string
  /** The log stream of this execution environment. */
  logStreamName: string
  /** Returns the time that the invocation has left, in milliseconds. */
  getRemainingTimeInMillis(): number
  /** Answers as a callback would; kept for old handlers. */
  done(error?: Error, result?: unknown): void
  /** Fails the invocation; kept for old handlers. */
  fail(error: Error | string): void
  /** Answers the invocation; kept for old handlers. */
  succeed(messageOrObject: unknown): void
}

/** The options of {@link configMiddleware}. */
export interface MiddlewareOptions<Key extends string> {
  /**
   * The key of the configuration in `request.context`, for the handler, and in `request.internal`, for middlewares.
   * @default 'config'
   */
  readonly key?: Key
}

/** The parts of Middy's request that the middleware uses. */
export interface ConfigRequest<Value, Key extends string> {
  /** The context for the handler, with the configuration. */
  context: InvocationContext & Record<Key, Value>
  /** The values for other middlewares, with the configuration. */
  internal: Record<Key, Value>
}

/** A middleware for `middy().use()`. */
export interface ConfigMiddleware<Value, Key extends string> {
  /** Pins the configuration for the invocation. */
  before(request: ConfigRequest<Value, Key>): Promise<void>
  /** Ends the invocation: the config stops working until the next one. */
  after(request: ConfigRequest<Value, Key>): Promise<void>
  /** Ends a failed invocation. */
  onError(request: ConfigRequest<Value, Key>): Promise<void>
}

/**
 * Does for Middy what {@link withConfig} does for a handler. The handler finds the configuration in `context.config`,
 * and it does not change during an invocation.
 *
 * Place it behind middlewares that can answer early. Middy then calls no `after`, so the config would notice the end of
 * that invocation only when the next one begins.
 *
 * @throws TypeError if the config is not a live config, or for a wrong option.
 */
export function configMiddleware<Value, const Key extends string = 'config'>(
  config: LiveConfig<Value>,
  options: MiddlewareOptions<Key> = {},
): ConfigMiddleware<Value, Key> {
  assertLive(config, 'configMiddleware()')
  const unknown = Object.keys(options).find((name) => name !== 'key')
  if (unknown !== undefined) throw new TypeError(`configMiddleware(): there is no option ${unknown}: the option is key`)
  const key = options.key ?? 'config'
  const running = new WeakMap<object, Invocation<Value>>()
  // Middy can end an invocation without a call. The next one then ends it, where invocations never overlap.
  let last: object | undefined
  const end = async (request: object) => {
    const invocation = running.get(request)
    running.delete(request)
    await invocation?.end()
  }
  return {
    async before(request) {
      if (last !== undefined) await end(last)
      const invocation = await config[invocable](timeLeft(request.context))
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
