import type { ServerResponse } from 'node:http'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { assertLive } from '../config/invocable.ts'
import type { LiveConfig } from '../config/live-config.ts'
import { ConfigError } from '../errors.ts'
import { type Check, checkArguments } from '../messages/check-arguments.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { RequestScope } from './request-scope.ts'
import { type StatusPageOptions, statusPage } from './status-page/status-page.ts'

export type { StatusPageOptions } from './status-page/status-page.ts'

/**
 * The types of the request properties that hold a configuration. Declare each property once:
 *
 * ```ts
 * declare module 'liveparam/express' {
 *   interface RequestConfigs {
 *     readonly config: InferConfig<typeof definition>
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: users add properties.
export interface RequestConfigs {}

declare global {
  namespace Express {
    interface Request extends RequestConfigs {}
  }
}

/** The options of {@link expressConfig}. */
export interface ExpressConfigOptions<Property extends string = 'config'> {
  /**
   * The request property that holds the configuration. Each config of an app needs its own property.
   * @default 'config'
   */
  readonly property?: Property
}

/** The type of a request with a configuration: `RequestWith<typeof shop>`, where `shop` is an {@link ExpressConfig}. */
export type RequestWith<From> =
  From extends ExpressConfig<infer Value, infer Property>
    ? Omit<Request, Property> & { readonly [Key in Property]: Value }
    : never

/** A live config for Express. Its members do no I/O, except a refresh from the status page, and do not use `this`. */
export interface ExpressConfig<Value, Property extends string = 'config'> {
  /**
   * Pins the current snapshot for the request: `req.config` and `getConfig()` return it until the request ends. Before the
   * first snapshot, the request fails with a `ConfigError` `NOT_READY` with status 503.
   */
  readonly middleware: RequestHandler
  /**
   * Returns the configuration of the current request: across awaits, and in event listeners of the request and response.
   *
   * @throws ConfigError `NO_REQUEST` outside a request that passed {@link ExpressConfig.middleware}.
   */
  getConfig(): Value
  /** Returns a part of the configuration. @throws ConfigError as above. */
  getConfig<Selected>(select: (value: Value) => Selected): Selected
  /** Returns the snapshot of the current request, with its revision. @throws ConfigError as `getConfig()`. */
  getSnapshot(): Snapshot<Value>
  /**
   * Creates a handler whose request has the configuration, with its type. It needs neither a declaration nor
   * {@link ExpressConfig.middleware}.
   */
  handler(
    handle: (request: RequestWith<ExpressConfig<Value, Property>>, response: Response, next: NextFunction) => unknown,
  ): RequestHandler
  /** Answers with `config.health()` as JSON: 200 for `up` and `degraded`, 503 for `down`. */
  readonly health: RequestHandler
  /**
   * Answers 200 if the instance can serve requests. Answers 503 before the first snapshot, past `maxStaleMs` and after
   * `close()`.
   */
  readonly readiness: RequestHandler
  /**
   * Creates a page that shows the state of the config and can refresh it: `app.use('/path', statusPage({ authorize }))`.
   * It never shows a sensitive value. Without `authorize` it answers 404, except where `NODE_ENV` is `development` or
   * `test`.
   *
   * @throws TypeError for wrong options.
   */
  statusPage(options?: StatusPageOptions): RequestHandler
}

/**
 * Provides a live config to the requests of an Express app.
 *
 * @throws TypeError for an argument that is no live config, and for wrong options.
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
      next(new TypeError(`req.${property} exists already: set the option property of expressConfig() to another name`))
      return
    }
    Reflect.set(request, property, snapshot.value)
    scope.run(snapshot, request, response, next)
  }

  function getSnapshot(): Snapshot<Value> {
    const snapshot = scope.current
    if (snapshot !== undefined) return snapshot
    const remedy = 'mount the middleware before the code that calls getConfig(), or read config.current'
    throw new ConfigError('NO_REQUEST', `getConfig() was called outside a request: ${remedy}`)
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
      // Express handles a rejection only if the handler returns the promise.
      let result: unknown
      middleware(request, response, (error?: unknown) => {
        if (error !== undefined) next(error)
        else result = handle(request as RequestWith<ExpressConfig<Value, Property>>, response, next)
      })
      return result
    },
    health(_request, response) {
      const health = config.health()
      sendJson(response, health.status === 'down' ? 503 : 200, health)
    },
    readiness(_request, response) {
      const { status, state, reason } = config.health()
      if (status !== 'down') sendJson(response, 200, { isReady: true })
      else sendJson(response, 503, { isReady: false, state, ...(reason !== undefined && { reason }) })
    },
    statusPage: (pageOptions) => statusPage(config, pageOptions),
  })
}

const checks: Readonly<Record<keyof ExpressConfigOptions, Check>> = {
  property: [(value) => typeof value === 'string' && value !== '', 'the name of a property'],
}

// Express takes the status from the error. The error of the config is shared by all requests, and may be long.
function notReady(cause: unknown): ConfigError {
  const message = 'a request arrived before the first snapshot: await config.ready before you start the server'
  return Object.assign(new ConfigError('NOT_READY', message, { cause }), { status: 503 })
}

function sendJson(response: ServerResponse, statusCode: number, body: object): void {
  response.statusCode = statusCode
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('cache-control', 'no-store')
  response.end(JSON.stringify(body))
}
