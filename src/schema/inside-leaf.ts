import type { $ZodType } from 'zod/v4/core'
import { type Annotations, annotationsOf, isSchema, noAnnotations } from './annotations.ts'
import { defOf, innerOf, isNeutral, peel } from './introspect.ts'
import type { KeyPath } from './key-path.ts'

/** A type that no stored text can become, and its place. */
export interface Impossible {
  readonly path: KeyPath
  readonly type: string
}

const never = ['map', 'set', 'symbol', 'function', 'file', 'promise', 'nan']

/** The remedy for each type that no text can become. */
export const remedies: Readonly<Record<string, string>> = {
  map: 'use z.record(), and .transform() it into a Map',
  set: 'use z.array(), and .transform() it into a Set',
  nan: 'use z.number()',
  null: 'use .optional() for a value that may be absent; null exists only inside json()',
  date: 'use z.iso.datetime() or z.coerce.date()',
  bigint: 'use z.coerce.bigint() and keep it a string in the JSON',
}

/** The first part of a schema that no JSON can satisfy, or no StringList, whose items are text. */
export function impossibleInside(schema: $ZodType, form: 'json' | 'list'): Impossible | undefined {
  const types = form === 'json' ? [...never, 'date', 'bigint'] : never
  return findImpossible(schema, types, [], new Set())
}

/** The annotations inside a leaf. A leaf is one parameter, so some of them are allowed around the whole leaf only. */
export function annotationsInside(schema: $ZodType): Annotations {
  const parts = partsOf(peel(schema).schema)
  if (parts.length === 0) return noAnnotations
  const seen = new Set<$ZodType>()
  let annotations: Annotations = {}
  const visit = (part: $ZodType): void => {
    const peeled = peel(part)
    if (seen.has(peeled.schema)) return
    seen.add(peeled.schema)
    annotations = { ...annotations, ...peeled.annotations }
    for (const child of partsOf(peeled.schema)) visit(child.schema)
  }
  for (const child of parts) visit(child.schema)
  return annotations
}

/** Whether a part of the input or output of a schema is marked sensitive(). */
export function holdsSensitive(schema: $ZodType, seen: Set<$ZodType> = new Set()): boolean {
  if (seen.has(schema)) return false
  seen.add(schema)
  if (annotationsOf(schema).sensitive === true) return true
  const parts = partsOf(schema).map((part) => part.schema)
  return [innerOf(schema), outputOf(schema), ...parts].some((part) => part !== undefined && holdsSensitive(part, seen))
}

/** Whether the output of a pipe around a schema is marked sensitive(). */
export function makesSensitive(schema: $ZodType): boolean {
  const output = outputOf(schema)
  if (output !== undefined && holdsSensitive(output)) return true
  const inner = innerOf(schema)
  return inner !== undefined && makesSensitive(inner)
}

/** The first part of a schema that is not a schema of zod 4. */
export function findNonSchema(
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
    const nonSchema = findNonSchema(part.schema, [...path, ...part.path], seen)
    if (nonSchema !== undefined) return nonSchema
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
  // A union needs only one possible member.
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
