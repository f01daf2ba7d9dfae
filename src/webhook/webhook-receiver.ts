import { createHash, timingSafeEqual } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { isText, type Json } from '../aws/json.ts'
import { ByteBudget, type Claim } from '../notifications/byte-budget.ts'
import { deliverChange, deliverEvent, readChangeEvent } from '../notifications/change-event.ts'
import { type Fetch, type Fetched, fetchText } from '../notifications/fetch-text.ts'
import { type BodySize, readBody, type WebhookRequest } from '../notifications/request-body.ts'
import { readSnsMessage, type SnsMessage } from '../notifications/sns-message.ts'
import { SnsVerifier, snsHostOf } from '../notifications/sns-signature.ts'
import type { Clock, Inbox, ListenOptions } from '../ports.ts'
import { AbortListeners } from '../time/abort-listeners.ts'
import { Coalescer } from '../time/coalesce.ts'
import { race, withDeadline } from '../time/deadline.ts'

const hourMs = 3_600_000
// Clocks differ.
const earlyMs = 300_000
const confirmTimeoutMs = 2_000
// EventBridge waits for five seconds.
const answerTimeoutMs = 4_000
const maxConfirmationBytes = 65_536
const maxRemembered = 10_000
// The posts of all strangers together, from their first byte to their answer.
const strangersRoom = 16 * 1_024 * 1_024
// A message of SNS has up to 256 KiB and the rest of its envelope less than 8 KiB. The envelope is flat, and its texts are
// escaped: quotes, backslashes and line breaks of an event by a backslash each, which at most doubles the message.
const envelope: BodySize = { maxBytes: 264 * 1_024, maxStructure: 16 * 1_024 }
// An event of EventBridge has up to 1 MiB, of any structure.
const event: BodySize = { maxBytes: 1_032 * 1_024, maxStructure: Number.POSITIVE_INFINITY }

/** Who is believed, and where else to ask. */
export interface WebhookParts {
  readonly topicArns: ReadonlySet<string>
  readonly keys: readonly string[]
  readonly header: string
  readonly endpoint: string | undefined
  readonly fetch: Fetch
}

interface Listener {
  readonly inbox: Inbox
  readonly clock: Clock
  readonly signal: AbortSignal
}

type Status = 200 | 400 | 401 | 403 | 405 | 408 | 413 | 415 | 502 | 503

/** Answers the requests of a webhook, and tells all configs that listen to it. */
export class WebhookReceiver {
  readonly #parts: WebhookParts
  readonly #listeners = new Set<Listener>()
  /** Messages that were taken, with when that was. */
  readonly #taken = new Map<string, number>()
  readonly #confirmations = new Coalescer<Fetched>()
  readonly #aborts = new AbortListeners()
  readonly #strangers = new ByteBudget(strangersRoom)
  readonly #known = new ByteBudget(Number.POSITIVE_INFINITY)
  #verifier: SnsVerifier | undefined

  constructor(parts: WebhookParts) {
    this.#parts = parts
  }

  async listen(inbox: Inbox, { clock, signal }: ListenOptions): Promise<void> {
    const listener = { inbox, clock, signal }
    this.#listeners.add(listener)
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    this.#listeners.delete(listener)
  }

  async serve(request: WebhookRequest, response: ServerResponse): Promise<void> {
    const status = await this.#answerInTime(request).catch((): Status => 503)
    if (response.headersSent || response.destroyed) return
    // Whatever is still on its way is not waited for.
    const headers = {
      'content-type': 'text/plain',
      ...(status !== 200 && { connection: 'close' }),
      ...extraHeaders[status],
    }
    response.writeHead(status, headers).end()
  }

  async #answerInTime(request: WebhookRequest): Promise<Status> {
    const [listener] = this.#listeners
    if (request.method !== 'POST') return 405
    if (listener === undefined) return 503
    const { clock, signal } = listener
    const answering = new AbortController()
    const stop = this.#aborts.add(signal, () => answering.abort(signal.reason))
    return withDeadline(clock, answerTimeoutMs, answering.signal, (limit) => {
      return race(this.#answer(request, { ...listener, signal: limit }), limit)
    }).finally(stop)
  }

