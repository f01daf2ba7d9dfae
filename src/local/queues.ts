import { createHash, randomUUID } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import { count, type Input, isInput, optionalNumber, optionalText, text, textMap, texts } from './input.ts'
import { pageOf } from './paging.ts'
import type { CallContext, Operations, World } from './world.ts'

/** Queues of SQS, for tests that look into them. No fault, denial or count applies. */
export interface Queues {
  /** Makes a queue, or finds the one of that name. */
  create(name: string): { readonly url: string; readonly arn: string }
  /** Puts a message into it. */
  send(url: string, body: string): void
  /** Receives and deletes whatever waits. */
  take(url: string): readonly string[]
  /** How many messages wait, and how many were received and not deleted yet. */
  messages(url: string): { readonly visible: number; readonly inFlight: number }
  /** Of those that exist. */
  readonly names: readonly string[]
  /** Deletes it with its messages. */
  delete(url: string): void
}

interface Queue {
  readonly name: string
  readonly url: string
  readonly arn: string
  readonly tags: Map<string, string>
  readonly attributes: Map<string, string>
  readonly createdAt: number
  messages: Message[]
  /** Long polls that wait for a message, the first one first. */
  readonly waiting: Set<() => void>
}

interface Message {
  readonly id: string
  readonly body: string
  readonly sentAt: number
  visibleAt: number
  receiptHandle: string | undefined
  receives: number
  firstReceivedAt: number | undefined
}

const defaults = {
  VisibilityTimeout: '30',
  ReceiveMessageWaitTimeSeconds: '0',
  MessageRetentionPeriod: '345600',
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
}

/** Standard queues: at least once, in no order that anybody may rely on. */
export class QueueService implements Queues {
  readonly operations: Operations
  readonly #world: World
  readonly #endpoint: () => string
  readonly #queues = new Map<string, Queue>()

