import type { Input } from './input.ts'

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
