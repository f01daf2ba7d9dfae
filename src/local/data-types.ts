import { isIPv4, isIPv6 } from 'node:net'
import { AwsError, validation } from './aws-error.ts'
import { isInput } from './input.ts'
import { isJson } from './json.ts'

/** The rule for values of a data type, and whether a StringList can have the data type. */
interface DataType {
  isValid(text: string): boolean
  readonly isForLists: boolean
}

const hostname = /^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?)(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-data-types.html
const dataTypes: Readonly<Record<string, DataType>> = {
  text: { isValid: () => true, isForLists: true },
  boolean: { isValid: (text) => text === 'true' || text === 'false', isForLists: true },
  integer: { isValid: (text) => /^[+-]?\d+$/.test(text), isForLists: true },
  float: { isValid: isFloat, isForLists: true },
  binary: { isValid: isBase64, isForLists: false },
  json: { isValid: isJson, isForLists: false },
  jsonc: { isValid: (text) => isJson(withoutComments(text)), isForLists: false },
  hostname: { isValid: (text) => hostname.test(text), isForLists: true },
  email: { isValid: (text) => /^[^\s@"(),:;<>[\]\\]{1,64}@[^\s@]+$/.test(text) && isDomain(text), isForLists: true },
  'ipv4-address': { isValid: isIPv4, isForLists: true },
  'ipv6-address': { isValid: isIPv6, isForLists: true },
  url: { isValid: isUrl, isForLists: true },
  'aws:region': { isValid: (text) => /^[a-z]{2}(-[a-z]+)+-\d+$/.test(text), isForLists: true },
  'aws:account:id': { isValid: (text) => /^\d{12}$/.test(text), isForLists: true },
  'aws:ec2:image': { isValid: () => true, isForLists: false },
  'aws:ssm:integration': { isValid: isJsonObject, isForLists: false },
}

const fixed = ['aws:ec2:image', 'aws:ssm:integration']

/** @throws AwsError For a value that does not match its data type. The message never contains the value. */
export function checkDataType(name: string, type: string, value: string): void {
  const dataType = Object.hasOwn(dataTypes, name) ? dataTypes[name] : undefined
  if (dataType === undefined) {
    throw validation(`The following data type is not supported: ${name} (Data type names are all lowercase.)`)
  }
  if (type === 'StringList' && !dataType.isForLists) {
    throw validation(`The data type ${name} is not supported for parameters of type StringList.`)
  }
  if (type === 'SecureString' && name === 'aws:ec2:image') {
    throw validation('The data type aws:ec2:image is only supported for parameters of type String.')
  }
  const items = type === 'StringList' ? value.split(',') : [value]
  const index = items.findIndex((item) => !dataType.isValid(item))
  if (index === -1) return
  throw invalid(type === 'StringList' ? `Item ${index + 1} of the parameter value` : 'The parameter value', name)
}

/** Refuses a change from or to a data type whose values other services resolve. */
export function checkDataTypeChange(before: string, after: string): void {
  if (before === after || ![before, after].some((name) => fixed.includes(name))) return
  throw new AwsError('ValidationException', `The data type of a parameter can't be changed from ${before} to ${after}.`)
}

/** Whether an image exists: here, every well-formed id does. */
export function isImageId(value: string): boolean {
  return /^ami-[\da-f]{8}([\da-f]{9})?$/.test(value)
}

export function invalidImage(): AwsError {
  return invalid('The parameter value', 'aws:ec2:image')
}

function invalid(what: string, name: string): AwsError {
  return validation(`${what} is not valid for the data type ${name}.`)
}

function isFloat(text: string): boolean {
  return /^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(text) && !Number.isNaN(Number(text))
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z\d+/]+={0,2}$/.test(text)
}

function isJsonObject(text: string): boolean {
  return isJson(text) && isInput(JSON.parse(text))
}

/** Converts JSON with comments and trailing commas to JSON. */
function withoutComments(text: string): string {
  let plain = ''
  for (let at = 0; at < text.length; ) {
    const end = endOfToken(text, at)
    const token = text.slice(at, end)
    const isClosing = token === '}' || token === ']'
    plain = isClosing ? withoutLastComma(plain) : plain
    plain += isComment(token) ? ' ' : token
    at = end
  }
  return plain
}

function endOfToken(text: string, at: number): number {
  if (text[at] === '"') return endOfString(text, at)
  if (text.startsWith('//', at)) return indexOrLength(text, text.indexOf('\n', at))
  if (!text.startsWith('/*', at)) return at + 1
  const end = text.indexOf('*/', at + 2)
  return end === -1 ? text.length : end + 2
}

function endOfString(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index++) {
    if (text[index] === '\\') index++
    else if (text[index] === '"') return index + 1
  }
  return text.length
}

function indexOrLength(text: string, index: number): number {
  return index === -1 ? text.length : index
}

// An unclosed comment stays in the text, so that JSON.parse refuses it.
function isComment(token: string): boolean {
  return token.startsWith('//') || (token.startsWith('/*') && token.length > 3 && token.endsWith('*/'))
}

function withoutLastComma(plain: string): string {
  const trimmed = plain.trimEnd()
  if (!trimmed.endsWith(',')) return plain
  const before = trimmed.slice(0, -1).trimEnd()
  return /[[{,]$/.test(before) ? plain : before
}

function isDomain(address: string): boolean {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return hostname.test(domain) && domain.includes('.')
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\/\S+$/i.test(text) && URL.canParse(text)
}
