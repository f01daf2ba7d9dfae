import type { IncomingMessage } from 'node:http'
import { isObject, type Json, parseObject } from '../aws/json.ts'
import type { Clock } from '../ports.ts'
import { withDeadline } from '../time/deadline.ts'
import type { Claim } from './byte-budget.ts'
import { JsonMeter } from './json-meter.ts'

/** A body, or the status by which it is refused. */
export type Body = { readonly json: Json } | { readonly status: Refusal }

type Refusal = 400 | 408 | 413 | 415 | 503

/** A request of Node's, or of Express, whose body a parser may have read. */
export type WebhookRequest = IncomingMessage & { readonly body?: unknown }

const timeoutMs = 3_000
const contentTypes = ['application/json', 'text/plain']

/** How large a body may be. */
export interface BodySize {
  /** Backslashes that escape a character do not count, and at most double it. */
  readonly maxBytes: number
  /** Of these, how many outside of texts. */
  readonly maxStructure: number
}

/** Within what a body is read. */
export interface BodyLimits extends BodySize {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Grows with the body. */
  readonly claim: Claim
}

// Connection, request and headers, before a byte of the body has arrived.
const bytesPerPost = 16 * 1_024
// A body is held in a buffer of up to twice its size, then as fields of up to two bytes a character.
const bytesPerByte = 2
// A parser of the app keeps what it made of the body: an empty object takes about twenty times its two characters.
const bytesPerParsedByte = 24

/** The JSON object in the body of a request, within limits of size, memory and time. */
export async function readBody(request: WebhookRequest, limits: BodyLimits): Promise<Body> {
  const { headers } = request
  const contentType = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
  // A compressed body may have any size once it is decompressed.
  const isPlain = (headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity'
  if (!isPlain || !contentTypes.includes(contentType)) return { status: 415 }
  if (Number(headers['content-length'] ?? 0) > 2 * limits.maxBytes) return { status: 413 }
  if (!limits.claim.raiseTo(bytesPerPost)) return { status: 503 }
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
  return claim.raiseTo(bytesPerPost + length * bytesPerParsedByte) ? body : 503
}

// By listeners, not by iteration: a body that is refused or late is let go at once, and the request can still be answered.
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

/** The bytes of a body so far, in one buffer however small the pieces are in which they come. */
class Arrival {
  readonly #limits: BodyLimits
  readonly #meter = new JsonMeter()
  #bytes: Buffer = Buffer.alloc(0)
  #size = 0
  #isMalformed = false

  constructor(limits: BodyLimits) {
    this.#limits = limits
  }

  /** @returns The status by which the body is refused, if it is. */
  add(chunk: Buffer): Refusal | undefined {
    const { claim, maxBytes, maxStructure } = this.#limits
    this.#meter.add(chunk)
    const { size, escapes, structure } = this.#meter
    if (size > 2 * maxBytes || size - escapes > maxBytes) return 413
    if (!claim.raiseTo(bytesPerPost + size * bytesPerByte)) return 503
    this.#isMalformed ||= structure > maxStructure
    // It may still turn out to be too large, but it is not parsed.
    if (this.#isMalformed) this.#bytes = Buffer.alloc(0)
    else this.#append(chunk, size)
    return undefined
  }

  /** The bytes, which are not kept here any longer. */
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