  constructor(world: World, endpoint: () => string) {
    this.#world = world
    this.#endpoint = endpoint
    this.operations = {
      CreateQueue: (input) => this.#createCall(input),
      GetQueueUrl: (input) => ({ QueueUrl: this.#named(text(input, 'QueueName')).url }),
      SendMessage: (input) => this.#sendCall(input),
      SendMessageBatch: (input) => this.#sendBatch(input),
      ReceiveMessage: (input, context) => this.#receive(input, context),
      DeleteMessage: (input) => this.#deleteMessage(input),
      DeleteMessageBatch: (input) => this.#deleteBatch(input),
      ChangeMessageVisibility: (input) => this.#changeVisibility(input),
      GetQueueAttributes: (input) => this.#getAttributes(input),
      SetQueueAttributes: (input) => this.#setAttributes(input),
      TagQueue: (input) => this.#tag(input),
      ListQueueTags: (input) => ({ Tags: Object.fromEntries(this.#at('ListQueueTags', input).tags) }),
      ListQueues: (input, context) => this.#list(input, context),
      PurgeQueue: (input) => this.#purge(input),
      DeleteQueue: (input) => this.#deleteCall(input),
    }
  }

  get names(): string[] {
    return [...this.#queues.keys()]
  }

  create(name: string): { readonly url: string; readonly arn: string } {
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const account = this.#world.arn('sqs', '').split(':')[4] ?? ''
    const queue: Queue = {
      name,
      url: `${this.#endpoint()}/${account}/${name}`,
      arn: this.#world.arn('sqs', name),
      tags: new Map(),
      attributes: new Map(Object.entries(defaults)),
      createdAt: this.#world.clock.now(),
      messages: [],
      waiting: new Set(),
    }
    this.#queues.set(name, queue)
    return queue
  }

  send(url: string, body: string): void {
    this.#put(this.#byUrl(url), body)
  }

  take(url: string): string[] {
    const queue = this.#byUrl(url)
    const taken = this.#visible(queue)
    queue.messages = queue.messages.filter((message) => !taken.includes(message))
    return taken.map(({ body }) => body)
  }

  messages(url: string): { readonly visible: number; readonly inFlight: number } {
    const queue = this.#byUrl(url)
    const visible = this.#visible(queue).length
    return { visible, inFlight: queue.messages.length - visible }
  }

  delete(url: string): void {
    const queue = this.#byUrl(url)
    this.#queues.delete(queue.name)
    for (const wake of queue.waiting) wake()
  }

  /** What a target of an event or topic gets. A queue that is gone gets nothing. */
  deliver(arn: string, body: string): void {
    const queue = [...this.#queues.values()].find((candidate) => candidate.arn === arn)
    if (queue !== undefined) this.#put(queue, body)
  }

  #createCall(input: Input): object {
    const name = text(input, 'QueueName')
    this.#world.policy.check('sqs:CreateQueue', [this.#world.arn('sqs', name), name])
    if (!/^[\w-]{1,80}$/.test(name)) {
      throw new AwsError('InvalidParameterValue', 'Can only include alphanumeric characters, hyphens, or underscores.')
    }
    this.create(name)
    const queue = this.#named(name)
    for (const [key, value] of Object.entries(textMap(input, 'Attributes'))) queue.attributes.set(key, value)
    for (const [key, value] of Object.entries(textMap(input, 'tags'))) queue.tags.set(key, value)
    return { QueueUrl: queue.url }
  }

  #sendCall(input: Input): object {
    return this.#sent(this.#put(this.#at('SendMessage', input), text(input, 'MessageBody')))
  }

  #sendBatch(input: Input): object {
    const queue = this.#at('SendMessage', input)
    const sent = entriesOf(input).map((entry) => {
      return { Id: text(entry, 'Id'), ...this.#sent(this.#put(queue, text(entry, 'MessageBody'))) }
    })
    return { Successful: sent, Failed: [] }
  }

  #sent({ id, body }: Message): { readonly MessageId: string; readonly MD5OfMessageBody: string } {
    return { MessageId: id, MD5OfMessageBody: md5(body) }
  }

  async #receive(input: Input, { signal }: CallContext): Promise<object> {
    const queue = this.#at('ReceiveMessage', input)
    const { clock } = this.#world
    const waitSeconds = Number(
      optionalNumber(input, 'WaitTimeSeconds') ?? queue.attributes.get('ReceiveMessageWaitTimeSeconds'),
    )
    const giveUpAt = clock.now() + waitSeconds * 1_000
    // A caller that has gone must not take a message along: it would be nobody's until it is visible again.
    while (this.#visible(queue).length === 0 && clock.now() < giveUpAt && !signal.aborted) {
      await this.#wait(queue, giveUpAt, signal)
      if (!this.#queues.has(queue.name)) throw noQueue()
    }
    if (signal.aborted) return {}
    const max = input.MaxNumberOfMessages === undefined ? 1 : count(input, 'MaxNumberOfMessages', 10, 1)
    const visibility = Number(optionalNumber(input, 'VisibilityTimeout') ?? queue.attributes.get('VisibilityTimeout'))
    const received = this.#visible(queue).slice(0, max)
    for (const message of received) this.#hide(message, visibility)
    return received.length === 0 ? {} : { Messages: received.map(shape) }
  }

  // Until there may be something to receive, the time is over, or the caller has gone.
  async #wait(queue: Queue, until: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#world
    const nextAt = Math.min(until, ...queue.messages.map(({ visibleAt }) => visibleAt))
    const awake = new AbortController()
    const wake = () => awake.abort()
    queue.waiting.add(wake)
    signal.addEventListener('abort', wake, { once: true })
    await clock.sleep(Math.max(1, nextAt - clock.now()), awake.signal).catch(() => undefined)
    queue.waiting.delete(wake)
    signal.removeEventListener('abort', wake)
  }

  #hide(message: Message, seconds: number): void {
    const now = this.#world.clock.now()
    message.visibleAt = now + seconds * 1_000
    message.receiptHandle = randomUUID()
    message.receives++
    message.firstReceivedAt ??= now
  }

  #deleteMessage(input: Input): object {
    this.#remove(this.#at('DeleteMessage', input), text(input, 'ReceiptHandle'))
    return {}
  }

  #deleteBatch(input: Input): object {
    const queue = this.#at('DeleteMessage', input)
    const entries = entriesOf(input)
    for (const entry of entries) this.#remove(queue, text(entry, 'ReceiptHandle'))
    return { Successful: entries.map((entry) => ({ Id: text(entry, 'Id') })), Failed: [] }
  }

