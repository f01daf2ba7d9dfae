import type { IncomingMessage } from 'node:http'
import { isObject, type Json, parseObject } from '../aws/json.ts'
import type { Clock } from '../ports.ts'
import { withDeadline } from '../time/deadline.ts'
import type { Claim } from './byte-budget.ts'
import { JsonMeter } from './json-meter.ts'

/** A body, or the HTTP status of its refusal. */
export type Body = { readonly json: Json } | { readonly status: Refusal }

type Refusal = 400 | 408 | 413 | 415 | 503

/** A request of Node.js or Express, whose body a parser may have read. */
export type WebhookRequest = IncomingMessage & { readonly body?: unknown }

const timeoutMs = 3_000
const contentTypes = ['application/json', 'text/plain']

/** The maximum size of a body. */
export interface BodySize {
  /** Backslashes that escape a character do not count; at most, they double the size. */
  readonly maxBytes: number
  /** The maximum of bytes outside of strings. */
  readonly maxStructure: number
}

/** The limits of reading one body. */
export interface BodyLimits extends BodySize {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The memory of this request. */
  readonly claim: Claim
}

// Of the connection, the request and its headers.
const bytesPerRequest = 16 * 1_024
// The buffer takes up to twice the size of the body; the strings in it up to two bytes a character.
const bytesPerByte = 2
// A body parser of the app holds objects: an empty object takes about twenty times its two characters.
const bytesPerParsedByte = 24

/** Reads the JSON object in the body of a request, within limits of size, memory and time. */
export async function readBody(request: WebhookRequest, limits: BodyLimits): Promise<Body> {
  const { headers } = request
  const contentType = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  // A compressed body has an unknown size.
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity'
  if (!isPlain || !contentTypes.includes(contentType)) return { status: 415 }
  if (Number(headers['content-length'] ?? 0) > 2 * limits.maxBytes) return { status: 413 }
  if (!limits.claim.raiseTo(bytesPerRequest)) return { status: 503 }
  const read = await readGiven(request, limits)
  if (typeof read === 'number') return { status: read }
  const json = Buffer.isBuffer(read) ? parseObject(read.toString()) : read
  return json === undefined ? { status: 400 } : { json }
}

async function readGiven(request: WebhookRequest, limits: BodyLimits): Promise<Buffer | Json | Refusal> {
  const { body } = request
  const arrival = new Arrival(limits)
  if (typeof body === 'string' || Buffer.isBuffer(body)) return arrival.add(Buffer.from(body)) ?? arrival.end()
  if (request.readableEnded || request.readableDidRead) return isObject(body) ? takeParsed(request, body, limits) : 400
  try {
    return await withDeadline(limits.clock, timeoutMs, limits.signal, (limit) => collect(request, arrival, limit))
  } catch {
    return 408
  }
}

function takeParsed(request: WebhookRequest, body: Json, { claim }: BodyLimits): Json | 503 {
  const length = Number(request.headers['content-length'] ?? 0)
  return claim.raiseTo(bytesPerRequest + length * bytesPerParsedByte) ? body : 503
}

// By listeners, not by iteration: a refused or late body is dropped at once, and the request can still be answered.
function collect(request: IncomingMessage, arrival: Arrival, signal: AbortSignal): Promise<Buffer | Refusal> {
  return new Promise((resolve, reject) => {
    const take = (chunk: Buffer | string) => {
      const refusal = arrival.add(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
      if (refusal !== undefined) settle(() => resolve(refusal))
    }
    const finish = () => settle(() => resolve(arrival.end()))
    const fail = () => settle(() => reject(new Error('the body did not arrive')))
    const settle = (act: () => void) => {
      request.off('data', take).off('end', finish).off('close', fail).resume()
      signal.removeEventListener('abort', fail)
      act()
      arrival.end()
    }
    if (signal.aborted) return fail()
    signal.addEventListener('abort', fail, { once: true })
    request.on('data', take).once('end', finish).once('close', fail).on('error', fail)
  })
}

/** The bytes of a body so far, in one buffer, regardless of the size of the chunks. */
class Arrival {
  readonly #limits: BodyLimits
  readonly #meter = new JsonMeter()
  #bytes: Buffer = Buffer.alloc(0)
  #size = 0
  #isMalformed = false

  constructor(limits: BodyLimits) {
    this.#limits = limits
  }

  /** @returns The status of the refusal, or `undefined`. */
  add(chunk: Buffer): Refusal | undefined {
    const { claim, maxBytes, maxStructure } = this.#limits
    this.#meter.add(chunk)
    const { size, escapes, structure } = this.#meter
    if (size > 2 * maxBytes || size - escapes > maxBytes) return 413
    if (!claim.raiseTo(bytesPerRequest + size * bytesPerByte)) return 503
    this.#isMalformed ||= structure > maxStructure
    // A malformed body is not kept, but still measured: it may be too large.
    if (this.#isMalformed) this.#bytes = Buffer.alloc(0)
    else this.#append(chunk, size)
    return undefined
  }

  /** Returns the bytes and releases the buffer. */
  end(): Buffer | 400 {
    const bytes = this.#bytes.subarray(0, this.#size)
    this.#bytes = Buffer.alloc(0)
    this.#size = 0
    return this.#isMalformed ? 400 : bytes
  }

  #append(chunk: Buffer, size: number): void {
    if (size > this.#bytes.length) this.#grow(size)
    chunk.copy(this.#bytes, this.#size)
    this.#size = size
  }

  #grow(size: number): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(size, 2 * this.#size))
    this.#bytes.copy(bytes, 0, 0, this.#size)
    this.#bytes = bytes
  }
}