  async #answer(request: WebhookRequest, listener: Listener): Promise<Status> {
    const isKnown = this.#hasKey(request)
    // Without a topic, only a key can make a post believable.
    if (!isKnown && this.#parts.topicArns.size === 0) return 401
    const claim = (isKnown ? this.#known : this.#strangers).open()
    try {
      const taken = await this.#read(request, listener, { isKnown, claim })
      return typeof taken === 'number' ? taken : await this.#takeSigned(taken, listener)
    } finally {
      claim.end()
    }
  }

  // Returns a signed message without the rest of the body, which must not be held while a certificate is fetched.
  async #read(
    request: WebhookRequest,
    { clock, signal }: Listener,
    { isKnown, claim }: { readonly isKnown: boolean; readonly claim: Claim },
  ): Promise<SnsMessage | Status> {
    const body = await readBody(request, { clock, signal, claim, ...(isKnown ? event : envelope) })
    if ('status' in body) return body.status
    // Without its envelope, a message of SNS is not signed.
    if (request.headers['x-amz-sns-rawdelivery'] !== undefined) return 400
    return readSnsMessage(body.json) ?? (isKnown ? this.#deliverEvent(body.json, clock.now()) : 401)
  }

  #hasKey({ headers }: WebhookRequest): boolean {
    const shown = headers[this.#parts.header]
    if (!isText(shown)) return false
    // Each is compared, and at the same length: how long it takes tells nothing.
    return this.#parts.keys.filter((key) => timingSafeEqual(digest(key), digest(shown))).length > 0
  }

  #deliverEvent(event: Json, now: number): Status {
    const occurredAt = isText(event.time) ? Date.parse(event.time) : now
    if (!isRecent(occurredAt, now)) return 400
    const told = readChangeEvent(event)
    this.#tell((inbox) => deliverChange(told, inbox))
    return 200
  }

  async #takeSigned(message: SnsMessage, { clock, signal }: Listener): Promise<Status> {
    if (!isRecent(Date.parse(message.Timestamp), clock.now())) return 400
    this.#verifier ??= new SnsVerifier({ clock, ...this.#parts })
    const verdict = await this.#verifier.verify(message, signal)
    if (verdict !== 'genuine') return verdict === 'forged' ? 403 : 503
    if (this.#isTaken(message.MessageId, clock.now())) return 200
    if (message.Type === 'SubscriptionConfirmation') {
      const link = this.#linkToConfirm(message)
      if (link === undefined) return 403
      if (typeof (await this.#confirm(link, clock, signal)) === 'string') return 502
      // The same one may have come in the meantime.
      if (this.#isTaken(message.MessageId, clock.now())) return 200
      this.#tell((inbox) => inbox.opened())
    } else if (message.Type === 'UnsubscribeConfirmation')
      this.#tell((inbox) => inbox.failed(unsubscribed(message.TopicArn)))
    else this.#tell((inbox) => deliverEvent(message.Message, inbox))
    this.#remember(message.MessageId, clock.now())
    return 200
  }

  // One of our own: what the message has in its place is compared with it, and never asked for.
  #linkToConfirm({ TopicArn, Token = '', SubscribeURL = '' }: SnsMessage): string | undefined {
    const base = this.#parts.endpoint ?? `https://${snsHostOf(TopicArn)}/`
    const link = new URL(`/?${new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn, Token })}`, base)
    return isSameLink(SubscribeURL, link) ? link.href : undefined
  }

  #confirm(link: string, clock: Clock, signal: AbortSignal): Promise<Fetched> {
    const limits = { clock, timeoutMs: confirmTimeoutMs, maxBytes: maxConfirmationBytes }
    const ask = (flight: AbortSignal) => fetchText(this.#parts.fetch, link, { ...limits, signal: flight })
    return this.#confirmations.run(link, ask, { signal })
  }

  #tell(tell: (inbox: Inbox) => void): void {
    for (const { inbox } of this.#listeners) {
      inbox.healthy()
      tell(inbox)
    }
  }

  #isTaken(id: string, now: number): boolean {
    const takenAt = this.#taken.get(id)
    return takenAt !== undefined && now - takenAt <= hourMs
  }

  #remember(id: string, now: number): void {
    this.#taken.set(id, now)
    for (const [old, takenAt] of this.#taken) {
      if (now - takenAt <= hourMs && this.#taken.size <= maxRemembered) return
      this.#taken.delete(old)
    }
  }
}

const extraHeaders: Readonly<Partial<Record<Status, Readonly<Record<string, string>>>>> = {
  405: { allow: 'POST' },
  503: { 'retry-after': '5' },
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function isRecent(at: number, now: number): boolean {
  return at >= now - hourMs && at <= now + earlyMs
}

function isSameLink(text: string, url: URL): boolean {
  if (!URL.canParse(text)) return false
  const link = new URL(text)
  const isSamePlace =
    link.origin === url.origin && link.pathname === url.pathname && link.username + link.password === ''
  return (
    isSamePlace &&
    ['Action', 'TopicArn', 'Token'].every((name) => link.searchParams.get(name) === url.searchParams.get(name))
  )
}

function unsubscribed(topicArn: string): Parameters<Inbox['failed']>[0] {
  return {
    code: 'AWS_ERROR',
    isTransient: false,
    detail: `${topicArn} has ended the subscription of this webhook`,
    remedy: 'subscribe its URL again',
  }
}