  #remove(queue: Queue, receiptHandle: string): void {
    queue.messages = queue.messages.filter((message) => message.receiptHandle !== receiptHandle)
  }

  #changeVisibility(input: Input): object {
    const handle = text(input, 'ReceiptHandle')
    const queue = this.#at('ChangeMessageVisibility', input)
    const message = queue.messages.find(({ receiptHandle }) => receiptHandle === handle)
    if (message === undefined) throw new AwsError('ReceiptHandleIsInvalid', 'The receipt handle is not valid.')
    message.visibleAt = this.#world.clock.now() + (optionalNumber(input, 'VisibilityTimeout') ?? 0) * 1_000
    for (const wake of queue.waiting) wake()
    return {}
  }

  #getAttributes(input: Input): object {
    const queue = this.#at('GetQueueAttributes', input)
    const asked = texts(input, 'AttributeNames')
    const visible = this.#visible(queue).length
    const all = {
      ...Object.fromEntries(queue.attributes),
      QueueArn: queue.arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(queue.messages.length - visible),
      CreatedTimestamp: String(Math.floor(queue.createdAt / 1_000)),
    }
    const shown = Object.entries(all).filter(([name]) => asked.includes('All') || asked.includes(name))
    return { Attributes: Object.fromEntries(shown) }
  }

  #setAttributes(input: Input): object {
    const queue = this.#at('SetQueueAttributes', input)
    for (const [name, value] of Object.entries(textMap(input, 'Attributes'))) queue.attributes.set(name, value)
    return {}
  }

  #tag(input: Input): object {
    const queue = this.#at('TagQueue', input)
    for (const [name, value] of Object.entries(textMap(input, 'Tags'))) queue.tags.set(name, value)
    return {}
  }

  #list(input: Input, { hasSparsePages }: CallContext): object {
    this.#world.policy.check('sqs:ListQueues', [this.#world.arn('sqs', '*')])
    const prefix = optionalText(input, 'QueueNamePrefix') ?? ''
    const found = this.names.filter((name) => name.startsWith(prefix)).toSorted()
    const { items, nextToken } = pageOf(found, {
      size: count(input, 'MaxResults', 1_000, 1_000),
      token: optionalText(input, 'NextToken'),
      keyOf: (name) => name,
      isSparse: hasSparsePages,
    })
    if (items.length === 0 && nextToken === undefined) return {}
    return {
      QueueUrls: items.map((name) => this.#named(name).url),
      ...(nextToken !== undefined && { NextToken: nextToken }),
    }
  }

  #purge(input: Input): object {
    this.#at('PurgeQueue', input).messages = []
    return {}
  }

  #deleteCall(input: Input): object {
    this.delete(this.#at('DeleteQueue', input).url)
    return {}
  }

  #put(queue: Queue, body: string): Message {
    const sentAt = this.#world.clock.now()
    const times = { sentAt, visibleAt: sentAt, receives: 0, firstReceivedAt: undefined }
    const message: Message = { id: randomUUID(), body, receiptHandle: undefined, ...times }
    queue.messages.push(message)
    for (const wake of queue.waiting) wake()
    return message
  }

  #visible(queue: Queue): Message[] {
    const now = this.#world.clock.now()
    const keptMs = Number(queue.attributes.get('MessageRetentionPeriod')) * 1_000
    queue.messages = queue.messages.filter(({ sentAt }) => now - sentAt < keptMs)
    return queue.messages.filter(({ visibleAt }) => visibleAt <= now)
  }

  #at(action: string, input: Input): Queue {
    const queue = this.#byUrl(text(input, 'QueueUrl'))
    this.#world.policy.check(`sqs:${action}`, [queue.arn, queue.name])
    return queue
  }

  #byUrl(url: string): Queue {
    return this.#named(url.split('/').at(-1) ?? '')
  }

  #named(name: string): Queue {
    const queue = this.#queues.get(name)
    if (queue === undefined) throw noQueue()
    return queue
  }
}

function shape(message: Message): object {
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: {
      ApproximateReceiveCount: String(message.receives),
      SentTimestamp: String(message.sentAt),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    },
  }
}

function entriesOf(input: Input): Input[] {
  const entries = input.Entries
  if (Array.isArray(entries) && entries.every(isInput)) return entries
  throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.')
}

function md5(body: string): string {
  return createHash('md5').update(body).digest('hex')
}

function noQueue(): AwsError {
  return new AwsError('QueueDoesNotExist', 'The specified queue does not exist.', 400, {
    headers: { 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' },
  })
}
