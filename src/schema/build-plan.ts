import type { $ZodType } from 'zod/v4/core'
import type { Problem } from '../errors.ts'
import { isSchema, whyNotASchema } from './annotations.ts'
import { isArn } from './arn.ts'
import {
  findPart,
  holdsSensitive,
  isBranch,
  mayBeAbsent,
  meaningfulOptions,
  movesKeys,
  type Peeled,
  peel,
  type SchemaDef,
} from './introspect.ts'
import { formatKey, type KeyPath } from './key-path.ts'
import { isForbiddenSegment, isSegment, type Naming, segmentsOf, spell, splitSelector, whyNotAName } from './names.ts'
import { ignoreRejection, isThenable } from './plain-result.ts'
import type { Address, Branch, CombinedBranch, Entry, ObjectBranch, Plan, PlanNode } from './plan.ts'
import { planLeaf } from './plan-leaf.ts'
import { planNames } from './plan-names.ts'
import { parseSecretId } from './secret-id.ts'

/** Plans the parameters and secrets of a schema, or reports all problems of the schema. */
export function buildPlan(
  schema: $ZodType,
  naming: Naming,
): { readonly plan: Plan } | { readonly problems: readonly Problem[] } {
  const planner = new Planner(naming)
  const root = planner.planRoot(schema)
  if (root === undefined || planner.problems.length > 0) return { problems: planner.problems }
  return planNames(root, planner)
}

interface Context {
  readonly path: KeyPath
  readonly isSensitive: boolean
  /** Below a key that the schema does not name: one fixed name cannot serve every key. */
  readonly isOpen: boolean
}

interface Fields {
  readonly fields: readonly (readonly [string, $ZodType])[]
  readonly rest?: $ZodType | undefined
  /** Whether the schema may change the keys. */
  readonly areMoved?: boolean
  readonly isPartial?: boolean
}

class Planner {
  readonly problems: Problem[] = []
  hasChecks = false
  readonly #naming: Naming
  // In a recursive schema, the inner branch is the same as the outer one.
  readonly #branches = new Map<$ZodType, Map<string, Branch>>()

  constructor(naming: Naming) {
    this.#naming = naming
  }

  planRoot(schema: $ZodType): Branch | undefined {
    const nonSchema = findPart(schema, (part) => !isSchema(part))
    if (nonSchema !== undefined) {
      const remedy = 'create it with the same zod 4 as the other schemas'
      return this.#refuse(nonSchema.path, whyNotASchema(nonSchema.schema), remedy)
    }
    if (!isBranch(schema) || peel(schema).annotations.parameter !== undefined) {
      const detail = 'the root of the schema must be an object or a record, with one parameter for each key'
      return this.#refuse([], detail, 'put a z.object() around it')
    }
    const node = this.#plan(schema, { path: [], isSensitive: false, isOpen: false })
    return node?.kind === 'branch' ? node : undefined
  }

