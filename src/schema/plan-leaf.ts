import type { $ZodType } from 'zod/v4/core'
import { annotationsInside, holdsSensitive, impossibleInside, remedies } from './inside-leaf.ts'
import { isBranch, isNeutral, peel } from './introspect.ts'
import type { KeyPath, PlacedProblem } from './key-path.ts'
import type { Alternative, Decode } from './leaf-decoders.ts'
import {
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
  const { annotations } = peel(schema)
  const inside = annotationsInside(schema)
  if (inside.parameter !== undefined || inside.secret !== undefined) {
    const helper = inside.secret === undefined ? 'parameter()' : 'secret()'
    return refuse([], `${helper} is inside a value that is one parameter`, `put ${helper} around the whole value`)
  }
  const alternatives = alternativesOf(schema, annotations.secret !== undefined)
  if ('problem' in alternatives) return alternatives
  const isSensitive = isBelowSensitive || holdsSensitive(schema)
  return {
    kind: 'leaf',
    schema,
    decode: decodeFirst(alternatives),
    isSensitive,
    followsReferences: isSensitive && annotations.secret === undefined,
  }
}

function alternativesOf(schema: $ZodType, isSecret: boolean): Alternative[] | PlacedProblem {
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
    case 'intersection':
      if (isSecret && (isBranch(def.left) || isBranch(def.right))) return jsonAlternative(schema)
      return combine([def.left, def.right], isSecret, () => schema)
    case 'union': {
      const options = def.options.filter((option) => !isNeutral(option))
      return combine(options.length === 0 ? def.options : options, isSecret, (option) => option)
    }
    default: {
      const decode = plainDecode(schema)
      return typeof decode === 'function' ? [{ schema, decode }] : decode
    }
  }
}

function plainDecode(schema: $ZodType): Decode | PlacedProblem {
  const { def } = peel(schema)
  switch (def.type) {
    case 'string':
    case 'template_literal':
    case 'any':
    case 'unknown':
    case 'custom':
    case 'transform':
    case 'never':
    case 'undefined':
    case 'void':
      return decodeText
    case 'number':
      return decodeNumber
    case 'bigint':
      return decodeBigint
    case 'boolean':
      return 'coerce' in def && def.coerce === true ? decodeCoercedBoolean : decodeBoolean
    case 'date':
      return decodeDate
    case 'enum':
      return decodeListed(Object.values(def.entries))
    case 'literal':
      return def.values.every((value) => value === null) ? cannotBecome('null') : decodeListed(def.values)
    default:
      return cannotBecome(def.type)
  }
}

function combine(
  parts: readonly $ZodType[],
  isSecret: boolean,
  schemaOf: (part: $ZodType) => $ZodType,
): Alternative[] | PlacedProblem {
  const combined: Alternative[] = []
  for (const part of parts) {
    const alternatives = alternativesOf(part, isSecret)
    if ('problem' in alternatives) return alternatives
    combined.push(...alternatives.map(({ decode }) => ({ schema: schemaOf(part), decode })))
  }
  return combined
}

function jsonAlternative(schema: $ZodType): Alternative[] | PlacedProblem {
  const impossible = impossibleInside(schema, 'json')
  if (impossible === undefined) return [{ schema, decode: decodeJson }]
  return refuse(impossible.path, `JSON cannot hold a ${impossible.type}`, remedyFor(impossible.type))
}

function listAlternative(
  schema: $ZodType,
  itemAt: (index: number) => $ZodType | undefined,
): Alternative[] | PlacedProblem {
  const impossible = impossibleInside(schema, 'list')
  if (impossible !== undefined) return { ...cannotBecome(impossible.type), path: impossible.path }
  const decoders = new Map<$ZodType, Decode>()
  const decodeItem = (index: number): Decode => {
    const item = itemAt(index)
    if (item === undefined) return decodeText
    const known = decoders.get(item) ?? itemDecode(item)
    decoders.set(item, known)
    return known
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

function cannotBecome(type: string): PlacedProblem {
  return refuse([], `a stored text cannot become a ${type}`, remedyFor(type))
}

function remedyFor(type: string): string {
  return remedies[type] ?? 'remove it from the schema, or derive it with .transform()'
}

function refuse(path: KeyPath, detail: string, remedy: string): PlacedProblem {
  return { path, problem: { code: 'UNSUPPORTED_SCHEMA', detail, remedy } }
}
