import { createHash } from 'node:crypto'
import { type Input, isInput, optionalText } from './input.ts'

/** An attribute of a message: text, or bytes in base64. */
export type MessageAttribute =
  | { readonly DataType: string; readonly StringValue: string }
  | { readonly DataType: string; readonly BinaryValue: string }

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>

/** The fault of an attribute. Each service words it in its own way. */
export type AttributeFault =
  | {
      readonly kind: 'name' | 'missing-type' | 'type' | 'empty' | 'number'
      readonly name: string
      readonly type: string
    }
  | { readonly kind: 'field'; readonly name: string; readonly type: string; readonly field: 'String' | 'Binary' }

/** Reads the attributes of a message. @returns The attributes, or the first fault. */
export function attributesOf(input: Input, member = 'MessageAttributes'): MessageAttributes | AttributeFault {
  const given = input[member] ?? {}
  const attributes: Record<string, MessageAttribute> = {}
  for (const [name, value] of Object.entries(isInput(given) ? given : {})) {
    const attribute = attributeOf(name, isInput(value) ? value : {})
    if ('kind' in attribute) return attribute
    attributes[name] = attribute
  }
  return attributes
}

export function isFault(read: MessageAttributes | AttributeFault): read is AttributeFault {
  return typeof read.kind === 'string'
}

function attributeOf(name: string, value: Input): MessageAttribute | AttributeFault {
  const type = optionalText(value, 'DataType') ?? ''
  const [text, bytes] = [optionalText(value, 'StringValue'), optionalText(value, 'BinaryValue')]
  if (!isAttributeName(name)) return { kind: 'name', name, type }
  if (type === '') return { kind: 'missing-type', name, type }
  if (!/^(String|Number|Binary)(\..+)?$/.test(type) || type.length > 256) return { kind: 'type', name, type }
  const field = type.startsWith('Binary') ? 'Binary' : 'String'
  if ((field === 'Binary' ? text : bytes) !== undefined) return { kind: 'field', name, type, field }
  const content = field === 'Binary' ? bytes : text
  if (content === undefined || content === '') return { kind: 'empty', name, type }
  if (type.startsWith('Number') && Number.isNaN(Number(content))) return { kind: 'number', name, type }
  return field === 'Binary' ? { DataType: type, BinaryValue: content } : { DataType: type, StringValue: content }
}

function isAttributeName(name: string): boolean {
  if (name === '' || name.length > 256 || name.startsWith('.') || name.endsWith('.') || name.includes('..'))
    return false
  return invalidCharacter(name) === undefined && !/^(aws|amazon)\./i.test(name)
}

/** @returns The first character that a name cannot contain. AWS takes the letters and digits of every language. */
export function invalidCharacter(name: string): string | undefined {
  return /[^\p{L}\p{N}_.-]/u.exec(name)?.[0]
}

export function contentOf(attribute: MessageAttribute): Buffer {
  return 'StringValue' in attribute ? Buffer.from(attribute.StringValue) : Buffer.from(attribute.BinaryValue, 'base64')
}

/** The bytes of the attributes that count towards the size of the message. */
export function sizeOf(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce((sum, [name, attribute]) => {
    return sum + Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + contentOf(attribute).length
  }, 0)
}

/**
 * The MD5 of attributes, which clients verify. `undefined` without attributes.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort()
  if (names.length === 0) return undefined
  const hash = createHash('md5')
  for (const name of names) {
    const attribute = attributes[name]
    if (attribute === undefined) continue
    hash.update(sized(Buffer.from(name))).update(sized(Buffer.from(attribute.DataType)))
    hash.update(Buffer.from(['StringValue' in attribute ? 1 : 2])).update(sized(contentOf(attribute)))
  }
  return hash.digest('hex')
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
