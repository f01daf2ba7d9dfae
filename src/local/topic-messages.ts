import { AwsError, validation } from './aws-error.ts'
import { type Input, isInput, optionalText } from './input.ts'
import { parsed } from './json.ts'
import {
  type AttributeFault,
  attributesOf,
  invalidCharacter,
  isFault,
  type MessageAttributes,
  sizeOf,
} from './message-attributes.ts'
import type { CallContext } from './service-context.ts'
import { invalidParameter } from './topic-errors.ts'

const maxEntries = 10

/** A published message. */
export interface Outgoing {
  readonly subject?: string | undefined
  readonly attributes: MessageAttributes
  readonly groupId?: string | undefined
  readonly traceHeader?: string | undefined
  /** The text for subscribers of a protocol. */
  textFor(protocol: string): string
}

/** Reads the message of a call. @throws AwsError In the wording of SNS. */
export function outgoingOf(input: Input, maxBytes: number, { traceHeader }: CallContext): Outgoing {
  const [message, subject] = [optionalText(input, 'Message') ?? '', optionalText(input, 'Subject')]
  const attributes = attributesIn(input)
  if (message === '') throw invalidParameter('Empty message')
  if (Buffer.byteLength(message) + sizeOf(attributes) > maxBytes) throw invalidParameter('Message too long')
  if (subject !== undefined && !isSubject(subject)) throw invalidParameter('Subject')
  const groupId = groupIn(input)
  return {
    subject,
    attributes,
    groupId,
    traceHeader,
    textFor: textsOf(message, optionalText(input, 'MessageStructure')),
  }
}

/** Checks a batch as a whole. @throws AwsError In the wording of SNS. */
export function checkBatch(entries: readonly Input[], maxBytes: number): void {
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.")
  if (entries.length > maxEntries) {
    const message = 'The batch request contains more entries than permissible.'
    throw new AwsError('TooManyEntriesInBatchRequest', message)
  }
  const ids = entries.map((entry) => optionalText(entry, 'Id') ?? '')
  for (const id of ids) checkId(id)
  if (new Set(ids).size < ids.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.')
  }
  if (entries.reduce((sum, entry) => sum + bytesOfEntry(entry), 0) > maxBytes) {
    const message = 'The length of all the messages put together is more than the limit.'
    throw new AwsError('BatchRequestTooLong', message)
  }
}

function checkId(id: string): void {
  if (id.length > 80) {
    throw new AwsError('InvalidBatchEntryId', `The Id of a batch entry in the batch request is too long: ${id}`)
  }
  if (!/^[\w-]+$/.test(id)) {
    const message = `The Id of a batch entry in the batch request contains an impermissible character: ${id}`
    throw new AwsError('InvalidBatchEntryId', message)
  }
}

/** The bytes of an entry that count towards the size of the batch. */
function bytesOfEntry(entry: Input): number {
  const attributes = attributesOf(entry)
  return Buffer.byteLength(optionalText(entry, 'Message') ?? '') + (isFault(attributes) ? 0 : sizeOf(attributes))
}

function textsOf(message: string, structure: string | undefined): Outgoing['textFor'] {
  if (structure === undefined) return () => message
  if (structure !== 'json') throw invalidParameter('Invalid parameter: MessageStructure')
  const texts = parsed(message)
  if (!isInput(texts)) throw invalidParameter('Message Structure - JSON message body failed to parse')
  const fallback = texts.default
  if (typeof fallback !== 'string') {
    throw invalidParameter('Message Structure - No default entry in JSON message body')
  }
  return (protocol) => {
    const own = Object.hasOwn(texts, protocol) ? texts[protocol] : undefined
    return typeof own === 'string' ? own : fallback
  }
}

function isSubject(subject: string): boolean {
  return /^[^\p{Cc}]{1,100}$/u.test(subject)
}

function groupIn(input: Input): string | undefined {
  const [group, duplicate] = [optionalText(input, 'MessageGroupId'), optionalText(input, 'MessageDeduplicationId')]
  if (duplicate !== undefined) {
    const reason = 'The request includes MessageDeduplicationId parameter that is not valid for this topic type'
    throw invalidParameter(`MessageDeduplicationId Reason: ${reason}`)
  }
  if (group !== undefined && !/^[\x21-\x7e]{1,128}$/.test(group)) throw invalidParameter('MessageGroupId')
  return group
}

function attributesIn(input: Input): MessageAttributes {
  const attributes = attributesOf(input)
  if (isFault(attributes)) throw faultOf(attributes)
  return attributes
}

function faultOf(fault: AttributeFault): AwsError {
  if (fault.kind !== 'missing-type') return new AwsError('ParameterValueInvalid', messageFor(fault))
  const rule = 'failed to satisfy constraint: Member must not be null'
  const place = `messageAttributes.${fault.name}.member.dataType`
  return validation(`1 validation error detected: Value null at '${place}' ${rule}`)
}

function messageFor(fault: AttributeFault): string {
  const { name, type } = fault
  const [base] = type.split('.')
  if (fault.kind === 'name') return nameRule(name)
  if (fault.kind === 'empty') {
    return `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${base}'.`
  }
  if (fault.kind === 'field') {
    return `The message attribute '${name}' with type '${base}' must use field '${fault.field}'.`
  }
  if (fault.kind === 'number') return `Could not cast message attribute '${name}' value to number.`
  return `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`
}

function nameRule(name: string): string {
  if (name.length > 256) return 'Length of message attribute name must be less than 256 bytes.'
  if (name.startsWith('.')) return "Invalid message attribute name starting with character '.' was found."
  if (name.endsWith('.')) return "Invalid message attribute name ending with character '.' was found."
  if (name.includes('..')) return "Message attribute name can not have successive '.' character."
  const character = invalidCharacter(name) ?? ''
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase()
  if (character === '') return "Message attribute name cannot start with 'AWS.' or 'Amazon.'."
  return `Invalid non-alphanumeric character '#x${code}' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.`
}
