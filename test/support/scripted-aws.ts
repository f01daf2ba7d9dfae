import { createServer } from 'node:http'
import { createServer as createSocketServer, type Server } from 'node:net'
import { onTestFinished } from 'vitest'

/** The answer of a scripted endpoint. */
export interface Reply {
  /** @default 200 */
  readonly status?: number
  /** An object is sent as JSON; a text is sent as it is. */
  readonly body: object | string
  readonly headers?: Readonly<Record<string, string>>
  /** Announces more bytes than it sends, then cuts the connection. @default false */
  readonly isCutShort?: boolean
}

/** A received call. */
export interface ScriptedCall {
  /** For example `GetParameters`. */
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  /** The access key that signed it. */
  readonly accessKey: string | undefined
}

/** Starts an endpoint whose answers the test scripts, for answers that the local AWS never gives. */
export async function scriptedAws(
  answer: (call: ScriptedCall) => Reply,
): Promise<{ readonly endpoint: string; readonly calls: readonly ScriptedCall[] }> {
  const calls: ScriptedCall[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    const accessKey = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1]
    const call = { operation, input: JSON.parse(Buffer.concat(chunks).toString()), accessKey }
    calls.push(call)
    const { status = 200, body, headers, isCutShort = false } = answer(call)
    const text = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      'content-length': text.length + (isCutShort ? 10 : 0),
      'x-amzn-requestid': 'a-request-id',
      ...headers,
    })
    if (isCutShort) response.write(text, () => response.destroy())
    else response.end(text)
  })
  onTestFinished(() => server.closeAllConnections())
  return { endpoint: `http://127.0.0.1:${await portOf(server)}`, calls }
}

/** Starts a server that answers each request with these bytes, HTTP or not, and ends the connection. */
export async function rawServer(
  answer: (request: number) => string | Uint8Array,
): Promise<{ readonly port: number; readonly requests: () => number }> {
  let requests = 0
  const server = createSocketServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => socket.end(answer(++requests)))
  })
  return { port: await portOf(server), requests: () => requests }
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
