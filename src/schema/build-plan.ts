import type { $ZodType } from 'zod/v4/core'
import type { Problem } from '../errors.ts'
import { whyNotASchema } from './annotations.ts'
import { isArn } from './arn.ts'
import { findNonSchema, makesSensitive } from './inside-leaf.ts'
import { closedKeys, isBranch, isNeutral, mayBeAbsent, movesKeys, type Peeled, peel } from './introspect.ts'
import { formatKey, type KeyPath } from './key-path.ts'
import { isForbiddenSegment, isSegment, type Naming, segmentsOf, spell, splitSelector, whyNotAName } from './names.ts'
import { ignoreRejection, isThenable } from './plain-result.ts'
import type { Address, Branch, Entry, ObjectBranch, Plan, PlanNode } from './plan.ts'
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
    const nonSchema = findNonSchema(schema)
    if (nonSchema !== undefined) {
      return this.#refuse(
        nonSchema.path,
        whyNotASchema(nonSchema.found),
        'create it with the same zod 4 as the other schemas',
      )
    }
    const { annotations } = peel(schema)
    if (!isBranch(schema) || annotations.parameter !== undefined) {
      const detail = 'the root of the schema must be an object or a record, with one parameter for each key'
      this.#refuse([], detail, 'put a z.object() around it')
      return undefined
    }
    const node = this.#plan(schema, { path: [], isSensitive: false, isOpen: false })
    return node?.kind === 'branch' ? node : undefined
  }

  #plan(schema: $ZodType, outer: Context): PlanNode | undefined {
    const peeled = peel(schema)
    const isSensitive = outer.isSensitive || peeled.annotations.sensitive === true || makesSensitive(schema)
    const context = { ...outer, isSensitive }
    if (isBranch(schema)) return this.#planBranch(peeled, context)
    if (this.#isMixed(peeled)) {
      const detail = 'the stored names do not show whether this is a single parameter or an object of parameters'
      return this.#refuse(context.path, detail, 'put json() around the whole to store it as one parameter')
    }
    const leaf = planLeaf(schema, context.isSensitive)
    if ('kind' in leaf) return leaf
    return this.#add([...context.path, ...(leaf.path ?? [])], leaf.problem)
  }

  #isMixed({ def, annotations }: Peeled): boolean {
    if (annotations.json || annotations.secret) return false
    if (def.type === 'union') return def.options.some(isBranch)
    return def.type === 'intersection' && (isBranch(def.left) || isBranch(def.right))
  }

  #planBranch(peeled: Peeled, context: Context): Branch {
    this.hasChecks ||= peeled.isChecked
    const variants = this.#branches.get(peeled.schema) ?? new Map<string, Branch>()
    this.#branches.set(peeled.schema, variants)
    const variant = JSON.stringify([context.isSensitive, context.isOpen, peeled.isOpaque, peeled.seesAll])
    const known = variants.get(variant)
    if (known !== undefined) return known
    const remember = (branch: Branch) => variants.set(variant, branch)
    const { type } = peeled.def
    return type === 'union' || type === 'intersection'
      ? this.#planCombined(peeled, context, remember)
      : this.#planObject(peeled, context, remember)
  }

  #planCombined({ def, isOpaque, seesAll }: Peeled, context: Context, remember: (branch: Branch) => void): Branch {
    const members: { branch: Branch; schema: $ZodType }[] = []
    const discriminator =
      'discriminator' in def && typeof def.discriminator === 'string' ? def.discriminator : undefined
    const branch: Branch = {
      kind: 'branch',
      mode: def.type === 'intersection' ? 'intersection' : 'union',
      members,
      isOpaque,
      seesAll,
      isSensitive: context.isSensitive,
      ...(discriminator !== undefined && { discriminator }),
    }
    remember(branch)
    for (const schema of combinedSchemas(def)) {
      const { annotations } = peel(schema)
      if (annotations.parameter !== undefined) {
        this.#refuse(context.path, 'parameter() is inside a union or intersection', 'put it around the whole')
      }
      const node = this.#plan(schema, context)
      if (node?.kind === 'branch') members.push({ branch: node, schema })
    }
    return branch
  }

  #planObject(peeled: Peeled, context: Context, remember: (branch: Branch) => void): Branch {
    const { fields, rest, areMoved, isPartial } = this.#fieldsOf(peeled)
    const entries = new Map<string, Entry>()
    const bySegment = new Map<string, Entry[]>()
    const isOpaque = peeled.isOpaque || areMoved === true
    const isOneLevel = rest !== undefined && holdsSingleValues(rest)
    const branch: ObjectBranch & { rest?: PlanNode } = {
      kind: 'branch',
      entries,
      bySegment,
      isOneLevel,
      isOpaque,
      seesAll: peeled.seesAll,
      isSensitive: context.isSensitive,
    }
    remember(branch)
    for (const [key, schema] of fields) {
      const entry = this.#planEntry(key, schema, isPartial === true, { ...context, path: [...context.path, key] })
      if (entry === undefined) continue
      entries.set(key, entry)
      const first = entry.address.kind === 'below' ? entry.address.segments[0] : undefined
      if (first !== undefined) bySegment.set(first, [...(bySegment.get(first) ?? []), entry])
    }
    const restNode = rest === undefined ? undefined : this.#planRest(rest, { ...context, path: [...context.path, '*'] })
    if (restNode !== undefined) branch.rest = restNode
    return branch
  }

  #planRest(schema: $ZodType, context: Context): PlanNode | undefined {
    const { secret, parameter } = peel(schema).annotations
    if (secret !== undefined) return this.#refuseFixed('secret()', context.path)
    if (parameter !== undefined) return this.#refuseFixed('parameter()', context.path)
    return this.#plan(schema, { ...context, isOpen: true })
  }

  #fieldsOf({ def }: Peeled): Fields {
    if (def.type === 'object') return { fields: Object.entries(def.shape), rest: def.catchall }
    if (def.type !== 'record') return { fields: [] }
    const keys = closedKeys(def.keyType)
    const areMoved = movesKeys(def.keyType)
    if (keys === undefined) return { fields: [], rest: def.valueType, areMoved }
    const isPartial = 'partial' in def && def.partial === true
    return { fields: keys.map((key) => [key, def.valueType] as const), isPartial, areMoved }
  }

  #planEntry(key: string, schema: $ZodType, isPartial: boolean, context: Context): Entry | undefined {
    if (isForbiddenSegment(key)) {
      const detail = 'this key would reach into a prototype'
      return this.#add(context.path, { code: 'INVALID_NAME', detail, remedy: 'choose another key' })
    }
    const { type } = peel(schema).def
    if (type === 'undefined' || type === 'void' || (type === 'never' && !mayBeAbsent(schema))) {
      const remedy = 'remove it from the schema; z.never().optional() rejects a stored key'
      return this.#refuse(context.path, `no stored text can become ${type}`, remedy)
    }
    const node = this.#plan(schema, context)
    const address = node === undefined ? undefined : this.#addressOf(key, schema, node, context)
    if (node === undefined || address === undefined) return undefined
    return { key, address, node, mayBeAbsent: isPartial || mayBeAbsent(schema) }
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
    if (isSegment(segment) && !isForbiddenSegment(segment)) {
      return { kind: 'below', segments: [segment], isExplicit: false }
    }
    if (typeof segment !== 'string') return this.#refuseNaming(segment, context.path)
    const detail = `${JSON.stringify(segment)} cannot be a segment of a parameter name`
    const remedy = 'segments hold letters, digits, dots, dashes and underscores: name it with parameter(name, schema)'
    return this.#add(context.path, { code: 'INVALID_NAME', detail, remedy })
  }

  #refuseNaming(returned: unknown, path: KeyPath): undefined {
    const isPromise = isThenable(returned)
    if (isPromise) ignoreRejection(returned)
    const detail = `naming returned ${isPromise ? 'a promise' : typeof returned} and not a string`
    return this.#add(path, { code: 'INVALID_NAME', detail, remedy: 'let naming return the segment for the key' })
  }

  #namedAddress(text: string, node: PlanNode, context: Context): Address | undefined {
    const reason = whyNotAName(text, node.kind)
    if (reason !== undefined) {
      const remedy = `correct parameter(${JSON.stringify(text)}, …)`
      return this.#add(context.path, { code: 'INVALID_NAME', detail: reason, remedy })
    }
    const { name, selector } = splitSelector(text)
    const isAbsolute = name.startsWith('/') || isArn(name)
    if (!isAbsolute && selector === undefined) return { kind: 'below', segments: segmentsOf(name), isExplicit: true }
    if (context.isOpen) return this.#refuseFixed('parameter()', context.path)
    if (!isAbsolute) return { kind: 'selected', segments: segmentsOf(name), selector: selector ?? '' }
    return node.kind === 'branch'
      ? { kind: 'mount', path: name.replace(/(?!^)\/$/, '') }
      : { kind: 'absolute', name: text }
  }

  #refuseFixed(helper: string, path: KeyPath): undefined {
    const detail = `${helper} names one fixed place, but the schema does not name the keys here`
    return this.#refuse(path, detail, 'use it outside of records and catch-alls, or give parameter() a relative name')
  }

  #refuse(path: KeyPath, detail: string, remedy: string): undefined {
    return this.#add(path, { code: 'UNSUPPORTED_SCHEMA', detail, remedy })
  }

  // A schema that is used in several places is planned several times.
  #add(path: KeyPath, problem: Problem): undefined {
    const key = formatKey(path)
    const isKnown = this.problems.some((known) => known.key === key && known.detail === problem.detail)
    if (!isKnown) this.problems.push({ ...problem, key })
  }
}

// A strict object rejects unknown keys at every depth.
function holdsSingleValues(rest: $ZodType): boolean {
  return !isBranch(rest) && peel(rest).def.type !== 'never'
}

function combinedSchemas(def: Peeled['def']): readonly $ZodType[] {
  if (def.type === 'intersection') return [def.left, def.right]
  return def.type === 'union' ? def.options.filter((option) => !isNeutral(option)) : []
}
