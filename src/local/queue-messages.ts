import { createHash } from 'node:crypto'
import { AwsError } from './aws-error.ts'
import { type Input, inputs, optionalNumber, optionalText, texts } from './input.ts'
import {
  type AttributeFault,
  attributesOf,
  isFault,
  type MessageAttributes,
  md5OfAttributes,
  sizeOf,
} from './message-attributes.ts'
import type { Message, NewMessage, Queue } from './queue.ts'
import { invalidMember, invalidValue, missing, queueError, simpleError, unknownAttribute } from './queue-errors.ts'
import type { QueueService } from './queues.ts'
import type { CallContext, Operations } from './service-context.ts'

const maxBatchBytes = 1_048_576
const systemNames = [
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
]

/** The operations on messages. */
export function messageOperations(queues: QueueService, senderId: string): Operations {
  return {
    SendMessage: (input, call) => sent(queues.at('SendMessage', input), input, call),
    SendMessageBatch: (input, call) => {
      const queue = queueOfBatch(queues, 'SendMessage', input)
      return batch('SendMessageBatch', input, (entry) => sent(queue, entry, call))
    },
    ReceiveMessage: (input, call) => receive(queues, senderId, input, call),
    DeleteMessage: (input) => remove(queues.at('DeleteMessage', input), input),
    DeleteMessageBatch: (input) => {
      const queue = queueOfBatch(queues, 'DeleteMessage', input)
      return batch('DeleteMessageBatch', input, (entry) => remove(queue, entry))
    },
    ChangeMessageVisibility: (input) => changeVisibility(queues.at('ChangeMessageVisibility', input), input),
    ChangeMessageVisibilityBatch: (input) => {
      const queue = queueOfBatch(queues, 'ChangeMessageVisibility', input)
      return batch('ChangeMessageVisibilityBatch', input, (entry) => changeVisibility(queue, entry))
    },
  }
}

// IAM has no separate action for a batch. A denial can name either operation.
function queueOfBatch(queues: QueueService, action: string, input: Input): Queue {
  queues.at(`${action}Batch`, input)
  return queues.at(action, input)
}

/** Runs the call of each entry. An entry that fails does not stop the others. */
function batch(operation: string, input: Input, call: (entry: Input) => object): object {
  const entries = inputs(input, 'Entries')
  checkBatch(operation, entries)
  const [Successful, Failed]: [object[], object[]] = [[], []]
  for (const entry of entries) {
    const Id = optionalText(entry, 'Id')
    try {
      Successful.push({ Id, ...call(entry) })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      const [Code] = (error.extra.headers?.['x-amzn-query-error'] ?? error.name).split(';')
      // AWS words this error differently in a batch.
      const Message = error.message.replace('parameters are invalid.', 'parameters cannot be validated.')
      Failed.push({ Id, SenderFault: true, Code, Message })
    }
  }
  return { ...(Successful.length > 0 && { Successful }), ...(Failed.length > 0 && { Failed }) }
}

function checkBatch(operation: string, entries: readonly Input[]): void {
  if (entries.length === 0) {
    throw simpleError('EmptyBatchRequest', `There should be at least one ${operation}RequestEntry in the request.`)
  }
  if (entries.length > 10) {
    const message = `Maximum number of entries per request are 10. You have sent ${entries.length}.`
    throw simpleError('TooManyEntriesInBatchRequest', message)
  }
  const ids = entries.map((entry) => optionalText(entry, 'Id') ?? '')
  if (!ids.every((id) => /^[\w-]{1,80}$/.test(id))) {
    throw simpleError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    )
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index)
  if (repeated !== undefined) throw simpleError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`)
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0)
  if (bytes > maxBatchBytes) {
    const message = `Batch requests cannot be longer than ${maxBatchBytes} bytes. You have sent ${bytes} bytes.`
    throw simpleError('BatchRequestTooLong', message)
  }
}

function bytesOf(entry: Input): number {
  const attributes = attributesOf(entry)
  return Buffer.byteLength(optionalText(entry, 'MessageBody') ?? '') + (isFault(attributes) ? 0 : sizeOf(attributes))
}

function sent(queue: Queue, input: Input, call: CallContext): object {
  const message = messageOf(queue, input, call)
  const { id, body, attributes } = queue.send(message)
  const systemAttributes = readAttributes(input, 'MessageSystemAttributes')
  return {
    MessageId: id,
    MD5OfMessageBody: md5(body),
    ...optionalMd5('MD5OfMessageAttributes', attributes),
    ...optionalMd5('MD5OfMessageSystemAttributes', systemAttributes),
  }
}

function messageOf({ settings }: Queue, input: Input, call: CallContext): NewMessage {
  const body = optionalText(input, 'MessageBody') ?? ''
  if (body === '') throw missing('MessageBody')
  checkCharacters(body)
  const attributes = readAttributes(input, 'MessageAttributes')
  const max = settings.number('MaximumMessageSize')
  if (Buffer.byteLength(body) + sizeOf(attributes) > max) {
    throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${max} bytes.`)
  }
  const delaySeconds = whole(input, 'DelaySeconds', 0, 900, 'DelaySeconds must be >= 0 and <= 900.')
  return {
    body,
    attributes,
    systemAttributes: systemAttributesOf(input, call),
    delaySeconds,
  }
}

