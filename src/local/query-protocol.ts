import type { AwsError } from './aws-error.ts'
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

type Node = Map<string, Node | string>

// Clients send an empty list or map as an empty text. These members are never text.
const collections = ['Attributes', 'MessageAttributes', 'Tags', 'TagKeys', 'PublishBatchRequestEntries']

// Every member of SNS and STS is less deep.
const maxDepth = 12

/**
 * Parses a form of the query protocol, which numbers the items of lists (`Tags.member.1.Key`) and the entries of maps
 * (`Attributes.entry.1.key`).
 */
export function inputOfForm(fields: Iterable<readonly [string, string]>): Input {
  const root: Node = new Map()
  for (const [path, value] of fields) {
    if (value !== '' || !collections.includes(path)) insert(root, path.split('.', maxDepth), value)
  }
  return Object.fromEntries([...root].map(([name, node]) => [name, valueOfNode(node)]))
}

function insert(node: Node, [name = '', ...more]: readonly string[], value: string): void {
  if (more.length === 0) {
    node.set(name, value)
    return
  }
  const known = node.get(name)
  const inner: Node = known instanceof Map ? known : new Map()
  node.set(name, inner)
  insert(inner, more, value)
}

function valueOfNode(node: Node | string): unknown {
  if (typeof node === 'string') return node
  const [items, entries] = [node.get('member'), node.get('entry')]
  if (items instanceof Map) return inOrder(items).map(valueOfNode)
  if (entries instanceof Map) return Object.fromEntries(inOrder(entries).map(entryOf))
  return Object.fromEntries([...node].map(([name, inner]) => [name, valueOfNode(inner)]))
}

function inOrder(numbered: Node): (Node | string)[] {
  return [...numbered].toSorted(([a], [b]) => Number(a) - Number(b)).map(([, node]) => node)
}

function entryOf(entry: Node | string): readonly [string, unknown] {
  const pair: Node = typeof entry === 'string' ? new Map() : entry
  const name = pair.get('key') ?? pair.get('Name')
  return [typeof name === 'string' ? name : '', valueOfNode(pair.get('value') ?? pair.get('Value') ?? '')]
}
