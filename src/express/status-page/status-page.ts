import type { ServerResponse } from 'node:http'
import type { Request, RequestHandler } from 'express'
import type { LiveConfig } from '../../config/live-config.ts'
import { isConfigError, isLoadError } from '../../errors.ts'
import { type Check, checkArguments, isFunction, isString } from '../../messages/check-arguments.ts'
import { platform } from '../../platform/node.ts'
import { count } from './html.ts'
import { contentSecurityPolicy, statusDocument } from './page.ts'
import { Reporter } from './report.ts'

/** The access rules and the title of a status page. */
export interface StatusPageOptions {
  /**
   * Decides whether the sender of a request may see the page and refresh the config. Any answer but `true`, and a thrown
   * error or a rejection, gives the response 404.
   * @default 404 for everyone, except where `NODE_ENV` is `development` or `test`
   */
  readonly authorize?: (request: Request) => boolean | Promise<boolean>
  /**
   * The heading of the page.
   * @default 'Configuration'
   */
  readonly title?: string
  /**
   * Decides whether to hide the value of a key, such as `db.host`. Any answer but `false` hides it: a promise and a thrown
   * error do too. Errors are then shown without their message, which could quote a hidden value. Sensitive values are
   * always hidden.
   * @default only sensitive values are hidden
   */
  readonly hide?: (key: string) => boolean
}

const checks: Readonly<Record<keyof StatusPageOptions, Check>> = {
  authorize: isFunction,
  title: isString,
  hide: isFunction,
}

/**
 * A page with the state of a live config. It records changes from this call on.
 *
 * @throws TypeError for wrong options: a misspelled `authorize` or `hide` would expose values.
 */
export function statusPage(config: LiveConfig<unknown>, options: StatusPageOptions = {}): RequestHandler {
  checkArguments('statusPage()', options, checks)
  const { title = 'Configuration', authorize, hide } = options
  const reporter = new Reporter(config, title, hide)
  const { warn } = platform.console
  if (authorize === undefined && !isDevelopment()) warn(`liveparam: ${closed}`)
  return async (request, response) => {
    if (!(await isAuthorized(request, authorize))) sendError(response, 404)
    else if (request.path === '/refresh') await answerRefresh(config, request, response)
    else if (request.method === 'GET' || request.method === 'HEAD') send(reporter, request, response)
    else sendError(response, 405)
  }
}

const closed =
  'statusPage() answers every request with 404: pass the option `authorize`, or set NODE_ENV to development or test'

function isDevelopment(): boolean {
  return ['development', 'test'].includes(platform.environment().NODE_ENV ?? '')
}

async function isAuthorized(request: Request, authorize: StatusPageOptions['authorize']): Promise<boolean> {
  if (authorize === undefined) return isDevelopment()
  try {
    return (await authorize(request)) === true
  } catch {
    return false
  }
}

// Because of the header, a browser sends a preflight request first if the request comes from another site.
async function answerRefresh(config: LiveConfig<unknown>, request: Request, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return sendError(response, 405, 'POST')
  const { 'sec-fetch-site': site = 'same-origin', 'x-liveparam': command } = request.headers
  if (site !== 'same-origin' || command !== 'refresh') return sendError(response, 403)
  const answer = await config.refresh().then((outcome) => ({ outcome }), describeFailure)
  sendBody(response, 'application/json', JSON.stringify(answer))
}

// Without the texts of the error: `hide` may withhold values that they quote.
function describeFailure(error: unknown): { readonly outcome: 'failed'; readonly reason: string } {
  const [first, ...others] = isLoadError(error) ? error.problems : []
  if (first === undefined)
    return { outcome: 'failed', reason: isConfigError(error) ? error.message : 'see the last error' }
  const { code, key, parameter } = first
  const place = [key, parameter, `[${code}]`].filter((part) => part !== undefined).join(' ')
  const more = others.length === 0 ? '' : `, and ${count(others.length, 'more problem')}`
  return { outcome: 'failed', reason: `${place}${more}: the last error says what to do` }
}

function send(reporter: Reporter, request: Request, response: ServerResponse): void {
  if (request.path === '/') {
    const page = statusDocument(reporter.report(), folderOf(request), heldTag(request))
    sendBody(response, 'text/html', page)
  } else if (request.path === '/status.json') {
    sendBody(response, 'application/json', JSON.stringify(reporter.report()))
  } else sendError(response, 404)
}

// Not request.query, because the app chooses how that is parsed.
function heldTag({ url }: Request): string | undefined {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('keys') ?? undefined
}

// The base of relative URLs is the parent folder if the URL of the page does not end in a slash.
function folderOf({ originalUrl }: Request): string {
  const path = originalUrl.replace(/[?#].*$/s, '')
  return path.endsWith('/') ? './' : `./${path.slice(path.lastIndexOf('/') + 1)}/`
}

function sendBody(response: ServerResponse, type: string, body: string): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('content-type', `${type}; charset=utf-8`)
  response.setHeader('content-security-policy', contentSecurityPolicy())
  response.end(body)
}

function sendError(response: ServerResponse, statusCode: keyof typeof reasons, allowed = 'GET, HEAD'): void {
  response.statusCode = statusCode
  if (statusCode === 405) response.setHeader('allow', allowed)
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(reasons[statusCode])
}

const reasons = { 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed' } as const

const headers = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const
