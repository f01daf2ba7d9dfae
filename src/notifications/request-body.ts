import type { IncomingMessage } from 'node:http'
import { isObject, type Json, parseObject } from '../aws/json.ts'
import type { Clock } from '../ports.ts'
import { race, withDeadline } from '../refresh/deadline.ts'

/** A body, or the status by which it is refused. */
export type Body = { readonly json: Json } | { readonly status: 400 | 408 | 413 | 415 }

/** A request of Node's, or of Express, whose body a parser may have read. */
export type WebhookRequest = IncomingMessage & { readonly body?: unknown }

// A message of SNS or EventBridge is no larger than 256 KiB; the envelope comes on top.
const maxBytes = 512 * 1_024
const timeoutMs = 3_000
const contentTypes = ['application/json', 'text/plain']

/** The JSON object in the body of a request, within limits of size and time. */
export async function readBody(request: WebhookRequest, clock: Clock, signal: AbortSignal): Promise<Body> {
  const { headers } = request
  const contentType = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  // What is compressed may be of any size once it is not.
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity'
  if (!isPlain || !contentTypes.includes(contentType)) return { status: 415 }
  if (Number(headers['content-length'] ?? 0) > maxBytes) return { status: 413 }
  const text = await readText(request, clock, signal)
  if (typeof text === 'number') return { status: text }
  const json = typeof text === 'string' ? parseObject(text) : text
  return json === undefined ? { status: 400 } : { json }
}

async function readText(
  request: WebhookRequest,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | Json | 400 | 408 | 413> {
  const { body } = request
  if (typeof body === 'string') return body.length > maxBytes ? 413 : body
  if (Buffer.isBuffer(body)) return body.length > maxBytes ? 413 : body.toString()
  if (request.readableEnded || request.readableDidRead) return isObject(body) ? body : 400
  try {
    return await withDeadline(clock, timeoutMs, signal, (limit) => race(collect(request), limit))
  } catch {
    return 408
  }
}

async function collect(request: IncomingMessage): Promise<string | 413> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBytes) return 413
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}
