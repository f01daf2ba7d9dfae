import type { $ZodLazy, $ZodType, $ZodTypes } from 'zod/v4/core'
import type { Annotations } from './annotations.ts'
import { annotationsOf, isSchema, noAnnotations } from './annotations.ts'

/** The public definition of a schema, as a union that `type` tells apart. */
export type SchemaDef = $ZodTypes['_zod']['def']

/** A schema without its wrappers, seen from the side of what goes into it. */
export interface Peeled {
  readonly schema: $ZodType
  readonly def: SchemaDef
  /** Those of every wrapper; the outermost of a kind counts. */
  readonly marks: Annotations
  /** Whether what comes out may be shaped unlike what goes in. */
  readonly isOpaque: boolean
  /** Whether it may even hold what other members of a union or intersection were given: a `catch` sees all of it. */
  readonly seesAll: boolean
  /** Whether a function of the user's checks the value, and may change it. */
  readonly isChecked: boolean
}

export function defOf(schema: $ZodType): SchemaDef {
  return (schema as $ZodTypes)._zod.def
}

/** Looks through optional, default, catch, readonly, lazy and the like, and at the input side of pipes. */
export function peel(schema: $ZodType): Peeled {
  let marks = noAnnotations
  let isOpaque = false
  let seesAll = false
  let isChecked = false
  for (let current = schema; ; ) {
    const own = annotationsOf(current)
    if (own !== noAnnotations) marks = { ...own, ...marks }
    const def = defOf(current)
    seesAll ||= computesCatch(def)
    isChecked ||= hasCheck(def, 'custom')
    isOpaque ||= seesAll || def.type === 'pipe' || def.type === 'success' || hasCheck(def, 'overwrite')
    const inner = innerOf(current)
    if (inner === undefined) return { schema: current, def, marks, isOpaque, seesAll, isChecked }
    current = inner
  }
}

/** Whether a schema stands for a path of parameters, and not for a single one. */
export function isBranch(schema: $ZodType): boolean {
  const { def, marks } = peel(schema)
  if (marks.json || marks.secret) return false
  switch (def.type) {
    case 'object':
    case 'record':
      return true
    case 'intersection':
      return isBranch(def.left) && isBranch(def.right)
    case 'union': {
      const options = def.options.filter((option) => !isNeutral(option))
      return options.length > 0 && options.every(isBranch)
    }
    default:
      return false
  }
}

/** Whether the value may be absent: zod computes it for every schema. */
export function mayBeAbsent(schema: $ZodType): boolean {
  return schema._zod.optin !== undefined
}

/** The keys of a record that admits only some, otherwise `undefined`. */
export function closedKeys(keyType: $ZodType): string[] | undefined {
  const values = keyType._zod.values
  return values === undefined ? undefined : [...values].map(String)
}

/** Whether the key of a record may come out otherwise than it goes in: transformed, caught, or as a number. */
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

/** What a `.catch()` around the schema stands guard over; `undefined` when there is none. */
export function guarded(schema: $ZodType): $ZodType | undefined {
  for (let current: $ZodType | undefined = schema; current !== undefined; current = innerOf(current)) {
    const def = defOf(current)
    if (def.type === 'catch') return def.innerType
  }
  return undefined
}

/** Members of a union that text never becomes, and that say no more than "may be absent" or "null inside JSON". */
export function isNeutral(schema: $ZodType): boolean {
  if (!isSchema(schema)) return false
  const { def } = peel(schema)
  return ['null', 'undefined', 'void', 'never'].includes(def.type)
}

/** What a wrapper is put around. */
export function innerOf(schema: $ZodType): $ZodType | undefined {
  const def = defOf(schema)
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
    case 'success':
      return def.innerType
    case 'pipe':
      return def.in
    case 'lazy':
      // Zod calls the getter once: a schema that comes back to itself would otherwise be a new one each time.
      return (schema as $ZodLazy)._zod.innerType
    default:
      return undefined
  }
}

// Later releases of zod tag the function that a constant becomes. It sees nothing; of any other that is not known.
function computesCatch(def: SchemaDef): boolean {
  return def.type === 'catch' && Reflect.get(def.catchValue, '~constantCatch') !== true
}

function hasCheck(def: SchemaDef, kind: string): boolean {
  return def.checks?.some((check) => check._zod.def.check === kind) ?? false
}
