import type { $ZodType } from 'zod/v4/core'
import { holdsSensitive, impossibleInside, marksInside, remedies } from './inside-leaf.ts'
import { isBranch, isNeutral, peel } from './introspect.ts'
import type { KeyPath } from './key-path.ts'
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

/** Why a schema cannot be read from parameters. */
export interface Refusal {
  readonly path: KeyPath
  readonly detail: string
  readonly remedy: string
}

/** How one parameter becomes what the schema takes in, or why it never can. */
export function planLeaf(schema: $ZodType, isBelowSensitive: boolean): Leaf | Refusal {
  const { marks } = peel(schema)
  const inside = marksInside(schema)
  if (inside.parameter !== undefined || inside.secret !== undefined) {
    const helper = inside.secret === undefined ? 'parameter()' : 'secret()'
    return refuse([], `${helper} stands inside a value that is one parameter`, `put ${helper} around the whole value`)
  }
  const alternatives = alternativesOf(schema, marks.secret !== undefined)
  if ('detail' in alternatives) return alternatives
  const isSensitive = isBelowSensitive || holdsSensitive(schema)
  return {
    kind: 'leaf',
    schema,
    decode: decodeFirst(alternatives),
    isSensitive,
    followsReferences: isSensitive && marks.secret === undefined,
  }
}

function alternativesOf(schema: $ZodType, isSecret: boolean): Alternative[] | Refusal {
  const { def, marks } = peel(schema)
  if (marks.json === true) return jsonAlternative(schema)
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

function plainDecode(schema: $ZodType): Decode | Refusal {
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
  judge: (part: $ZodType) => $ZodType,
): Alternative[] | Refusal {
  const combined: Alternative[] = []
  for (const part of parts) {
    const alternatives = alternativesOf(part, isSecret)
    if ('detail' in alternatives) return alternatives
    combined.push(...alternatives.map(({ decode }) => ({ schema: judge(part), decode })))
  }
  return combined
}

function jsonAlternative(schema: $ZodType): Alternative[] | Refusal {
  const impossible = impossibleInside(schema, 'json')
  if (impossible === undefined) return [{ schema, decode: decodeJson }]
  return refuse(impossible.path, `JSON cannot hold a ${impossible.type}`, remedyFor(impossible.type))
}

function listAlternative(schema: $ZodType, itemAt: (index: number) => $ZodType | undefined): Alternative[] | Refusal {
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

// An item that is itself an object or a list exists only in JSON: as a piece of a StringList it goes to zod as text.
function itemDecode(item: $ZodType): Decode {
  const { def } = peel(item)
  if (isBranch(item) || def.type === 'array' || def.type === 'tuple') return decodeText
  const alternatives = alternativesOf(item, false)
  return 'detail' in alternatives ? decodeText : decodeFirst(alternatives)
}

function cannotBecome(type: string): Refusal {
  return refuse([], `a stored text cannot become a ${type}`, remedyFor(type))
}

function remedyFor(type: string): string {
  return remedies[type] ?? 'leave it out of the schema, or derive it with .transform()'
}

function refuse(path: KeyPath, detail: string, remedy: string): Refusal {
  return { path, detail, remedy }
}
