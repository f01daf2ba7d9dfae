import type { $ZodLazy, $ZodType, $ZodTypes } from 'zod/v4/core'
import { type Annotations, annotationsOf, isSchema, noAnnotations } from './annotations.ts'
import type { KeyPath } from './key-path.ts'

/** The public definition of a schema, as a union with the discriminator `type`. */
export type SchemaDef = $ZodTypes['_zod']['def']

/** A schema without its wrappers; of a pipe, the input side. */
export interface Peeled {
  readonly schema: $ZodType
  readonly def: SchemaDef
  /** The annotations of all wrappers. The outermost of a kind counts. */
  readonly annotations: Annotations
  /** Whether the output may have another shape than the input. */
  readonly isOpaque: boolean
  /** Whether the output may hold the input of other members of a union or intersection: a `catch` sees all of it. */
  readonly seesAll: boolean
  /** Whether a function of the user checks the value, and may change it. */
  readonly isChecked: boolean
  /** The outputs of the pipes around it. */
  readonly outputs: readonly $ZodType[]
}

export function defOf(schema: $ZodType): SchemaDef {
  return (schema as $ZodTypes)._zod.def
}

/** Unwraps optional, default, catch, readonly, lazy and the like, and pipes by their input side. */
export function peel(schema: $ZodType): Peeled {
  let annotations = noAnnotations
  let isOpaque = false
  let seesAll = false
  let isChecked = false
  const outputs: $ZodType[] = []
  for (let current = schema; ; ) {
    const own = annotationsOf(current)
    if (own !== noAnnotations) annotations = { ...own, ...annotations }
    const def = defOf(current)
    seesAll ||= computesCatch(def)
    isChecked ||= hasCheck(def, 'custom')
    isOpaque ||= seesAll || def.type === 'pipe' || def.type === 'success' || hasCheck(def, 'overwrite')
    if (def.type === 'pipe') outputs.push(def.out)
    const inner = innerOf(current)
    if (inner === undefined) return { schema: current, def, annotations, isOpaque, seesAll, isChecked, outputs }
    current = inner
  }
}

/** Whether a schema describes a path of parameters and not a single parameter. */
export function isBranch(schema: $ZodType): boolean {
  const { def, annotations } = peel(schema)
  if (annotations.json || annotations.secret) return false
  if (def.type === 'intersection') return isBranch(def.left) && isBranch(def.right)
  if (def.type !== 'union') return def.type === 'object' || def.type === 'record'
  const options = meaningfulOptions(def)
  return options.length > 0 && options.every(isBranch)
}

/** Whether the value may be absent. zod computes this for every schema. */
export function mayBeAbsent(schema: $ZodType): boolean {
  return schema._zod.optin !== undefined
}

/** Whether a record may change its keys: by a transform, by a catch, or into numbers. */
export function movesKeys(keyType: $ZodType): boolean {
  const { def, isOpaque } = peel(keyType)
  if (isOpaque || guarded(keyType) !== undefined) return true
  if (def.type === 'union') return def.options.some(movesKeys)
  if (def.type === 'intersection') return movesKeys(def.left) || movesKeys(def.right)
  return !['string', 'enum', 'literal', 'template_literal', 'any', 'unknown', 'never'].includes(def.type)
}

/** Whether a schema accepts a value, transforms included. */
export async function accepts(schema: $ZodType, value: unknown): Promise<boolean> {
  try {
    const payload = await schema._zod.run({ value, issues: [] }, { async: true })
    return payload.issues.length === 0
  } catch {
    return false
  }
}

/** The schema inside a `.catch()` around this one; `undefined` if there is no `.catch()`. */
export function guarded(schema: $ZodType): $ZodType | undefined {
  for (let current: $ZodType | undefined = schema; current !== undefined; current = innerOf(current)) {
    const def = defOf(current)
    if (def.type === 'catch') return def.innerType
  }
  return undefined
}

/** The members of a union that a text can become. The others mean "may be absent" or "null inside JSON". */
export function meaningfulOptions({ options }: Extract<SchemaDef, { type: 'union' }>): readonly $ZodType[] {
  return options.filter((option) => !isSchema(option) || !neutral.includes(peel(option).def.type))
}

const neutral: readonly string[] = ['null', 'undefined', 'void', 'never']

/** The schema inside a wrapper. */
export function innerOf(schema: $ZodType): $ZodType | undefined {
  const def = defOf(schema)
  if (def.type === 'pipe') return def.in
  // zod calls the getter once. Called by us, it could make a new schema each time, and a recursive one would not end.
  if (def.type === 'lazy') return (schema as $ZodLazy)._zod.innerType
  return 'innerType' in def && def.type !== 'promise' ? def.innerType : undefined
}

/** A schema inside another, and the path to its value. */
export interface Part {
  readonly schema: $ZodType
  readonly path: KeyPath
}

/** The schemas directly inside a schema: its parts, or those that a wrapper or a pipe is made of. */
export function partsOf(schema: $ZodType): readonly Part[] {
  const def = defOf(schema)
  if (def.type === 'object') {
    const fields = Object.entries(def.shape).map(([key, field]) => ({ schema: field, path: [key] }))
    return def.catchall === undefined ? fields : [...fields, { schema: def.catchall, path: ['*'] }]
  }
  if (def.type === 'tuple') {
    const items = def.rest === null ? def.items : [...def.items, def.rest]
    return items.map((item, index) => ({ schema: item, path: [index] }))
  }
  if (def.type === 'record') return [{ schema: def.valueType, path: ['*'] }]
  if (def.type === 'array') return [{ schema: def.element, path: ['*'] }]
  if (def.type === 'union') return samePlace(meaningfulOptions(def))
  if (def.type === 'intersection') return samePlace([def.left, def.right])
  if (def.type === 'pipe') return samePlace([def.in, def.out])
  const inner = innerOf(schema)
  return inner === undefined ? [] : samePlace([inner])
}

function samePlace(schemas: readonly $ZodType[]): Part[] {
  return schemas.map((schema) => ({ schema, path: [] }))
}

/** The first of a schema and the schemas inside it that is sought. Also finds what the user wrote in place of a schema. */
export function findPart(
  schema: $ZodType,
  isSought: (part: $ZodType) => boolean,
  path: KeyPath = [],
  seen: Set<unknown> = new Set(),
): Part | undefined {
  if (seen.has(schema)) return undefined
  seen.add(schema)
  if (isSought(schema)) return { schema, path }
  for (const part of isSchema(schema) ? partsOf(schema) : []) {
    const found = findPart(part.schema, isSought, [...path, ...part.path], seen)
    if (found !== undefined) return found
  }
  return undefined
}

/** Whether a part of the input or output of a schema is marked sensitive(). */
export function holdsSensitive(schema: $ZodType): boolean {
  return findPart(schema, (part) => annotationsOf(part).sensitive === true) !== undefined
}

// Later releases of zod tag the function of a constant, which ignores the input. Any other function may use it.
function computesCatch(def: SchemaDef): boolean {
  return def.type === 'catch' && Reflect.get(def.catchValue, '~constantCatch') !== true
}

function hasCheck(def: SchemaDef, kind: string): boolean {
  return def.checks?.some((check) => check._zod.def.check === kind) ?? false
}