  #plan(schema: $ZodType, outer: Context): PlanNode | undefined {
    const peeled = peel(schema)
    const isSensitive =
      outer.isSensitive || peeled.annotations.sensitive === true || peeled.outputs.some(holdsSensitive)
    if (isBranch(schema)) return this.#planBranch(peeled, { ...outer, isSensitive })
    if (isMixed(peeled)) {
      const detail = 'the stored names do not show whether this is a single parameter or an object of parameters'
      return this.#refuse(outer.path, detail, 'put json() around the whole to store it as one parameter')
    }
    const leaf = planLeaf(schema, isSensitive)
    return 'kind' in leaf ? leaf : this.#add([...outer.path, ...(leaf.path ?? [])], leaf.problem)
  }

  #planBranch(peeled: Peeled, context: Context): Branch {
    const { schema, def, isOpaque, seesAll } = peeled
    this.hasChecks ||= peeled.isChecked
    const variants = this.#branches.get(schema) ?? new Map<string, Branch>()
    this.#branches.set(schema, variants)
    const variant = JSON.stringify([context.isSensitive, context.isOpen, isOpaque, seesAll])
    const known = variants.get(variant)
    if (known !== undefined) return known
    const common = { kind: 'branch', isOpaque, seesAll, isSensitive: context.isSensitive } as const
    if (def.type === 'union' || def.type === 'intersection') {
      const members: CombinedBranch['members'][number][] = []
      const discriminator: unknown = Reflect.get(def, 'discriminator')
      const own = typeof discriminator === 'string' ? { discriminator } : {}
      const branch: CombinedBranch = { ...common, mode: def.type, members, ...own }
      variants.set(variant, branch)
      const schemas = def.type === 'union' ? meaningfulOptions(def) : [def.left, def.right]
      for (const member of schemas) this.#planMember(member, members, context)
      return branch
    }
    const { fields, rest, areMoved = false, isPartial = false } = fieldsOf(def)
    const entries = new Map<string, Entry>()
    const bySegment = new Map<string, Entry[]>()
    // A strict object rejects unknown keys at every depth.
    const isOneLevel = rest !== undefined && !isBranch(rest) && peel(rest).def.type !== 'never'
    const own = { entries, bySegment, isOneLevel, isOpaque: isOpaque || areMoved }
    const branch: ObjectBranch & { rest?: PlanNode } = { ...common, ...own }
    variants.set(variant, branch)
    for (const [key, field] of fields) {
      const entry = this.#planEntry(key, field, isPartial, { ...context, path: [...context.path, key] })
      if (entry === undefined) continue
      entries.set(key, entry)
      const [first] = entry.address.kind === 'below' ? entry.address.segments : []
      if (first !== undefined) bySegment.set(first, [...(bySegment.get(first) ?? []), entry])
    }
    const restNode = rest && this.#planRest(rest, { ...context, path: [...context.path, '*'], isOpen: true })
    if (restNode !== undefined) branch.rest = restNode
    return branch
  }

  #planMember(schema: $ZodType, members: CombinedBranch['members'][number][], context: Context): void {
    if (peel(schema).annotations.parameter !== undefined) {
      this.#refuse(context.path, 'parameter() is inside a union or intersection', 'put it around the whole')
    }
    const node = this.#plan(schema, context)
    if (node?.kind === 'branch') members.push({ branch: node, schema })
  }

  #planRest(schema: $ZodType, context: Context): PlanNode | undefined {
    const { secret, parameter } = peel(schema).annotations
    if (secret === undefined && parameter === undefined) return this.#plan(schema, context)
    return this.#refuseFixed(secret === undefined ? 'parameter()' : 'secret()', context.path)
  }

  #planEntry(key: string, schema: $ZodType, isPartial: boolean, context: Context): Entry | undefined {
    if (isForbiddenSegment(key)) {
      return this.#refuse(context.path, 'this key would reach into a prototype', 'choose another key', 'INVALID_NAME')
    }
    const { type } = peel(schema).def
    if (type === 'undefined' || type === 'void' || (type === 'never' && !mayBeAbsent(schema))) {
      const remedy = 'remove it from the schema; z.never().optional() rejects a stored key'
      return this.#refuse(context.path, `no stored text can become ${type}`, remedy)
    }
    const node = this.#plan(schema, context)
    const address = node && this.#addressOf(key, schema, node, context)
    return node && address && { key, address, node, mayBeAbsent: isPartial || mayBeAbsent(schema) }
  }

  #addressOf(key: string, schema: $ZodType, node: PlanNode, context: Context): Address | undefined {
    const { secret, parameter } = peel(schema).annotations
    if (secret !== undefined) {
      const id = parseSecretId(secret.id)
      if (context.isOpen || id === undefined) return this.#refuseFixed('secret()', context.path)
      return { kind: 'secret', secret: { ...id, binary: secret.binary } }
    }
    if (parameter !== undefined) return this.#namedAddress(parameter, node, context)
    const segment: unknown = spell(key, this.#naming)
    if (typeof segment !== 'string') {
      const isPromise = isThenable(segment)
      if (isPromise) ignoreRejection(segment)
      const detail = `naming returned ${isPromise ? 'a promise' : typeof segment} and not a string`
      return this.#refuse(context.path, detail, 'let naming return the segment for the key', 'INVALID_NAME')
    }
    if (isSegment(segment) && !isForbiddenSegment(segment)) {
      return { kind: 'below', segments: [segment], isExplicit: false }
    }
    const detail = `${JSON.stringify(segment)} cannot be a segment of a parameter name`
    const remedy = 'segments hold letters, digits, dots, dashes and underscores: name it with parameter(name, schema)'
    return this.#refuse(context.path, detail, remedy, 'INVALID_NAME')
  }

  #namedAddress(text: string, node: PlanNode, { path, isOpen }: Context): Address | undefined {
    const reason = whyNotAName(text, node.kind)
    if (reason !== undefined) {
      return this.#refuse(path, reason, `correct parameter(${JSON.stringify(text)}, …)`, 'INVALID_NAME')
    }
    const { name, selector } = splitSelector(text)
    const isAbsolute = name.startsWith('/') || isArn(name)
    if (!isAbsolute && selector === undefined) return { kind: 'below', segments: segmentsOf(name), isExplicit: true }
    if (isOpen) return this.#refuseFixed('parameter()', path)
    if (!isAbsolute) return { kind: 'selected', segments: segmentsOf(name), selector: selector ?? '' }
    return node.kind === 'branch'
      ? { kind: 'mount', path: name.replace(/(?!^)\/$/, '') }
      : { kind: 'absolute', name: text }
  }

  #refuseFixed(helper: string, path: KeyPath): undefined {
    const detail = `${helper} names one fixed place, but the schema does not name the keys here`
    return this.#refuse(path, detail, 'use it outside of records and catch-alls, or give parameter() a relative name')
  }

  #refuse(path: KeyPath, detail: string, remedy: string, code: Problem['code'] = 'UNSUPPORTED_SCHEMA'): undefined {
    return this.#add(path, { code, detail, remedy })
  }

  // A schema that is used in several places is planned several times.
  #add(path: KeyPath, problem: Problem): undefined {
    const key = formatKey(path)
    const isKnown = this.problems.some((known) => known.key === key && known.detail === problem.detail)
    if (!isKnown) this.problems.push({ ...problem, key })
  }
}

/** Whether a schema combines a leaf with a branch. */
function isMixed({ def, annotations }: Peeled): boolean {
  if (annotations.json || annotations.secret) return false
  if (def.type === 'union') return def.options.some(isBranch)
  return def.type === 'intersection' && (isBranch(def.left) || isBranch(def.right))
}

function fieldsOf(def: SchemaDef): Fields {
  if (def.type === 'object') return { fields: Object.entries(def.shape), rest: def.catchall }
  if (def.type !== 'record') return { fields: [] }
  const areMoved = movesKeys(def.keyType)
  // Only a record with a fixed set of keys has values for its keys.
  const { values } = def.keyType._zod
  if (values === undefined) return { fields: [], rest: def.valueType, areMoved }
  const fields = [...values].map((key) => [String(key), def.valueType] as const)
  return { fields, areMoved, isPartial: 'partial' in def && def.partial === true }
}
