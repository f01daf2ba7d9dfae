import { randomUUID } from 'node:crypto'
import type { Clock } from '../ports.ts'
import type { MessageAttributes } from './message-attributes.ts'
import { invalidMember, noQueue, queueError, simpleError } from './queue-errors.ts'
import { type QueueSettings, redrivePolicyOf } from './queue-settings.ts'

/** A message of a queue. */
export interface Message {
  readonly id: string
  readonly body: string
  readonly attributes: MessageAttributes
  /** For example `AWSTraceHeader` and `MessageGroupId`. */
  readonly systemAttributes: Readonly<Record<string, string>>
  readonly sentAt: number
  visibleAt: number
  receiptHandle: string | undefined
  receives: number
  firstReceivedAt: number | undefined
  /** In a dead-letter queue, the ARN of the queue that received the message first. */
  sourceArn: string | undefined
}

export interface NewMessage {
  readonly body: string
  readonly attributes?: MessageAttributes
  readonly systemAttributes?: Readonly<Record<string, string>>
  readonly delaySeconds?: number | undefined
}

/** A standard queue: it delivers at least once, in no guaranteed order. */
export class Queue {
  readonly name: string
  readonly url: string
  readonly arn: string
  readonly tags: Map<string, string> = new Map()
  readonly settings: QueueSettings
  readonly createdAt: number
  isDeleted = false
  modifiedAt: number
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  #messages: Message[] = []
  #purgedAt = Number.NEGATIVE_INFINITY

  constructor(name: string, url: string, arn: string, settings: QueueSettings, clock: Clock) {
    this.name = name
    this.url = url
    this.arn = arn
    this.settings = settings
    this.#clock = clock
    this.createdAt = clock.now()
    this.modifiedAt = this.createdAt
  }

  /** The numbers of messages that are ready, delayed, and received but not deleted. */
  get counts(): { readonly visible: number; readonly delayed: number; readonly inFlight: number } {
    const visible = this.#visible().length
    const now = this.#clock.now()
    const delayed = this.#messages.filter(({ visibleAt, receives }) => visibleAt > now && receives === 0).length
    return { visible, delayed, inFlight: this.#messages.length - visible - delayed }
  }

  send({ body, attributes = {}, systemAttributes = {}, delaySeconds }: NewMessage): Message {
    const sentAt = this.#clock.now()
    const visibleAt = sentAt + (delaySeconds ?? this.settings.number('DelaySeconds')) * 1_000
    const fresh = { receiptHandle: undefined, receives: 0, firstReceivedAt: undefined, sourceArn: undefined }
    const message: Message = { id: randomUUID(), body, attributes, systemAttributes, sentAt, visibleAt, ...fresh }
    this.#add(message)
    return message
  }

  /** Removes and returns the visible messages. */
  take(): readonly Message[] {
    const taken = this.#visible()
    this.#messages = this.#messages.filter((message) => !taken.includes(message))
    return taken
  }

  /**
   * Waits for messages, returns them and hides them for their visibility timeout. Moves messages that exceed
   * `maxReceiveCount` to the dead-letter queue.
   */
  async receive(options: ReceiveOptions): Promise<readonly Message[]> {
    const { waitSeconds = this.settings.number('ReceiveMessageWaitTimeSeconds'), signal } = options
    const giveUpAt = this.#clock.now() + waitSeconds * 1_000
    this.#moveDeadLetters(options.queueAt)
    while (this.#visible().length === 0 && this.#clock.now() < giveUpAt && !signal.aborted) {
      await this.#wait(giveUpAt, signal)
      if (this.isDeleted) throw noQueue()
      this.#moveDeadLetters(options.queueAt)
    }
    // A caller that has disconnected would lose the messages until their visibility timeout.
    if (signal.aborted) return []
    const received = this.#visible().slice(0, options.max)
    for (const message of received) this.#hide(message, options.visibilitySeconds)
    return received
  }

  /** Deletes the message of a handle. An older handle deletes nothing, as on AWS. */
  remove(handle: string): void {
    this.#check(handle)
    this.#messages = this.#messages.filter(({ receiptHandle }) => receiptHandle !== handle)
  }

  /** Hides a message for some time from now. As on AWS, the message may be visible. */
  changeVisibility(handle: string, seconds: number): void {
    const id = this.#check(handle)
    const message = this.#messages.find((candidate) => candidate.id === id)
    if (message === undefined) {
      const reason = 'Message does not exist or is not available for visibility timeout change.'
      throw invalidMember('ReceiptHandle', handle, reason)
    }
    message.visibleAt = this.#clock.now() + seconds * 1_000
    this.#wake()
  }

  purge(): void {
    const now = this.#clock.now()
    if (now - this.#purgedAt < 60_000) {
      const message = `Only one PurgeQueue operation on ${this.name} is allowed every 60 seconds.`
      throw simpleError('PurgeQueueInProgress', message, 403)
    }
    this.#purgedAt = now
    this.#messages = []
  }

  delete(): void {
    this.isDeleted = true
    this.#wake()
  }

  #add(message: Message): void {
    this.#messages.push(message)
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }

  // Waits until a message may be visible, the time is over, or the caller has disconnected.
  async #wait(until: number, signal: AbortSignal): Promise<void> {
    const nextAt = Math.min(until, ...this.#messages.map(({ visibleAt }) => visibleAt))
    const awake = new AbortController()
    const wake = () => awake.abort()
    this.#waiting.add(wake)
    signal.addEventListener('abort', wake, { once: true })
    await this.#clock.sleep(Math.max(1, nextAt - this.#clock.now()), awake.signal).catch(() => undefined)
    this.#waiting.delete(wake)
    signal.removeEventListener('abort', wake)
  }

  #moveDeadLetters(queueAt: ReceiveOptions['queueAt']): void {
    const policy = redrivePolicyOf(this.settings)
    const target = policy && queueAt(policy.deadLetterTargetArn)
    if (policy === undefined || target === undefined) return
    const dead = this.#visible().filter(({ receives }) => receives >= policy.maxReceiveCount)
    this.#messages = this.#messages.filter((message) => !dead.includes(message))
    for (const message of dead) target.#add({ ...message, receiptHandle: undefined, sourceArn: this.arn })
  }

  #hide(message: Message, seconds = this.settings.number('VisibilityTimeout')): void {
    const now = this.#clock.now()
    message.visibleAt = now + seconds * 1_000
    message.receiptHandle = Buffer.from(`${message.id} ${this.arn} ${randomUUID()}`).toString('base64')
    message.receives++
    message.firstReceivedAt ??= now
  }

  /** @returns The id of the message of a handle. */
  #check(handle: string): string {
    const [id = '', arn] = Buffer.from(handle, 'base64').toString().split(' ')
    if (arn === this.arn) return id
    throw queueError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`)
  }

  #visible(): Message[] {
    const now = this.#clock.now()
    const keptMs = this.settings.number('MessageRetentionPeriod') * 1_000
    this.#messages = this.#messages.filter(({ sentAt }) => now - sentAt < keptMs)
    return this.#messages.filter(({ visibleAt }) => visibleAt <= now)
  }
}

export interface ReceiveOptions {
  readonly max: number
  readonly waitSeconds?: number | undefined
  readonly visibilitySeconds?: number | undefined
  readonly signal: AbortSignal
  /** Finds the queue of an ARN. */
  queueAt(arn: string): Queue | undefined
}
