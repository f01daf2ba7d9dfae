import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { startTimer } from '../platform/node.ts'

/** A request that is signed. */
export interface SignedRequest {
  readonly endpoint: URL
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

// As in the clients that liveparam makes with the SDK: limits for what escapes the time limit of attempts.
const connectMs = 1_000
const idleMs = 2_500
// Ten secrets of 64 KB in which each character is escaped, with room to spare.
const maxBytes = 16 * 2 ** 20
const maxSockets = 50

/** Keeps the connections to one service open between requests. */
export class ConnectionPool {
  readonly #options = { keepAlive: true, maxSockets }
  #agent: http.Agent | undefined

  /** Rejects with the signal's reason, or with the error of the connection. */
  async send(request: SignedRequest, signal: AbortSignal): Promise<Answer> {
    const first = this.#exchange(request, signal)
    try {
      return await first.answer
    } catch (error) {
      if (signal.aborted || !first.sent.reusedSocket || !isClosedEarly(error)) throw error
      // The server had closed the idle connection, or it died while the process was frozen. The others are as old.
      this.#dropIdle()
      return this.#exchange(request, signal).answer
    }
  }

  /** Closes all connections. */
  drop(): void {
    this.#agent?.destroy()
  }

  #dropIdle(): void {
    for (const sockets of Object.values(this.#agent?.freeSockets ?? {})) {
      for (const socket of sockets ?? []) socket.destroy()
    }
  }

  #exchange(
    { endpoint, path, headers, body }: SignedRequest,
    signal: AbortSignal,
  ): { readonly sent: ClientRequest; readonly answer: Promise<Answer> } {
    const isSecure = endpoint.protocol === 'https:'
    this.#agent ??= isSecure ? new https.Agent(this.#options) : new http.Agent(this.#options)
    const sent = (isSecure ? https : http).request({
      agent: this.#agent,
      // An IPv6 address is in brackets in a URL only.
      hostname: endpoint.hostname.replace(/^\[|\]$/g, ''),
      ...(endpoint.port !== '' && { port: Number(endpoint.port) }),
      path,
      method: 'POST',
      timeout: idleMs,
      headers,
    })
    return { sent, answer: answerTo(sent, body, signal) }
  }
}

function answerTo(sent: ClientRequest, body: string, signal: AbortSignal): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    let stopTimer: (() => void) | undefined
    const end = () => {
      signal.removeEventListener('abort', abort)
      stopTimer?.()
    }
    const fail = (error: unknown) => {
      end()
      reject(error)
      sent.destroy()
    }
    const abort = () => fail(signal.reason)
    let isAnswered = false
    // Once the response begins, it reports what breaks.
    sent.on('error', (error) => {
      if (!isAnswered) fail(error)
    })
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    sent.on('socket', (socket) => {
      if (!socket.connecting) return
      stopTimer = startTimer(connectMs, () => fail(timedOut(`no connection within ${connectMs} ms`)))
      socket.once('connect', stopTimer)
    })
    sent.on('timeout', () => fail(timedOut(`no answer within ${idleMs} ms`)))
    sent.on('response', (response) => {
      isAnswered = true
      receive(response).then((answer) => {
        end()
        resolve(answer)
      }, fail)
    })
    sent.end(body)
  })
}

function receive(response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { statusCode: status = 0, headers } = response
    const fail = (error: Error) => reject(Object.assign(error, { $metadata: { httpStatusCode: status } }))
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > maxBytes) fail(new Error(`the answer has more than ${maxBytes} bytes`))
    })
    response.on('error', fail)
    response.on('end', () => resolve({ status, headers, body: Buffer.concat(chunks).toString() }))
  })
}

function timedOut(message: string): Error {
  return Object.assign(new Error(message), { name: 'TimeoutError', code: 'ETIMEDOUT' })
}

/** Whether the connection ended before any byte of the answer. */
function isClosedEarly(error: unknown): boolean {
  const { code, $metadata }: Record<string, unknown> = Object(error)
  return $metadata === undefined && (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED')
}
