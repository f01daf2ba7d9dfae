import { isForbiddenSegment, type NamingRule, segmentsOf, spell } from '../tools/names.ts'
import {
  call,
  type GuessedSchema,
  guessSchema,
  literal,
  objectCode,
  propertyName,
  type ZodFeatures,
} from './guess-schema.ts'
import type { StoredEntry } from './stored-parameters.ts'

/** What a definition is written from. */
export interface DefinitionParts {
  /** The layers: a later one wins. */
  readonly paths: readonly string[]
  /** The parameters below each path, in the order of the paths. */
  readonly layers: readonly (readonly StoredEntry[])[]
  /** The full names whose values are secret although they are stored as plain text. */
  readonly secrets: ReadonlySet<string>
  readonly features: ZodFeatures
  /** What the module imports zod from. */
  readonly zod: string
}

/** A module that exports a definition. */
export interface DefinitionText {
  readonly text: string
  readonly keys: number
  readonly sensitive: number
  /** How many schemas are guessed, and marked. */
  readonly guessed: number
}

const calls: Readonly<Record<string, RegExp>> = {
  json: /\bjson\(/,
  parameter: /\bparameter\(/,
  sensitive: /\bsensitive\(/,
}

/** Writes the definition of what is stored. */
export function writeDefinition({ paths, layers, secrets, features, zod }: DefinitionParts): DefinitionText {
  const root = emptyBranch()
  for (const [index, path] of paths.entries()) {
    const start = segmentsOf(path).length
    for (const entry of layers[index] ?? []) {
      addEntry(root, segmentsOf(entry.name).slice(start), guessSchema(entry, secrets.has(entry.name), features))
    }
  }
  const naming = namingOf(root)
  const members = describeBranch(root, naming)
  const schemas = schemasIn(root)
  const schema = objectCode(members)
  const helpers = Object.keys(calls).filter((name) => calls[name]?.test(schema))
  const path = paths.length === 1 ? literal(paths[0] ?? '') : `[${paths.map(literal).join(', ')}]`
  const options = [
    `path: ${path},`,
    ...(naming === 'exact' ? [] : [`naming: ${literal(naming)},`]),
    `schema: ${schema},`,
  ]
  return {
    text: [
      `import { ${['defineConfig', ...helpers].join(', ')} } from 'liveparam'`,
      `import * as z from ${literal(zod)}`,
      '',
      'export const definition = defineConfig({',
      ...options.flatMap((option) => option.split('\n')).map((line) => `  ${line}`),
      '})',
      '',
    ].join('\n'),
    keys: schemas.length,
    sensitive: schemas.filter(({ isSensitive }) => isSensitive).length,
    guessed: schemas.filter(({ note }) => note !== undefined).length,
  }
}

interface Branch {
  readonly children: Map<string, Child>
}

/** A segment may be the name of a parameter, of a path, or of both. */
interface Child {
  leaf?: GuessedSchema
  branch?: Branch
}

function emptyBranch(): Branch {
  return { children: new Map() }
}

function addEntry(branch: Branch, [segment = '', ...others]: readonly string[], schema: GuessedSchema): void {
  const child = branch.children.get(segment) ?? {}
  branch.children.set(segment, child)
  if (others.length === 0) {
    child.leaf = child.leaf === undefined ? schema : mergeSchemas(child.leaf, schema)
  } else {
    child.branch ??= emptyBranch()
    addEntry(child.branch, others, schema)
  }
}

/** Layers of one key have one schema. */
function mergeSchemas(earlier: GuessedSchema, later: GuessedSchema): GuessedSchema {
  if (earlier.code === later.code) return later
  const isSensitive = earlier.isSensitive || later.isSensitive
  const bare = [earlier, later].map(({ code }) => code.replace(/^sensitive\(([\s\S]*)\)$/, '$1'))
  const code = bare[0] === bare[1] ? (bare[0] ?? '') : 'z.string()'
  return { ...later, code: isSensitive ? `sensitive(${code})` : code, isSensitive }
}

const namingRules = ['kebab-case', 'snake_case', 'PascalCase'] as const

/** The rule that spells most of the names, so that the keys can be camelCase. */
function namingOf(root: Branch): NamingRule {
  const segments = segmentsIn(root)
  const fitting = namingRules.map((rule) => {
    const own = segments.filter((segment) => spell(camelCase(segment), rule) === segment)
    return { rule, count: own.length, changed: own.filter((segment) => camelCase(segment) !== segment).length }
  })
  const best = fitting.reduce((left, right) => (right.changed > left.changed ? right : left))
  return best.changed > 0 && best.count >= segments.length * 0.8 ? best.rule : 'exact'
}

function segmentsIn({ children }: Branch): string[] {
  return [...children].flatMap(([segment, { branch }]) => [
    segment,
    ...(branch === undefined ? [] : segmentsIn(branch)),
  ])
}

function schemasIn({ children }: Branch): GuessedSchema[] {
  return [...children.values()].flatMap(({ leaf, branch }) => [
    ...(leaf === undefined ? [] : [leaf]),
    ...(branch === undefined ? [] : schemasIn(branch)),
  ])
}

function camelCase(segment: string): string {
  const [first = '', ...others] = segment.split(/[-_]+/).filter((word) => word !== '')
  const start = first.charAt(0).toLowerCase() + first.slice(1)
  return start + others.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function describeBranch({ children }: Branch, naming: NamingRule): string[] {
  const taken = new Set<string>()
  const sorted = [...children].sort(([left], [right]) => (left < right ? -1 : 1))
  // Keys that follow the rule come first, so that no other one takes their place.
  const keys = new Map(sorted.flatMap(([segment]) => ruleKey(segment, naming, taken)))
  return sorted.flatMap(([segment, { leaf, branch }]) => {
    const key = keys.get(segment)
    const members: string[] = []
    if (branch !== undefined) members.push(member(key, segment, taken, objectCode(describeBranch(branch, naming))))
    if (leaf !== undefined) {
      // The key of the path cannot be that of the parameter, too.
      const own = branch === undefined ? key : undefined
      members.push(member(own, segment, taken, leaf.code, leaf.note))
    }
    return members
  })
}

/** The key that the rule spells as the segment. */
function ruleKey(segment: string, naming: NamingRule, taken: Set<string>): [string, string][] {
  const key = naming === 'exact' ? segment : camelCase(segment)
  if (spell(key, naming) !== segment || isForbiddenSegment(segment) || taken.has(key)) return []
  taken.add(key)
  return [[segment, key]]
}

function member(key: string | undefined, segment: string, taken: Set<string>, schema: string, note?: string): string {
  const own = key ?? freeKey(segment, taken)
  const code = key === undefined ? call('parameter', schema, literal(segment)) : schema
  const line = `${propertyName(own)}: ${code},`
  if (note === undefined) return line
  return line.includes('\n') ? `// ${note}\n${line}` : `${line} // ${note}`
}

/** A key for a name that no rule gives: `dbValue` for the parameter `db` beside a path `db`. */
function freeKey(segment: string, taken: Set<string>): string {
  const words = camelCase(segment.replaceAll('.', '-'))
  const base = /^[A-Za-z]/.test(words) && !isForbiddenSegment(words) && !taken.has(words) ? words : `${words}Value`
  const keys = Array.from({ length: taken.size + 2 }, (_, index) => (index === 0 ? base : `${base}${index + 1}`))
  const key = keys.find((own) => !taken.has(own)) ?? base
  taken.add(key)
  return key
}
