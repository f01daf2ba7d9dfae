import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { assertLive } from '../config/invocations-of.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { ConfigError } from '../errors.ts'
import { type Check, checkArguments } from '../messages/check-arguments.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { answerHealth, answerReadiness } from './health.ts'
import { RequestScope } from './request-scope.ts'
import { type StatusPageOptions, statusPage } from './status-page/status-page.ts'

export type { StatusPageOptions } from './status-page/status-page.ts'

/**
 * What requests carry, by the name of the property: yours to fill in, once for each config of a program.
 *
 * ```ts
 * declare module 'liveparam/express' {
 *   interface RequestConfigs {
 *     readonly config: InferConfig<typeof definition>
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: whoever uses it fills it in.
export interface RequestConfigs {}

declare global {
  namespace Express {
    interface Request extends RequestConfigs {}
  }
}

/** How a config is handed to requests. */
export interface ExpressConfigOptions<Property extends string = 'config'> {
  /**
   * The property of requests that holds the configuration. Each config of an app needs one of its own.
   * @default 'config'
   */
  readonly property?: Property
}

/** A request that carries a configuration: `RequestWith<typeof shop>`, of what `expressConfig()` returned. */
export type RequestWith<From> =
  From extends ExpressConfig<infer Value, infer Property>
    ? Omit<Request, Property> & { readonly [Key in Property]: Value }
    : never

/** A live config, for Express. No part of it does I/O, and none needs `this`. */
export interface ExpressConfig<Value, Property extends string = 'config'> {
  /**
   * Pins the snapshot: the request sees this one until its end, as `req.config` and by `getConfig()`, whatever
   * changes meanwhile. Before the first snapshot the request fails with a `ConfigError` `NOT_READY`, with status 503.
   */
  readonly middleware: RequestHandler
  /**
   * The configuration of the request on whose behalf this is called, or a part of it: across awaits, and in listeners
   * to its events and those of its response.
   *
   * @throws ConfigError `NO_REQUEST` outside of a request that went through {@link ExpressConfig.middleware}.
   */
  getConfig(): Value
  /** A part of it. @throws ConfigError as for the whole. */
  getConfig<Selected>(select: (value: Value) => Selected): Selected
  /** The snapshot of that request as a whole, with its revision. @throws ConfigError as `getConfig()`. */
  getSnapshot(): Snapshot<Value>
  /**
   * A handler whose request is known to carry this configuration, without a declaration; and which does, whether
   * {@link ExpressConfig.middleware} is mounted or not.
   */
  handler(
    handle: (request: RequestWith<ExpressConfig<Value, Property>>, response: Response, next: NextFunction) => unknown,
  ): RequestHandler
  /** Answers with `config.health()` as JSON: 200 when it is up or degraded, 503 when it is down. */
  readonly health: RequestHandler
  /**
   * Answers 200 when requests may be sent here; 503 before the first snapshot, past `maxStaleMs`, and once the config is
   * closed.
   */
  readonly readiness: RequestHandler
  /**
   * A page that shows how the config fares and can refresh it, for `app.use('/some/path', statusPage({ authorize }))`. It
   * never shows a sensitive value. Without `authorize` it answers 404, except where `NODE_ENV` is `development` or `test`.
   *
   * @throws TypeError when the options are wrong.
   */
  statusPage(options?: StatusPageOptions): RequestHandler
}

/**
 * Hands a live config to the requests of an Express app.
 *
 * @throws TypeError when the config is not a live config, or the options are wrong.
 */
export function expressConfig<Value, const Property extends string = 'config'>(
  config: LiveConfig<Value>,
  options: ExpressConfigOptions<Property> = {},
): ExpressConfig<Value, Property> {
  assertLive(config, 'expressConfig()')
  checkArguments('expressConfig()', options, checks)
  const { property = 'config' } = options
  const scope = new RequestScope<Snapshot<Value>>()

  const middleware: RequestHandler = (request, response, next) => {
    if (scope.has(request)) {
      scope.resume(request, next)
      return
    }
    let snapshot: Snapshot<Value>
    try {
      snapshot = config.pin()
    } catch (cause) {
      next(notReady(cause))
      return
    }
    if (property in request) {
      next(new TypeError(`req.${property} is taken: give expressConfig() another property`))
      return
    }
    Reflect.set(request, property, snapshot.value)
    scope.run(snapshot, request, response, next)
  }

  function getSnapshot(): Snapshot<Value> {
    const snapshot = scope.current
    if (snapshot !== undefined) return snapshot
    const remedy = 'mount the middleware before whatever calls it, or read config.current where there is no request'
    throw new ConfigError('NO_REQUEST', `getConfig() was called on behalf of no request: ${remedy}`)
  }

  function getConfig(): Value
  function getConfig<Selected>(select: (value: Value) => Selected): Selected
  function getConfig<Selected>(select?: (value: Value) => Selected): Value | Selected {
    const { value } = getSnapshot()
    return select === undefined ? value : select(value)
  }

  return Object.freeze<ExpressConfig<Value, Property>>({
    middleware,
    getConfig,
    getSnapshot,
    handler: (handle) => (request, response, next) => {
      // Express hears of a promise that rejects by what a handler returns.
      let result: unknown
      middleware(request, response, (error?: unknown) => {
        if (error !== undefined) next(error)
        else result = handle(request as RequestWith<ExpressConfig<Value, Property>>, response, next)
      })
      return result
    },
    health: (_request, response) => answerHealth(config, response),
    readiness: (_request, response) => answerReadiness(config, response),
    statusPage: (pageOptions) => statusPage(config, pageOptions),
  })
}

const checks: Readonly<Record<keyof ExpressConfigOptions, Check>> = {
  property: [(value) => typeof value === 'string' && value !== '', 'the name of a property'],
}

// Express takes the status from the error. The config's own may be long, and is shared by all requests.
function notReady(cause: unknown): ConfigError {
  const message = 'the request came before the config had a snapshot: await config.ready before listening'
  return Object.assign(new ConfigError('NOT_READY', message, { cause }), { status: 503 })
}
