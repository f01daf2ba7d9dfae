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
import { onAbort } from '../time/abort.ts'
import { Coalescer } from '../time/coalesce.ts'
import { race, withDeadline } from '../time/deadline.ts'

const hourMs = 3_600_000
// The clocks of sender and receiver differ.
const earlyMs = 300_000
const confirmTimeoutMs = 2_000
// EventBridge waits for five seconds.
const answerTimeoutMs = 4_000
const maxConfirmationBytes = 65_536
const maxAccepted = 10_000
// For all requests without a key together, from their first byte to their answer.
const unauthenticatedBytes = 16 * 1_024 * 1_024
// An SNS message has up to 256 KiB, and the rest of its envelope less than 8 KiB. The envelope is flat, and its strings
// are escaped: a backslash before each quote, backslash and line break at most doubles the message.
const envelope: BodySize = { maxBytes: 264 * 1_024, maxStructure: 16 * 1_024 }
// An event of EventBridge has up to 1 MiB, of any structure.
const event: BodySize = { maxBytes: 1_032 * 1_024, maxStructure: Number.POSITIVE_INFINITY }

/** The accepted senders, and the endpoint. */
export interface WebhookReceiverOptions {
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

/** Answers the requests of a webhook, and delivers changes to all configs that listen to it. */
export class WebhookReceiver {
  readonly #options: WebhookReceiverOptions
  readonly #listeners = new Set<Listener>()
  /** The times at which messages were accepted, by message id. */
  readonly #accepted = new Map<string, number>()
  readonly #confirmations = new Coalescer<Fetched>()
  readonly #unauthenticatedBudget = new ByteBudget(unauthenticatedBytes)
  readonly #authenticatedBudget = new ByteBudget(Number.POSITIVE_INFINITY)
  #verifier: SnsVerifier | undefined

  constructor(options: WebhookReceiverOptions) {
    this.#options = options
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
    // The rest of a refused body is not awaited.
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
    const stop = onAbort(signal, () => answering.abort(signal.reason))
    return withDeadline(clock, answerTimeoutMs, answering.signal, (limit) => {
      return race(this.#answer(request, { ...listener, signal: limit }), limit)
    }).finally(stop)
  }

  async #answer(request: WebhookRequest, listener: Listener): Promise<Status> {
    const isAuthenticated = this.#hasKey(request)
    // Without a topic, a key is required.
    if (!isAuthenticated && this.#options.topicArns.size === 0) return 401
    const claim = (isAuthenticated ? this.#authenticatedBudget : this.#unauthenticatedBudget).open()
    try {
      const read = await this.#read(request, listener, { isAuthenticated, claim })
      return typeof read === 'number' ? read : await this.#acceptSigned(read, listener)
    } finally {
      claim.end()
    }
  }

  // Returns only the signed message: the body must not be kept while a certificate is downloaded.
  async #read(
    request: WebhookRequest,
    { clock, signal }: Listener,
    { isAuthenticated, claim }: { readonly isAuthenticated: boolean; readonly claim: Claim },
  ): Promise<SnsMessage | Status> {
    const body = await readBody(request, { clock, signal, claim, ...(isAuthenticated ? event : envelope) })
    if ('status' in body) return body.status
    // Without its envelope, an SNS message is not signed.
    if (request.headers['x-amz-sns-rawdelivery'] !== undefined) return 400
    return readSnsMessage(body.json) ?? (isAuthenticated ? this.#deliverEvent(body.json, clock.now()) : 401)
  }

  #hasKey({ headers }: WebhookRequest): boolean {
    const sent = headers[this.#options.header]
    if (!isText(sent)) return false
    // All keys are compared, by digests of equal length: the time reveals nothing.
    return this.#options.keys.filter((key) => timingSafeEqual(digest(key), digest(sent))).length > 0
  }

  #deliverEvent(event: Json, now: number): Status {
    const occurredAt = isText(event.time) ? Date.parse(event.time) : now
    if (!isRecent(occurredAt, now)) return 400
    const change = readChangeEvent(event)
    this.#deliver((inbox) => deliverChange(change, inbox))
    return 200
  }

  async #acceptSigned(message: SnsMessage, { clock, signal }: Listener): Promise<Status> {
    if (!isRecent(Date.parse(message.Timestamp), clock.now())) return 400
    this.#verifier ??= new SnsVerifier({ clock, ...this.#options })
    const authenticity = await this.#verifier.verify(message, signal)
    if (authenticity !== 'genuine') return authenticity === 'forged' ? 403 : 503
    if (this.#isAccepted(message.MessageId, clock.now())) return 200
    if (message.Type === 'SubscriptionConfirmation') {
      const link = this.#confirmationLink(message)
      if (link === undefined) return 403
      if (typeof (await this.#confirm(link, clock, signal)) === 'string') return 502
      // The same message may have been accepted meanwhile.
      if (this.#isAccepted(message.MessageId, clock.now())) return 200
      this.#deliver((inbox) => inbox.opened())
    } else if (message.Type === 'UnsubscribeConfirmation')
      this.#deliver((inbox) => inbox.failed(unsubscribed(message.TopicArn)))
    else this.#deliver((inbox) => deliverEvent(message.Message, inbox))
    this.#remember(message.MessageId, clock.now())
    return 200
  }

  // Built here: the link in the message is only compared with it, and never requested.
  #confirmationLink({ TopicArn, Token = '', SubscribeURL = '' }: SnsMessage): string | undefined {
    const base = this.#options.endpoint ?? `https://${snsHostOf(TopicArn)}/`
    const link = new URL(`/?${new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn, Token })}`, base)
    return isSameLink(SubscribeURL, link) ? link.href : undefined
  }

  #confirm(link: string, clock: Clock, signal: AbortSignal): Promise<Fetched> {
    const limits = { clock, timeoutMs: confirmTimeoutMs, maxBytes: maxConfirmationBytes }
    const start = (shared: AbortSignal) => fetchText(this.#options.fetch, link, { ...limits, signal: shared })
    return this.#confirmations.run(link, start, { signal })
  }

  #deliver(deliver: (inbox: Inbox) => void): void {
    for (const { inbox } of this.#listeners) {
      inbox.healthy()
      deliver(inbox)
    }
  }

  #isAccepted(id: string, now: number): boolean {
    const acceptedAt = this.#accepted.get(id)
    return acceptedAt !== undefined && now - acceptedAt <= hourMs
  }

  #remember(id: string, now: number): void {
    this.#accepted.set(id, now)
    for (const [old, acceptedAt] of this.#accepted) {
      if (now - acceptedAt <= hourMs && this.#accepted.size <= maxAccepted) return
      this.#accepted.delete(old)
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
    remedy: 'subscribe the URL of the webhook again',
  }
}
