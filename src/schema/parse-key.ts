import type { KeyPath } from './key-path.ts'

/** The inverse of `formatKey`; `undefined` for any other text. */
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
