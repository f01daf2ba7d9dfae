import type { $ZodType } from 'zod/v4/core'
import { type Annotations, annotationsOf } from './annotations.ts'
import { findPart, holdsSensitive, isBranch, meaningfulOptions, partsOf, peel, type SchemaDef } from './introspect.ts'
import type { KeyPath, PlacedProblem } from './key-path.ts'
import {
  type Alternative,
  type Decode,
  decodeArray,
  decodeBigint,
  decodeBoolean,
  decodeCoercedBoolean,
  decodeDate,
  decodeFirst,
  decodeJson,
  decodeListed,
  decodeNumber,
  decodeText,
} from './leaf-decoders.ts'
import type { Leaf } from './plan.ts'

/** Plans how the text of one parameter is decoded for a schema. */
export function planLeaf(schema: $ZodType, isBelowSensitive: boolean): Leaf | PlacedProblem {
  const { schema: core, annotations } = peel(schema)
  const fixed = findPart(core, (part) => part !== core && hasFixedPlace(annotationsOf(part)))
  if (fixed !== undefined) {
    const helper = annotationsOf(fixed.schema).secret === undefined ? 'parameter()' : 'secret()'
    return refuse([], `${helper} is inside a value that is one parameter`, `put ${helper} around the whole value`)
  }
  const isSecret = annotations.secret !== undefined
  const alternatives = alternativesOf(schema, isSecret)
  if ('problem' in alternatives) return alternatives
  const isSensitive = isBelowSensitive || holdsSensitive(schema)
  const decode = decodeFirst(alternatives)
  return { kind: 'leaf', schema, decode, isSensitive, followsReferences: isSensitive && !isSecret }
}

function hasFixedPlace({ secret, parameter }: Annotations): boolean {
  return secret !== undefined || parameter !== undefined
}

const decoders: Partial<Record<SchemaDef['type'], Decode>> = {
  string: decodeText,
  template_literal: decodeText,
  any: decodeText,
  unknown: decodeText,
  custom: decodeText,
  transform: decodeText,
  never: decodeText,
  undefined: decodeText,
  void: decodeText,
  number: decodeNumber,
  bigint: decodeBigint,
  boolean: decodeBoolean,
  date: decodeDate,
}

function alternativesOf(schema: $ZodType, isSecret: boolean): readonly Alternative[] | PlacedProblem {
  const { def, annotations } = peel(schema)
  if (annotations.json === true) return jsonAlternative(schema)
  switch (def.type) {
    case 'object':
    case 'record':
      return jsonAlternative(schema)
    case 'array':
      return listAlternative(schema, () => def.element)
    case 'tuple':
      return listAlternative(schema, (index) => def.items[index] ?? def.rest ?? undefined)
    case 'intersection': {
      const sides = [def.left, def.right]
      return isSecret && sides.some(isBranch) ? jsonAlternative(schema) : combine(sides, isSecret, schema)
    }
    case 'union': {
      const options = meaningfulOptions(def)
      return combine(options.length === 0 ? def.options : options, isSecret)
    }
    case 'enum':
      return [{ schema, decode: decodeListed(Object.values(def.entries)) }]
    case 'literal':
      if (def.values.every((value) => value === null)) return cannotBecome('null')
      return [{ schema, decode: decodeListed(def.values) }]
    default: {
      const decode = def.type === 'boolean' && isCoerced(def) ? decodeCoercedBoolean : decoders[def.type]
      return decode === undefined ? cannotBecome(def.type) : [{ schema, decode }]
    }
  }
}

/** The alternatives of all parts. Each must satisfy `whole` or, without it, its part. */
function combine(
  parts: readonly $ZodType[],
  isSecret: boolean,
  whole?: $ZodType,
): readonly Alternative[] | PlacedProblem {
  const combined: Alternative[] = []
  for (const part of parts) {
    const alternatives = alternativesOf(part, isSecret)
    if ('problem' in alternatives) return alternatives
    combined.push(...alternatives.map(({ decode }) => ({ schema: whole ?? part, decode })))
  }
  return combined
}

function jsonAlternative(schema: $ZodType): readonly Alternative[] | PlacedProblem {
  const impossible = findImpossible(schema, [...impossibleTypes, 'date', 'bigint'])
  if (impossible === undefined) return [{ schema, decode: decodeJson }]
  return refuse(impossible.path, `JSON cannot hold a ${impossible.type}`, remedyFor(impossible.type))
}

function listAlternative(
  schema: $ZodType,
  itemAt: (index: number) => $ZodType | undefined,
): readonly Alternative[] | PlacedProblem {
  const impossible = findImpossible(schema, impossibleTypes)
  if (impossible !== undefined) return { ...cannotBecome(impossible.type), path: impossible.path }
  const known = new Map<$ZodType, Decode>()
  const decodeItem = (index: number): Decode => {
    const item = itemAt(index)
    if (item === undefined) return decodeText
    const decode = known.get(item) ?? itemDecode(item)
    known.set(item, decode)
    return decode
  }
  return [{ schema, decode: decodeArray(decodeItem) }]
}

// An item that is an object or a list exists only in JSON. An item of a StringList stays text.
function itemDecode(item: $ZodType): Decode {
  const { def } = peel(item)
  if (isBranch(item) || def.type === 'array' || def.type === 'tuple') return decodeText
  const alternatives = alternativesOf(item, false)
  return 'problem' in alternatives ? decodeText : decodeFirst(alternatives)
}

/** The first part of a schema that has one of the types. A union needs only one possible member. */
function findImpossible(
  schema: $ZodType,
  types: readonly string[],
  path: KeyPath = [],
  seen: Set<$ZodType> = new Set(),
): { readonly path: KeyPath; readonly type: string } | undefined {
  const { schema: core, def } = peel(schema)
  if (seen.has(core)) return undefined
  seen.add(core)
  if (types.includes(def.type) && !isCoerced(def)) return { path, type: def.type }
  const found = partsOf(core).map((part) => findImpossible(part.schema, types, [...path, ...part.path], seen))
  if (def.type === 'union' && found.includes(undefined)) return undefined
  return found.find((impossible) => impossible !== undefined)
}

function isCoerced(def: SchemaDef): boolean {
  return 'coerce' in def && def.coerce === true
}

// No stored text can become one of these.
const impossibleTypes = ['map', 'set', 'symbol', 'function', 'file', 'promise', 'nan']

const remedies: Readonly<Record<string, string>> = {
  map: 'use z.record(), and .transform() it into a Map',
  set: 'use z.array(), and .transform() it into a Set',
  nan: 'use z.number()',
  null: 'use .optional() for a value that may be absent; null exists only inside json()',
  date: 'use z.iso.datetime() or z.coerce.date()',
  bigint: 'use z.coerce.bigint() and keep it a string in the JSON',
}

function cannotBecome(type: string): PlacedProblem {
  return refuse([], `a stored text cannot become a ${type}`, remedyFor(type))
}

function remedyFor(type: string): string {
  return remedies[type] ?? 'remove it from the schema, or derive it with .transform()'
}

function refuse(path: KeyPath, detail: string, remedy: string): PlacedProblem {
  return { path, problem: { code: 'UNSUPPORTED_SCHEMA', detail, remedy } }
}
