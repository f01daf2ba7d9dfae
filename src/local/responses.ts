import { randomUUID } from 'node:crypto'
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { AwsError } from './aws-error.ts'
import type { Fault } from './faults.ts'

/** Sends a text as the whole body. */
export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
  response.end(body)
}

export function sendXml(response: ServerResponse, status: number, body: string): void {
  send(response, status, 'text/xml', body)
}

/** Sends a text as a JSON body, even if it is not JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  send(response, status, jsonType, text, { 'x-amzn-requestid': randomUUID(), ...headers })
}

export function sendError(response: ServerResponse, { name, message, status, extra }: AwsError): void {
  const body = { __type: name, ...(message !== '' && { message }), ...extra.body }
  sendJson(response, status, JSON.stringify(body), { 'x-amzn-errortype': name, ...extra.headers })
}

/** Sends half of the announced body. Then it cuts the connection (`half-body`) or keeps it open. */
export function sendHalf(response: ServerResponse, text: string, kind: Fault['kind']): void {
  const bytes = Buffer.from(text)
  response.writeHead(200, {
    'content-type': jsonType,
    'content-length': bytes.length,
    'x-amzn-requestid': randomUUID(),
  })
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
    if (kind === 'half-body') response.destroy()
  })
}

/** Sends the client to the login page of a captive portal. */
export function sendRedirect(response: ServerResponse): void {
  response.writeHead(302, { location: 'http://portal.invalid/login', 'content-length': 0 }).end()
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
  send(response, 503, 'text/html', page)
}

const jsonType = 'application/x-amz-json-1.1'
