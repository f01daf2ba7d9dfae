import type { $ZodType } from 'zod/v4/core'
import { type Annotations, annotationsOf, isSchema, noAnnotations } from './annotations.ts'
import { defOf, innerOf, isNeutral, peel } from './introspect.ts'
import type { KeyPath } from './key-path.ts'

/** A type that no stored text can become, and where it stands. */
export interface Impossible {
  readonly path: KeyPath
  readonly type: string
}

const never = ['map', 'set', 'symbol', 'function', 'file', 'promise', 'nan']

/** What to write instead of a type that no text can become. */
export const remedies: Readonly<Record<string, string>> = {
  map: 'use z.record(), and .transform() it into a Map',
  set: 'use z.array(), and .transform() it into a Set',
  nan: 'use z.number()',
  null: 'use .optional() for what may be absent; null exists only inside json()',
  date: 'use z.iso.datetime() or z.coerce.date()',
  bigint: 'use z.coerce.bigint() and keep it a string in the JSON',
}

/** The first part of a schema for JSON that no JSON can satisfy. `lists` is for StringLists, whose items are text. */
export function impossibleInside(schema: $ZodType, form: 'json' | 'list'): Impossible | undefined {
  const types = form === 'json' ? [...never, 'date', 'bigint'] : never
  return findImpossible(schema, types, [], new Set())
}

/** Every mark on the parts of a leaf: it is one parameter, so some can only stand around the whole. */
export function marksInside(schema: $ZodType): Annotations {
  const parts = partsOf(peel(schema).schema)
  if (parts.length === 0) return noAnnotations
  const seen = new Set<$ZodType>()
  let marks: Annotations = {}
  const visit = (part: $ZodType): void => {
    const peeled = peel(part)
    if (seen.has(peeled.schema)) return
    seen.add(peeled.schema)
    marks = { ...marks, ...peeled.marks }
    for (const child of partsOf(peeled.schema)) visit(child.schema)
  }
  for (const child of parts) visit(child.schema)
  return marks
}

/** Whether a part of what a schema takes in or makes is marked sensitive(). */
export function holdsSensitive(schema: $ZodType, seen: Set<$ZodType> = new Set()): boolean {
  if (seen.has(schema)) return false
  seen.add(schema)
  if (annotationsOf(schema).sensitive === true) return true
  const parts = partsOf(schema).map((part) => part.schema)
  return [innerOf(schema), outputOf(schema), ...parts].some((part) => part !== undefined && holdsSensitive(part, seen))
}

/** Whether a pipe around a schema makes something that is marked sensitive(). */
export function makesSensitive(schema: $ZodType): boolean {
  const output = outputOf(schema)
  if (output !== undefined && holdsSensitive(output)) return true
  const inner = innerOf(schema)
  return inner !== undefined && makesSensitive(inner)
}

/** The first thing inside a schema that is no schema of zod 4. */
export function findForeign(
  schema: unknown,
  path: KeyPath = [],
  seen: Set<unknown> = new Set(),
): { readonly path: KeyPath; readonly found: unknown } | undefined {
  if (!isSchema(schema)) return { path, found: schema }
  if (seen.has(schema)) return undefined
  seen.add(schema)
  const inner = innerOf(schema)
  const parts = inner === undefined ? partsOf(schema) : [{ schema: inner, path: [] }]
  for (const part of parts) {
    const foreign = findForeign(part.schema, [...path, ...part.path], seen)
    if (foreign !== undefined) return foreign
  }
  return undefined
}

function findImpossible(
  schema: $ZodType,
  types: readonly string[],
  path: KeyPath,
  seen: Set<$ZodType>,
): Impossible | undefined {
  const { schema: core, def } = peel(schema)
  if (seen.has(core)) return undefined
  seen.add(core)
  if (types.includes(def.type) && !('coerce' in def && def.coerce === true)) return { path, type: def.type }
  const found = partsOf(core).map((part) => findImpossible(part.schema, types, [...path, ...part.path], seen))
  // One possible member is enough for a union.
  if (def.type === 'union' && found.includes(undefined)) return undefined
  return found.find((impossible) => impossible !== undefined)
}

function outputOf(schema: $ZodType): $ZodType | undefined {
  const def = defOf(schema)
  return def.type === 'pipe' ? def.out : undefined
}

function partsOf(schema: $ZodType): { readonly schema: $ZodType; readonly path: KeyPath }[] {
  const def = defOf(schema)
  switch (def.type) {
    case 'object': {
      const fields = Object.entries(def.shape).map(([key, field]) => ({ schema: field, path: [key] }))
      return def.catchall === undefined ? fields : [...fields, { schema: def.catchall, path: ['*'] }]
    }
    case 'record':
      return [{ schema: def.valueType, path: ['*'] }]
    case 'array':
      return [{ schema: def.element, path: ['*'] }]
    case 'tuple':
      return [...def.items, ...(def.rest === null ? [] : [def.rest])].map((item, index) => ({
        schema: item,
        path: [index],
      }))
    case 'union':
      return def.options.filter((option) => !isNeutral(option)).map((option) => ({ schema: option, path: [] }))
    case 'intersection':
      return [def.left, def.right].map((side) => ({ schema: side, path: [] }))
    default:
      return []
  }
}
