import { noFifo } from './aws-error.ts'
import { type Check, checkArguments } from './check-arguments.ts'
import { type Input, optionalNumber, optionalText, textMap, texts } from './input.ts'
import { type Page, pageOf } from './paging.ts'
import { Queue } from './queue.ts'
import { invalidMember, invalidValue, missing, noQueue, queueError, unknownAttribute } from './queue-errors.ts'
import { messageOperations } from './queue-messages.ts'
import { allowsRedrive, checkSettings, QueueSettings, redrivePolicyOf, settingNames } from './queue-settings.ts'
import type { CallContext, Operations, ServiceContext } from './service-context.ts'
import type { QueueMessage } from './topic-delivery.ts'

/**
 * SQS. Faults, denials and counts do not apply to these methods.
 *
 * @experimental
 */
export interface Queues {
  /** Creates a queue, or finds the existing queue of the name. @throws TypeError For a name that AWS would refuse. */
  create(name: string): { readonly url: string; readonly arn: string }
  /** Sends a message to a queue. */
  send(url: string, body: string): void
  /** Receives and deletes the visible messages. @returns Their bodies. */
  take(url: string): readonly string[]
  /** Counts the messages of a queue. `inFlight` are the messages that are delayed, or received but not deleted. */
  messages(url: string): { readonly visible: number; readonly inFlight: number }
  /** The names of the existing queues. */
  readonly names: readonly string[]
  /** Deletes a queue with its messages. */
  delete(url: string): void
}

const queueName = /^[\w-]{1,80}$/
const fifoName =
  'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.'
const isQueueName: Check = [
  (value) => typeof value === 'string' && queueName.test(value),
  '1 to 80 letters, digits, - and _: the local AWS supports only standard queues',
]

/** The operations of SQS, for standard queues. */
export class QueueService implements Queues {
  readonly operations: Operations
  readonly #context: ServiceContext
  readonly #queues = new Map<string, Queue>()

  constructor(context: ServiceContext) {
    this.#context = context
    this.operations = {
      CreateQueue: (input) => this.#createCall(input),
      GetQueueUrl: (input) => this.#getUrl(input),
      GetQueueAttributes: (input) => this.#getAttributes(input),
      SetQueueAttributes: (input) => this.#setAttributes(input),
      TagQueue: (input) => this.#tag(input),
      UntagQueue: (input) => this.#untag(input),
      ListQueueTags: (input) => this.#listTags(input),
      ListQueues: (input, call) => this.#list(input, call),
      ListDeadLetterSourceQueues: (input, call) => this.#listSources(input, call),
      PurgeQueue: (input) => this.#purge(input),
      DeleteQueue: (input) => this.#deleteCall(input),
      ...messageOperations(this, context.caller.userId),
    }
  }

