import type { ServerResponse } from 'node:http'
import type { Request, RequestHandler } from 'express'
import type { LiveConfig } from '../../config/live-config.ts'
import { type Check, checkArguments, isFunction, isString } from '../../messages/check-arguments.ts'
import { platform } from '../../platform/node.ts'
import { ChangeLog } from './change-log.ts'
import { contentSecurityPolicy, pageDocument } from './page-document.ts'
import { drawPage, tagOf } from './page-view.ts'
import { type Reporter, reportKeys, reportNews, type StatusReport } from './report.ts'

/** Who sees the status page, and how much. */
export interface StatusPageOptions {
  /**
   * Whether the sender of a request may see the page and refresh the config: only `true` lets them. For anything else, and
   * if this throws or rejects, the answer is 404.
   * @default 404 for everyone, except where `NODE_ENV` is `development` or `test`
   */
  readonly authorize?: (request: Request) => boolean | Promise<boolean>
  /**
   * Stands above the page.
   * @default 'Configuration'
   */
  readonly title?: string
  /**
   * Whether the value of a key, such as `db.host`, is not to be shown: only `false` shows it. Anything else hides it, also
   * a promise, and so does throwing. Errors, which could quote it, are then shown without their message. Sensitive values
   * are never shown.
   * @default nothing else is hidden
   */
  readonly hide?: (key: string) => boolean
}

const checks: Readonly<Record<keyof StatusPageOptions, Check>> = {
  authorize: isFunction,
  title: isString,
  hide: isFunction,
}

/**
 * A page that shows how a live config fares. It notes changes from when this is called.
 *
 * @throws TypeError when the options are wrong: one that is misspelled could leave the page open.
 */
export function statusPage(config: LiveConfig<unknown>, options: StatusPageOptions = {}): RequestHandler {
  checkArguments('statusPage()', options, checks)
  const { title = 'Configuration', authorize, hide } = options
  const isHidden = hide === undefined ? () => false : (key: string) => hides(hide, key)
  const log = new ChangeLog(config, isHidden)
  const reporter: Reporter = { title, config, isHidden, mayHide: hide !== undefined, log }
  return async (request, response) => {
    if (await mayNotSee(request, authorize)) sendNothing(response)
    else if (request.path === '/refresh') await answerRefresh(config, request, response)
    else if (request.method === 'GET' || request.method === 'HEAD') send(reporter, request, response)
    else sendNothing(response, 405)
  }
}

async function mayNotSee(request: Request, authorize: StatusPageOptions['authorize']): Promise<boolean> {
  if (authorize === undefined) return !openEnvironments.has(platform.environment().NODE_ENV ?? '')
  try {
    return (await authorize(request)) !== true
  } catch {
    return true
  }
}

const openEnvironments: ReadonlySet<string> = new Set(['development', 'test'])

// The header makes a browser ask beforehand whether another site may send it; and browsers say where a request comes from.
async function answerRefresh(config: LiveConfig<unknown>, request: Request, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return sendNothing(response, 405, 'POST')
  const { 'sec-fetch-site': site = 'same-origin', 'x-liveparam': wish } = request.headers
  if (site !== 'same-origin' || wish !== 'refresh') return sendNothing(response, 403)
  const outcome = await config.refresh().catch(() => 'failed')
  sendBody(response, 'application/json', JSON.stringify({ outcome }))
}

function send(reporter: Reporter, request: Request, response: ServerResponse): void {
  const news = reportNews(reporter)
  if (request.path === '/') {
    sendBody(response, 'text/html', pageDocument(drawPage(news, reportKeys(reporter)), folderOf(request)))
  } else if (request.path === '/status.json') {
    const report: StatusReport = { ...news, ...reportKeys(reporter) }
    sendBody(response, 'application/json', JSON.stringify(report))
  } else if (request.path === '/page.json') {
    const isHeld = heldKeys(request) === tagOf(news)
    sendBody(response, 'application/json', JSON.stringify(drawPage(news, isHeld ? undefined : reportKeys(reporter))))
  } else sendNothing(response)
}

// Not by request.query, which is what the app makes of it.
function heldKeys({ url }: Request): string | null {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('keys')
}

// Where the page is asked for without a slash at its end, what is relative to it is looked for beside it.
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

function sendNothing(response: ServerResponse, statusCode: keyof typeof reasons = 404, allowed = 'GET, HEAD'): void {
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

function hides(hide: (key: string) => unknown, key: string): boolean {
  try {
    const answer = hide(key)
    // A promise has not answered yet. If it rejects, that must not end the process.
    if (typeof answer === 'object') Promise.resolve(answer).catch(() => undefined)
    return answer !== false
  } catch {
    return true
  }
}
