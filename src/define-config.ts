import type { $ZodType, output } from 'zod/v4/core'
import { checkOptions, isNaming, isTree } from './check-options.ts'
import { DefinitionError, type Problem } from './errors.ts'
import type { CandidateSpec } from './flights/candidate.ts'
import type { ConfigOptions } from './options.ts'
import { formatKey } from './schema/key-path.ts'
import { makePlan } from './schema/make-plan.ts'
import { isSchema } from './schema/marks.ts'
import { placeOverrides } from './schema/overrides.ts'
import { whyNeverStored } from './schema/parameter-name.ts'
import type { Plan } from './schema/plan.ts'
import { candidateNames, type Layers, planRequest } from './schema/read-request.ts'

/** Checked options, with the plan that follows from them. Frozen; making one does nothing. */
export interface ConfigDefinition<Schema extends $ZodType = $ZodType> {
  /** What it was made of, as it was given. */
  readonly options: Readonly<ConfigOptions<Schema>>
}

/** The type of the configuration that a definition describes. */
export type InferConfig<Definition extends ConfigDefinition> = output<Definition['options']['schema']>

/** What a definition is for the parts that read it. */
export type CheckedDefinition = Omit<CandidateSpec, 'schema'>

/**
 * Checks options and schema, once: what is wrong with them is an error here and not in production.
 *
 * @throws DefinitionError with every problem, if there is one.
 */
export function defineConfig<const Schema extends $ZodType>(options: ConfigOptions<Schema>): ConfigDefinition<Schema> {
  return define(options, defineConfig)
}

/** A function that was called with options. */
export type Caller = (options: never) => unknown

function define<const Schema extends $ZodType>(
  options: ConfigOptions<Schema>,
  caller: Caller,
): ConfigDefinition<Schema> {
  const problems = checkOptions(options)
  const checked = isSchema(options?.schema) ? checkSchema(options, problems) : undefined
  if (checked === undefined || problems.length > 0) {
    const error = new DefinitionError(problems)
    // Node prints the line of the first frame: it is the caller's, and not a minified one of ours.
    Error.captureStackTrace(error, caller)
    throw error
  }
  return Object.freeze(new Definition(options, checked))
}

/** The definition itself, or one made of plain options. */
export function toDefinition<Schema extends $ZodType>(
  from: ConfigDefinition<Schema> | ConfigOptions<Schema>,
  caller: Caller = toDefinition,
): ConfigDefinition<Schema> {
  return from instanceof Definition ? from : define('options' in from ? from.options : from, caller)
}

/** What `defineConfig` found out. */
export function checkedDefinition(definition: ConfigDefinition): CheckedDefinition {
  if (!(definition instanceof Definition)) throw new TypeError('a definition is made by defineConfig()')
  return definition.checked
}

class Definition<Schema extends $ZodType> implements ConfigDefinition<Schema> {
  readonly options: Readonly<ConfigOptions<Schema>>
  readonly #checked: CheckedDefinition

  constructor(options: ConfigOptions<Schema>, checked: CheckedDefinition) {
    this.options = Object.freeze({ ...options })
    this.#checked = checked
  }

  get checked(): CheckedDefinition {
    return this.#checked
  }
}

function checkSchema(options: ConfigOptions, problems: Problem[]): CheckedDefinition | undefined {
  const naming = isNaming(options.naming) ? options.naming : 'exact'
  const made = makePlan(options.schema, naming)
  if ('problems' in made) {
    problems.push(...made.problems)
    return undefined
  }
  const { plan } = made
  const layers = layersOf(options)
  const planned = planRequest(plan, layers)
  problems.push(...checkReach(options, plan), ...checkNames(plan, layers, problems))
  const { overrides } = options
  if (!isTree(overrides)) return { plan, layers, planned, overrides: [] }
  const placed = placeOverrides(plan, overrides)
  problems.push(...placed.problems)
  return { plan, layers, planned, overrides: placed.values }
}

// Whether what the schema wants can be read by what the options say.
function checkReach({ path, strategy }: ConfigOptions, plan: Plan): Problem[] {
  const problems: Problem[] = []
  const isPathless = path === undefined || (Array.isArray(path) && path.length === 0)
  if (isPathless && needsPath(plan)) {
    const detail = 'keys of the schema live below a path, and none is given'
    const remedy = 'add path: the path that the parameters live under, such as /shop/prod'
    problems.push({ code: 'INVALID_PATH', key: 'path', detail, remedy })
  }
  const [open] = plan.open
  if (strategy === 'by-name' && open !== undefined) {
    const detail = `only the store knows the names below ${formatKey(open.path)}, so they cannot be read by name`
    const remedy = "leave strategy out, set it to 'by-path', or name every key in the schema"
    problems.push({ code: 'INVALID_OPTION', key: 'strategy', detail, remedy })
  }
  return problems
}

// A name that is possible in one of several layers is enough.
function checkNames({ leaves }: Plan, layers: Layers, known: readonly Problem[]): Problem[] {
  if (known.some(({ code }) => code === 'INVALID_PATH')) return []
  return leaves.flatMap((leaf) => {
    const reasons = candidateNames(leaf, layers).map(whyNeverStored)
    const [reason] = reasons
    if (reason === undefined || reasons.includes(undefined)) return []
    const remedy = 'shorten the path or the key, or name it with parameter(name, schema)'
    return [{ code: 'INVALID_NAME' as const, key: formatKey(leaf.path), detail: reason, remedy }]
  })
}

function needsPath({ leaves, open }: Plan): boolean {
  const isBelow = leaves.some(
    ({ mount, address }) => mount === undefined && ['below', 'selected'].includes(address.kind),
  )
  return isBelow || open.some(({ mount }) => mount === undefined)
}

function layersOf({ path, label }: ConfigOptions): Layers {
  const paths = pathsOf(path).map((text) => (text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text))
  return { paths, ...(label !== undefined && { label }) }
}

function pathsOf(path: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(path) ? path : path === undefined ? [] : [path]
  return list.filter((item) => typeof item === 'string')
}