  get names(): string[] {
    return [...this.#queues.keys()]
  }

  create(name: string): Queue {
    checkArguments('queues.create()', { name }, { name: isQueueName })
    const known = this.#queues.get(name)
    if (known !== undefined) return known
    const { clock, caller, arn, endpoint } = this.#context
    const url = `${endpoint()}/${caller.accountId}/${name}`
    const queue = new Queue(name, url, arn('sqs', name), new QueueSettings(), clock)
    this.#queues.set(name, queue)
    return queue
  }

  send(url: string, body: string): void {
    this.#byUrl(url).send({ body })
  }

  take(url: string): string[] {
    return this.#byUrl(url)
      .take()
      .map(({ body }) => body)
  }

  messages(url: string): { readonly visible: number; readonly inFlight: number } {
    const { visible, inFlight, delayed } = this.#byUrl(url).counts
    return { visible, inFlight: inFlight + delayed }
  }

  delete(url: string): void {
    const queue = this.#byUrl(url)
    this.#queues.delete(queue.name)
    queue.delete()
  }

  /** Delivers a message of an event rule or topic. @returns Whether the queue exists. */
  deliver(arn: string, body: string, { attributes = {}, groupId, traceHeader }: QueueMessage = {}): boolean {
    const queue = this.queueAt(arn)
    const systemAttributes = {
      ...(groupId !== undefined && { MessageGroupId: groupId }),
      ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    }
    queue?.send({ body, attributes, systemAttributes })
    return queue !== undefined
  }

  queueAt(arn: string): Queue | undefined {
    return [...this.#queues.values()].find((candidate) => candidate.arn === arn)
  }

  /** Finds the queue of a call, if the call is allowed. */
  at(action: string, input: Input): Queue {
    const url = optionalText(input, 'QueueUrl') ?? ''
    if (url === '') throw missing('QueueUrl')
    const queue = this.#byUrl(url)
    this.#context.policy.check(`sqs:${action}`, [queue.arn, queue.name])
    return queue
  }

  #createCall(input: Input): object {
    const name = optionalText(input, 'QueueName') ?? ''
    const [attributes, tags] = [textMap(input, 'Attributes'), textMap(input, 'tags')]
    if (name === '') throw missing('QueueName')
    this.#context.policy.check('sqs:CreateQueue', [this.#context.arn('sqs', name), name])
    if (attributes.FifoQueue === 'true') throw name.endsWith('.fifo') ? noFifo('queues') : invalidValue(fifoName)
    if (!queueName.test(name)) {
      throw invalidValue('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length')
    }
    this.#checkSettings(attributes, this.#context.arn('sqs', name))
    const known = this.#queues.get(name)
    const different = Object.entries(attributes).find(
      ([key, value]) => known && (known.settings.get(key) ?? '') !== value,
    )
    if (different !== undefined) {
      const message = `A queue already exists with the same name and a different value for attribute ${different[0]}`
      throw queueError('QueueAlreadyExists', message)
    }
    const queue = this.create(name)
    queue.settings.set(attributes)
    for (const [key, value] of Object.entries(tags)) queue.tags.set(key, value)
    return { QueueUrl: queue.url }
  }

  #getUrl(input: Input): object {
    const name = optionalText(input, 'QueueName') ?? ''
    if (name === '') throw missing('QueueName')
    const { policy, arn, caller } = this.#context
    policy.check('sqs:GetQueueUrl', [arn('sqs', name), name])
    if ((optionalText(input, 'QueueOwnerAWSAccountId') ?? caller.accountId) !== caller.accountId) throw noQueue()
    return { QueueUrl: this.#named(name).url }
  }

  #getAttributes(input: Input): object {
    const queue = this.at('GetQueueAttributes', input)
    const requested = texts(input, 'AttributeNames')
    const { visible, delayed, inFlight } = queue.counts
    const all = {
      ...queue.settings.all,
      QueueArn: queue.arn,
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(queue.createdAt / 1_000)),
      LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1_000)),
    }
    const unknown = requested.find(
      (name) => name !== 'All' && !settingNames.includes(name) && !Object.hasOwn(all, name),
    )
    if (unknown !== undefined) throw unknownAttribute(unknown)
    const shown = Object.entries(all).filter(([name]) => requested.includes('All') || requested.includes(name))
    return shown.length === 0 ? {} : { Attributes: Object.fromEntries(shown) }
  }

  #setAttributes(input: Input): object {
    const queue = this.at('SetQueueAttributes', input)
    const attributes = textMap(input, 'Attributes')
    if (attributes.FifoQueue !== undefined) throw unknownAttribute('FifoQueue')
    this.#checkSettings(attributes, queue.arn)
    queue.settings.set(attributes)
    queue.modifiedAt = this.#context.clock.now()
    return {}
  }

  #checkSettings(attributes: Readonly<Record<string, string>>, sourceArn: string): void {
    checkSettings(attributes)
    const given = attributes.RedrivePolicy ?? ''
    if (given === '') return
    const settings = new QueueSettings()
    settings.set({ RedrivePolicy: given })
    const target = this.queueAt(redrivePolicyOf(settings)?.deadLetterTargetArn ?? '')
    if (target === undefined) {
      throw invalidMember('RedrivePolicy', given, 'Dead letter target does not exist.')
    }
    if (!allowsRedrive(target.settings, sourceArn)) {
      throw invalidMember(
        'RedrivePolicy',
        given,
        'Queue does not have permissions to redrive to the dead letter target.',
      )
    }
  }

  #tag(input: Input): object {
    const queue = this.at('TagQueue', input)
    for (const [name, value] of Object.entries(textMap(input, 'Tags'))) queue.tags.set(name, value)
    return {}
  }

  #untag(input: Input): object {
    const queue = this.at('UntagQueue', input)
    for (const name of texts(input, 'TagKeys')) queue.tags.delete(name)
    return {}
  }

  #listTags(input: Input): object {
    const { tags } = this.at('ListQueueTags', input)
    return tags.size === 0 ? {} : { Tags: Object.fromEntries(tags) }
  }

  #list(input: Input, call: CallContext): object {
    this.#context.policy.check('sqs:ListQueues', [this.#context.arn('sqs', '*')])
    const prefix = optionalText(input, 'QueueNamePrefix') ?? ''
    const { items, nextToken } = this.#page(
      this.names.filter((name) => name.startsWith(prefix)),
      input,
      call,
    )
    if (items.length === 0 && nextToken === undefined) return {}
    return { QueueUrls: items, NextToken: nextToken }
  }

  #listSources(input: Input, call: CallContext): object {
    const { arn } = this.at('ListDeadLetterSourceQueues', input)
    const sources = this.names.filter(
      (name) => redrivePolicyOf(this.#named(name).settings)?.deadLetterTargetArn === arn,
    )
    const { items, nextToken } = this.#page(sources, input, call)
    return { queueUrls: items, NextToken: nextToken }
  }

  /** Makes a page of URLs. */
  #page(names: readonly string[], input: Input, call: CallContext): Page<string> {
    const size = optionalNumber(input, 'MaxResults')
    if (size !== undefined && (size < 1 || size > 1_000)) {
      throw invalidMember('MaxResults', size, 'MaxResults must be an integer between 1 and 1000.')
    }
    const page = pageOf(names.toSorted(), input, call, {
      keyOf: (name) => name,
      size: 1_000,
      badToken: 'InvalidParameterValueException',
    })
    return { items: page.items.map((name) => this.#named(name).url), nextToken: page.nextToken }
  }

  #purge(input: Input): object {
    this.at('PurgeQueue', input).purge()
    return {}
  }

  #deleteCall(input: Input): object {
    this.delete(this.at('DeleteQueue', input).url)
    return {}
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