function systemAttributesOf(input: Input, { traceHeader }: CallContext): Record<string, string> {
  const given = readAttributes(input, 'MessageSystemAttributes')
  const attributes: Record<string, string> = { ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }) }
  for (const [name, attribute] of Object.entries(given)) {
    if (name !== 'AWSTraceHeader' || !('StringValue' in attribute)) {
      throw invalidValue(`Message system attribute name ${name} is not valid: only AWSTraceHeader is, of type String.`)
    }
    attributes[name] = attribute.StringValue
  }
  const group = optionalText(input, 'MessageGroupId')
  if (group !== undefined) attributes.MessageGroupId = checkedId('MessageGroupId', group)
  const duplicate = optionalText(input, 'MessageDeduplicationId')
  if (duplicate !== undefined) {
    const reason = 'The request include parameter that is not valid for this queue type.'
    throw invalidMember('MessageDeduplicationId', checkedId('MessageDeduplicationId', duplicate), reason)
  }
  return attributes
}

function checkedId(member: string, id: string): string {
  if (/^[\x21-\x7e]{1,128}$/.test(id)) return id
  const reason = `${member} can only include alphanumeric and punctuation characters. 1 to 128 in length.`
  throw invalidMember(member, id, reason)
}

const forbidden = /[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

function checkCharacters(text: string): void {
  if (!forbidden.test(text)) return
  throw queueError(
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  )
}

function readAttributes(input: Input, member: string): MessageAttributes {
  const attributes = attributesOf(input, member)
  if (isFault(attributes)) throw invalidValue(messageFor(attributes))
  const count = Object.keys(attributes).length
  if (count > 10) throw invalidValue(`Number of message attributes [${count}] exceeds the allowed maximum [10].`)
  for (const [name, attribute] of Object.entries(attributes)) {
    const [character] = forbidden.exec('StringValue' in attribute ? attribute.StringValue : '') ?? []
    if (character !== undefined) throw invalidValue(characterMessage(name, character))
  }
  return attributes
}

function characterMessage(name: string, character: string): string {
  const code = character.charCodeAt(0).toString(16).toUpperCase()
  const allowed = '#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]'
  return `Invalid binary character '#x${code}' was found in the message attribute '${name}' value, the set of allowed characters is ${allowed}.`
}

function messageFor(fault: AttributeFault): string {
  const { name, type } = fault
  if (fault.kind === 'empty') {
    return `Message (user) attribute '${name}' must contain a non-empty value of type '${type.split('.')[0]}'.`
  }
  if (fault.kind === 'number') return `Can't cast the value of message (user) attribute '${name}' to a number.`
  if (fault.kind === 'field') {
    return `The message attribute '${name}' with type '${type}' must use field '${fault.field}'.`
  }
  if (fault.kind === 'name') {
    return `The message attribute name '${name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters, and cannot start with 'AWS.' or 'Amazon.'.`
  }
  return `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`
}

async function receive(queues: QueueService, senderId: string, input: Input, { signal }: CallContext): Promise<object> {
  const queue = queues.at('ReceiveMessage', input)
  const requested = [...texts(input, 'AttributeNames'), ...texts(input, 'MessageSystemAttributeNames')]
  const unknown = requested.find((name) => !systemNames.includes(name))
  if (unknown !== undefined) throw unknownAttribute(unknown)
  const messages = await queue.receive({
    max: whole(input, 'MaxNumberOfMessages', 1, 10, 'Must be between 1 and 10, if provided.') ?? 1,
    waitSeconds: whole(input, 'WaitTimeSeconds', 0, 20, 'Must be >= 0 and <= 20, if provided.'),
    visibilitySeconds: whole(input, 'VisibilityTimeout', 0, 43_200, 'Must be between 0 and 43200, if provided.'),
    signal,
    queueAt: (arn) => queues.queueAt(arn),
  })
  if (messages.length === 0) return {}
  const names = texts(input, 'MessageAttributeNames')
  return { Messages: messages.map((message) => shape(message, requested, names, senderId)) }
}

function shape(message: Message, requested: readonly string[], names: readonly string[], senderId: string): object {
  const system = Object.entries({
    SenderId: senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...message.systemAttributes,
    ...(message.sourceArn !== undefined && { DeadLetterQueueSourceArn: message.sourceArn }),
  }).filter(([name]) => requested.includes('All') || requested.includes(name))
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => names.some((wanted) => matchesName(name, wanted))),
  )
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
    ...optionalMd5('MD5OfMessageAttributes', attributes),
  }
}

function matchesName(name: string, wanted: string): boolean {
  if (['All', '.*', '*'].includes(wanted)) return true
  return wanted.endsWith('.*') ? name.startsWith(wanted.slice(0, -2)) : name === wanted
}

function remove(queue: Queue, input: Input): object {
  queue.remove(handleIn(input))
  return {}
}

function changeVisibility(queue: Queue, input: Input): object {
  const handle = handleIn(input)
  const reason = 'VisibilityTimeout must be an integer between 0 and 43200'
  const seconds = whole(input, 'VisibilityTimeout', 0, 43_200, reason)
  if (seconds === undefined) throw missing('VisibilityTimeout')
  queue.changeVisibility(handle, seconds)
  return {}
}

function handleIn(input: Input): string {
  const handle = optionalText(input, 'ReceiptHandle') ?? ''
  if (handle === '') throw missing('ReceiptHandle')
  return handle
}

function whole(input: Input, member: string, min: number, max: number, reason: string): number | undefined {
  const value = optionalNumber(input, member)
  if (value === undefined || (value >= min && value <= max)) return value
  throw invalidMember(member, value, reason)
}

function optionalMd5(member: string, attributes: MessageAttributes): Readonly<Record<string, string>> {
  const hash = md5OfAttributes(attributes)
  return hash === undefined ? {} : { [member]: hash }
}

function md5(body: string): string {
  return createHash('md5').update(body).digest('hex')
}
