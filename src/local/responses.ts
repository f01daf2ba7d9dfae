import { randomUUID } from 'node:crypto'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AwsError } from './aws-error.ts'
import type { Fault } from './faults.ts'

/** Sends the output of an operation. */
export function sendOutput(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  sendJson(response, status, JSON.stringify(body), headers)
}

/** Sends a text as a JSON body, even if it is not JSON. */
export function sendJson(response: ServerResponse, status: number, text: string, headers: object = {}): void {
  response.writeHead(status, jsonHeaders(text, headers))
  response.end(text)
}

/** Sends half of the announced body. Then it cuts the connection (`half-body`) or keeps it open. */
export function sendHalf(response: ServerResponse, body: object, kind: Fault['kind']): void {
  const text = JSON.stringify(body)
  response.writeHead(200, jsonHeaders(text))
  const half = Buffer.from(text).subarray(0, Math.floor(Buffer.byteLength(text) / 2))
  response.write(half, () => {
    if (kind === 'half-body') response.destroy()
  })
}

function jsonHeaders(text: string, headers: object = {}): OutgoingHttpHeaders {
  return {
    'content-type': 'application/x-amz-json-1.1',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
    ...headers,
  }
}

export function sendError(response: ServerResponse, error: AwsError): void {
  const body = { __type: error.name, ...(error.message !== '' && { message: error.message }), ...error.extra.body }
  if (!response.headersSent)
    sendOutput(response, error.status, body, { 'x-amzn-errortype': error.name, ...error.extra.headers })
}

export function sendXml(response: ServerResponse, status: number, body: string): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

export function sendText(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** Sends the client to the login page of a captive portal. */
export function sendRedirect(response: ServerResponse): void {
  response.writeHead(302, { location: 'http://portal.invalid/login', 'content-length': 0 })
  response.end()
}

/** Sends the banner of an SSH server and ends the connection. */
export async function sendNoHttp(response: ServerResponse): Promise<void> {
  const { socket } = response
  if (socket === null) return
  await new Promise<void>((resolve) => socket.end('SSH-2.0-OpenSSH_9.6\r\n', resolve))
  response.destroy()
}

/** Sends the page of a load balancer that has no healthy target. */
export function sendHtml(response: ServerResponse): void {
  const page = '<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>'
  response.writeHead(503, { 'content-type': 'text/html', 'content-length': page.length })
  response.end(page)
}
