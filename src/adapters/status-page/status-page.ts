import type { ServerResponse } from 'node:http'
import type { Request, RequestHandler } from 'express'
import type { LiveConfig } from '../../live-config.ts'
import { platform } from '../../platform/node.ts'
import { aFunction, type Check, checkGiven, someText } from '../../schema/check-given.ts'
import { ChangeLog } from './change-log.ts'
import { drawPage, tagOf } from './draw-page.ts'
import { contentSecurityPolicy, pageDocument } from './page-document.ts'
import { type Reporter, reportKeys, reportNews, type StatusReport } from './report.ts'

/** Who sees the status page, and how much. */
export interface StatusPageOptions {
  /**
   * Whether whoever sends the request may see the page. To others it is not there: 404, also if this throws or rejects.
   * @default everybody may, and in production (`NODE_ENV`) nobody
   */
  readonly authorize?: (request: Request) => boolean | Promise<boolean>
  /**
   * Stands above the page.
   * @default 'Configuration'
   */
  readonly title?: string
  /**
   * Whether the value of a key, such as `db.host`, is not to be shown. Sensitive values never are.
   * @default none is hidden
   */
  readonly hide?: (key: string) => boolean
}

const checks: Readonly<Record<keyof StatusPageOptions, Check>> = {
  authorize: aFunction,
  title: someText,
  hide: aFunction,
}

/**
 * A page that shows how a live config fares. It notes changes from when this is called.
 *
 * @throws TypeError when the options are wrong: one that is misspelled could leave the page open.
 */
export function statusPage(config: LiveConfig<unknown>, options: StatusPageOptions = {}): RequestHandler {
  checkGiven('statusPage()', options, checks)
  const { title = 'Configuration', authorize, hide } = options
  const isHidden = hide === undefined ? () => false : (key: string) => isTrue(() => hide(key))
  const reporter: Reporter = { title, config, isHidden, log: new ChangeLog(config, isHidden) }
  return async (request, response) => {
    if (await mayNotSee(request, authorize)) sendNothing(response)
    else if (request.method === 'GET' || request.method === 'HEAD') send(reporter, request, response)
    else sendNothing(response, 405)
  }
}

async function mayNotSee(request: Request, authorize: StatusPageOptions['authorize']): Promise<boolean> {
  if (authorize === undefined) return platform.environment().NODE_ENV === 'production'
  try {
    return (await authorize(request)) !== true
  } catch {
    return true
  }
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

function sendNothing(response: ServerResponse, statusCode: 404 | 405 = 404): void {
  response.statusCode = statusCode
  if (statusCode === 405) response.setHeader('allow', 'GET, HEAD')
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(statusCode === 404 ? 'Not Found' : 'Method Not Allowed')
}

const headers = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

function isTrue(ask: () => boolean): boolean {
  try {
    return ask() === true
  } catch {
    // Whoever cannot say what may be shown shows nothing.
    return true
  }
}
