import type { AwsError } from './aws-error.ts'
import { inputOfForm } from './form-input.ts'
import type { Input } from './input.ts'

const namespaces: Readonly<Record<string, string>> = {
  AmazonSNS: 'http://sns.amazonaws.com/doc/2010-03-31/',
  AWSSecurityTokenService: 'https://sts.amazonaws.com/doc/2011-06-15/',
}

const versions: Readonly<Record<string, string>> = {
  '2010-03-31': 'AmazonSNS',
  '2011-06-15': 'AWSSecurityTokenService',
}

/** The service of a form, by its `Version`. The default is SNS. */
export function serviceOfForm(form: string): string | undefined {
  const version = new URLSearchParams(form).get('Version') ?? '2010-03-31'
  return Object.hasOwn(versions, version) ? versions[version] : undefined
}

/** Parses a call of the query protocol of SNS and STS. */
export function parseForm(form: string): { readonly operation: string; readonly input: Input } {
  const { Action: operation, Version: _, ...input } = inputOfForm(new URLSearchParams(form))
  return { operation: String(operation ?? ''), input }
}

/** @param output Absent for an operation without a result element. */
export function toXml(operation: string, output: object | undefined, requestId: string, service = 'AmazonSNS'): string {
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`
  const result = output === undefined ? '' : `<${operation}Result>${members(output)}</${operation}Result>`
  return `<${operation}Response xmlns="${namespaces[service] ?? ''}">${result}${metadata}</${operation}Response>`
}

export function errorToXml({ name, message, status }: AwsError, requestId: string): string {
  const type = status < 500 ? 'Sender' : 'Receiver'
  // The query protocol has a different code for this error.
  const code = name === 'ValidationException' ? 'ValidationError' : name
  const error = `<Type>${type}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`
  return `<ErrorResponse xmlns="${namespaces.AmazonSNS ?? ''}"><Error>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`
}

function members(object: object): string {
  return Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]: [string, unknown]) => `<${name}>${content(value, name)}</${name}>`)
    .join('')
}

function content(value: unknown, name = ''): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${content(item)}</member>`).join('')
  if (typeof value !== 'object' || value === null) return escapeXml(String(value))
  // Only `Attributes` is a map; all other objects of SNS are structures.
  return name === 'Attributes' ? entries(value) : members(value)
}

function entries(map: object): string {
  return Object.entries(map)
    .map(([key, value]) => `<entry><key>${escapeXml(key)}</key><value>${escapeXml(String(value))}</value></entry>`)
    .join('')
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
