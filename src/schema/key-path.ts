/** Where a value stands in the configuration: keys from the root down. */
export type KeyPath = readonly (string | number)[]

/** `db.port`, `limits["eu.west"]`, `origins[0]`; the root is `(root)`. */
export function formatKey(path: KeyPath): string {
  if (path.length === 0) return '(root)'
  return path.map((part, index) => formatPart(part, index === 0)).join('')
}

/** What {@link formatKey} was given; undefined for text that it never gives. */
export function parseKey(key: string): KeyPath | undefined {
  if (key === '(root)') return []
  const path: (string | number)[] = []
  for (let rest = key; rest !== ''; ) {
    const [matched, word, index, quoted] = (path.length === 0 ? firstPart : laterPart).exec(rest) ?? []
    if (matched === undefined) return undefined
    path.push(word ?? (quoted === undefined ? Number(index) : String(JSON.parse(quoted))))
    rest = rest.slice(matched.length)
  }
  return path.length === 0 ? undefined : path
}

const firstPart = /^(?:([\w$*-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/
const laterPart = /^(?:\.([\w$*-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\])/

/** A path of zod's, whose keys may be symbols. */
export function toKeyPath(path: readonly PropertyKey[]): KeyPath {
  return path.map((part) => (typeof part === 'number' ? part : String(part)))
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: KeyPath, ancestor: KeyPath): boolean {
  return ancestor.length <= path.length && ancestor.every((part, index) => part === path[index])
}

/** A string that is equal exactly for equal paths. */
export function keyOf(path: KeyPath): string {
  return JSON.stringify(path)
}

function formatPart(part: string | number, isFirst: boolean): string {
  if (typeof part === 'number') return `[${part}]`
  if (/^[\w$*-]+$/.test(part)) return isFirst ? part : `.${part}`
  return `[${JSON.stringify(part)}]`
}
