import { parse, type ScalarTag, YAMLParseError } from 'yaml'
import { UsageError } from '../command.ts'
import { canonical, canonicalItem, type Group, groupsIn, type Item, readSource } from './source-tree.ts'

/** The formats in which a policy or resources are printed. */
export const formats = ['json', 'cloudformation', 'terraform', 'cdk'] as const

export type Format = (typeof formats)[number]

/** The format of a file, by its ending. */
export function formatOf(file: string): Format | undefined {
  if (file.endsWith('.json')) return 'json'
  if (/\.(ya?ml|template)$/.test(file)) return 'cloudformation'
  if (file.endsWith('.tf')) return 'terraform'
  return /\.[cm]?[jt]s$/.test(file) ? 'cdk' : undefined
}

/**
 * How a file differs from what should be in it, in meaning. Empty if it does not.
 *
 * @throws UsageError if the file cannot be parsed, or has nothing in common with what should be in it.
 */
export function differences(
  expected: string,
  actual: string,
  format: Format,
  file: string = 'the file',
): readonly string[] {
  if (format === 'terraform' || format === 'cdk') {
    const [wanted, found] = [readSource(expected), readSource(actual)]
    const namesIn = (source: Group) => [...blocksIn(source).keys(), ...statementsIn(source).keys()]
    checkSharesOne(namesIn(wanted), namesIn(found), file)
    return compareSources(wanted, found)
  }
  const [wanted, found] = [read(expected, file), read(actual, file)]
  checkSharesOne(Object.keys(Object(wanted)), Object.keys(Object(found)), file)
  return compare(wanted, found, '')
}

/** Refuses a file of something else, which must not be overwritten. */
function checkSharesOne(wanted: readonly string[], found: readonly string[], file: string): void {
  if (found.length === 0 || found.some((name) => wanted.includes(name))) return
  throw new UsageError(
    `${file} has nothing of what this command prints: name the file that it has written, or the --format of the file`,
  )
}

// JSON is YAML, too.
function read(text: string, file: string): unknown {
  try {
    return normal(parse(text, { customTags: shortForms, version: '1.1' }), false)
  } catch (error) {
    const [{ line } = { line: undefined }] = (error instanceof YAMLParseError && error.linePos) || []
    throw new UsageError(
      `${file}${line === undefined ? '' : `:${line}`} is neither JSON nor YAML: correct it, or print it again without --check`,
    )
  }
}

const shortForms: ScalarTag[] = [
  { tag: '!Ref', resolve: (name) => ({ Ref: name }) },
  { tag: '!Sub', resolve: (text) => ({ 'Fn::Sub': text }) },
  { tag: '!GetAtt', resolve: (path) => ({ 'Fn::GetAtt': path.split('.') }) },
]

/** In a statement, a list of one is the same as the one. Versions may be read as dates. */
function normal(value: unknown, isStatement: boolean): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, isStatement))
    return isStatement && items.length === 1 && typeof items[0] === 'string' ? items[0] : items
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'Statement') return [key, [inner].flat().map((statement) => normal(statement, true))]
      return [key, normal(inner, isStatement && key !== 'Fn::GetAtt')]
    }),
  )
}

function compare(expected: unknown, actual: unknown, place: string): readonly string[] {
  if (text(expected) === text(actual)) return []
  const at = place === '' ? 'the file' : place
  if (place.endsWith('Statement') && Array.isArray(expected) && Array.isArray(actual)) {
    return compareNamed(byName(expected, nameOf), byName(actual, nameOf), (name) => `statement ${name}`)
  }
  if (isRecord(expected) && isRecord(actual)) {
    return compareNamed(new Map(Object.entries(expected)), new Map(Object.entries(actual)), (key) =>
      place === '' ? key : `${place}: ${key}`,
    )
  }
  if (!isTextOrList(expected) || !isTextOrList(actual)) return [`${at} differs`]
  const [wanted, found] = [[expected].flat().map(text), [actual].flat().map(text)]
  return [
    ...wanted.filter((item) => !found.includes(item)).map((item) => `${at} lacks ${item}`),
    ...found.filter((item) => !wanted.includes(item)).map((item) => `${at} should not have ${item}`),
  ]
}

function compareNamed(
  expected: ReadonlyMap<string, unknown>,
  actual: ReadonlyMap<string, unknown>,
  placeOf: (name: string) => string,
): readonly string[] {
  const found = [...expected].flatMap(([name, value]) => {
    return actual.has(name) ? compare(value, actual.get(name), placeOf(name)) : [`${placeOf(name)} is missing`]
  })
  const more = [...actual.keys()].filter((name) => !expected.has(name))
  return [...found, ...more.map((name) => `${placeOf(name)} should not be there`)]
}

function byName(values: readonly unknown[], name: (value: unknown, index: number) => string): Map<string, unknown> {
  return new Map(values.map((value, index) => [name(value, index), value]))
}

function nameOf(statement: unknown, index: number): string {
  const { Sid, Action } = isRecord(statement) ? statement : {}
  return String(Sid ?? (Action === undefined ? index : [Action].flat().join(', ')))
}

/** A text that is equal for values of the same meaning: the order of lists and keys does not count. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).sort().join(', ')}]`
  if (!isRecord(value)) return typeof value === 'string' ? value : JSON.stringify(value)
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${text(inner)}`)
  return `{${entries.sort().join(', ')}}`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextOrList(value: unknown): boolean {
  return typeof value === 'string' || Array.isArray(value)
}

function compareSources(expected: Group, actual: Group): readonly string[] {
  if (canonical(expected) === canonical(actual)) return []
  const statements = compareNamed(statementsIn(expected), statementsIn(actual), (name) => `statement ${name}`)
  const blocks = compareNamed(blocksIn(expected), blocksIn(actual), (name) => name)
  const found = [...statements, ...blocks].map((difference) =>
    difference.replace(/ (lacks|should not have) .*/s, ' differs'),
  )
  return found.length === 0 ? ['the file differs'] : [...new Set(found)]
}

/** The statements of policies, by their Sid. */
function statementsIn(file: Group): ReadonlyMap<string, string> {
  const named = groupsIn(file).flatMap((group): [string, string][] => {
    const name = sidOf(group)
    return name === undefined ? [] : [[name, canonical(group)]]
  })
  return new Map(named)
}

function sidOf({ open, items }: Group): string | undefined {
  const found = open === '{' ? items.find(([key]) => key === 'sid' || key === 'Sid') : undefined
  const sid = found?.at(-1)
  return typeof sid === 'string' ? sid : undefined
}

/** What a file declares at its top, by how it begins, without its statements. */
function blocksIn({ items }: Group): ReadonlyMap<string, string> {
  return new Map(
    items.map((item) => [
      item.filter((part) => typeof part === 'string').join(' '),
      canonicalItem(item.map((part) => (typeof part === 'string' ? part : withoutStatements(part)))),
    ]),
  )
}

function withoutStatements({ open, items }: Group): Group {
  const isStatement = (part: Item[number]) => typeof part !== 'string' && sidOf(part) !== undefined
  return {
    open,
    items: items
      .filter((item) => !item.some(isStatement))
      .map((item) => item.map((part) => (typeof part === 'string' ? part : withoutStatements(part)))),
  }
}
