import type { IncomingMessage } from 'node:http'
import { isObject, type Json, parseObject } from '../aws/json.ts'
import type { Clock } from '../ports.ts'
import { race, withDeadline } from '../time/deadline.ts'

/** A body, or the status by which it is refused. */
export type Body = { readonly json: Json } | { readonly status: 400 | 408 | 413 | 415 | 503 }

/** A request of Node's, or of Express, whose body a parser may have read. */
export type WebhookRequest = IncomingMessage & { readonly body?: unknown }

// A message of SNS or EventBridge is no larger than 256 KiB; the envelope comes on top.
const maxBytes = 512 * 1_024
const timeoutMs = 3_000
const contentTypes = ['application/json', 'text/plain']

/** Within what a body is read. */
export interface BodyLimits {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Shared by all who are read at the same time. */
  readonly room: Room
}

/** Room for so many bytes: whoever comes when it is full is sent away, and no memory is taken for them. */
export class Room {
  #free: number

  constructor(bytes: number) {
    this.#free = bytes
  }

  /** @returns Whether there was room. */
  take(bytes: number): boolean {
    if (bytes > this.#free) return false
    this.#free -= bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#free += bytes
  }
}

/** The JSON object in the body of a request, within limits of size and time. */
export async function readBody(request: WebhookRequest, limits: BodyLimits): Promise<Body> {
  const { headers } = request
  const contentType = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  // What is compressed may be of any size once it is not.
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity'
  if (!isPlain || !contentTypes.includes(contentType)) return { status: 415 }
  if (Number(headers['content-length'] ?? 0) > maxBytes) return { status: 413 }
  const text = await readText(request, limits)
  if (typeof text === 'number') return { status: text }
  const json = typeof text === 'string' ? parseObject(text) : text
  return json === undefined ? { status: 400 } : { json }
}

async function readText(
  request: WebhookRequest,
  { clock, signal, room }: BodyLimits,
): Promise<string | Json | 400 | 408 | 413 | 503> {
  const { body } = request
  if (typeof body === 'string') return body.length > maxBytes ? 413 : body
  if (Buffer.isBuffer(body)) return body.length > maxBytes ? 413 : body.toString()
  if (request.readableEnded || request.readableDidRead) return isObject(body) ? body : 400
  try {
    return await withDeadline(clock, timeoutMs, signal, (limit) => race(collect(request, room), limit))
  } catch {
    return 408
  }
}

async function collect(request: IncomingMessage, room: Room): Promise<string | 413 | 503> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request) {
      const bytes = Buffer.from(chunk)
      if (size + bytes.length > maxBytes) return 413
      if (!room.take(bytes.length)) return 503
      size += bytes.length
      chunks.push(bytes)
    }
    return Buffer.concat(chunks).toString()
  } finally {
    room.giveBack(size)
  }
}
