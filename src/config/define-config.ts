import { inspect } from 'node:util'
import type { $ZodType, output } from 'zod/v4/core'
import { placeEnvironment, placeOverrides } from '../decode/overrides.ts'
import { DefinitionError, type Problem } from '../errors.ts'
import { platform } from '../platform/node.ts'
import type { CandidateSpec } from '../refresh/candidate.ts'
import { isSchema } from '../schema/annotations.ts'
import { buildPlan } from '../schema/build-plan.ts'
import { formatKey } from '../schema/key-path.ts'
import { whyNeverStored } from '../schema/names.ts'
import type { Plan } from '../schema/plan.ts'
import { candidateNames, type Layers, planRequest } from '../schema/read-request.ts'
import { redaction } from '../snapshot/freeze.ts'
import { checkOptions, isNaming, isTree, listOfPaths } from './check-options.ts'
import type { DeepReadonly } from './live-config.ts'
import { type ConfigOptions, isEnvironment, type Overrides } from './options.ts'

/**
 * Checked, frozen options. `{ ...definition, path: '/staging' }` makes new options, which `defineConfig`, `loadConfig`
 * and `createConfig` check again. A definition does nothing by itself.
 */
export interface ConfigDefinition<Schema extends $ZodType = $ZodType> extends ConfigOptions<Schema> {}

/** The type of `config.current` for a definition. */
export type InferConfig<Definition extends { readonly schema: $ZodType }> = DeepReadonly<output<Definition['schema']>>

/** The results of the checks, which a config is built from. */
export type CheckedDefinition = Omit<CandidateSpec, 'schema'>

/**
 * Checks the options and the schema, without I/O.
 *
 * @throws DefinitionError if the options or the schema are invalid. It lists every problem.
 */
export function defineConfig<const Schema extends $ZodType>(options: ConfigOptions<Schema>): ConfigDefinition<Schema> {
  return define(options, defineConfig)
}

/** The public function that the user called. */
export type Caller = (options: never) => unknown

/** Returns the definition with its plan. Checks options that are not a definition yet. */
export function toDefinition<Schema extends $ZodType>(
  options: ConfigOptions<Schema>,
  caller: Caller = toDefinition,
): CheckedOptions<Schema> {
  return options instanceof Definition ? options : define(options, caller)
}

/** A definition with the results of its checks. */
export type CheckedOptions<Schema extends $ZodType = $ZodType> = ConfigDefinition<Schema> & {
  readonly checked: CheckedDefinition
}

/** What candidates are made from, and warnings about the variables of `fromEnv()`. */
export function specOf({ schema, overrides, checked }: Pick<CheckedOptions, 'schema' | 'overrides' | 'checked'>): {
  readonly spec: CandidateSpec
  readonly warnings: readonly string[]
} {
  if (!isEnvironment(overrides)) return { spec: { schema, ...checked }, warnings: [] }
  const { environmentPrefix } = overrides
  const { values, unknown, empty } = placeEnvironment(checked.plan, environmentPrefix, platform.environment())
  const warnings = unknown.map(
    (name) => `environment variable ${name} matches no key of the schema: correct the name or unset the variable`,
  )
  if (empty.length > 0) {
    const subject =
      empty.length === 1 ? `environment variable ${empty[0]} is` : `environment variables ${empty.join(', ')} are`
    warnings.push(`${subject} empty and ignored: unset them, or pass an empty text in the option overrides`)
  }
  return { spec: { schema, ...checked, overrides: values }, warnings }
}

function define<Schema extends $ZodType>(options: ConfigOptions<Schema>, caller: Caller): CheckedOptions<Schema> {
  const problems = checkOptions(options)
  const checked = isSchema(options?.schema) ? checkSchema(options, problems) : undefined
  if (checked === undefined || problems.length > 0) {
    const error = new DefinitionError(problems)
    // Node prints the source line of the first frame, which should be the user's.
    Error.captureStackTrace(error, caller)
    throw error
  }
  const { overrides } = options
  const quiet = isTree(overrides) ? { overrides: quieten(overrides) } : {}
  return Object.freeze(Object.assign(new Definition(checked), options, quiet))
}

// The options are own properties. The plan is not, so that a spread does not copy it.
class Definition {
  readonly #checked: CheckedDefinition

  constructor(checked: CheckedDefinition) {
    this.#checked = checked
  }

  get checked(): CheckedDefinition {
    return this.#checked
  }

  /** Overrides can be secrets, and clients and functions are useless in a log. */
  toJSON(): object {
    const entries = Object.entries(this)
    return Object.fromEntries(entries.map(([key, value]) => [key, readable.includes(key) ? value : describe(value)]))
  }

  [inspect.custom](_depth: number, options: object): string {
    return `ConfigDefinition ${inspect(this.toJSON(), options)}`
  }
}

// Objects and functions that describe themselves.
const readable: readonly string[] = ['path', 'naming', 'startup', 'poll']

function describe(value: unknown): unknown {
  if (typeof value === 'function') return '[function]'
  if (typeof value !== 'object' || value === null) return value
  return value instanceof Quiet ? redactTexts(value) : `[${value.constructor?.name ?? 'object'}]`
}

// Loggers copy plain objects, and call these methods on others.
class Quiet {
  toJSON(): unknown {
    return redactTexts(this)
  }

  [inspect.custom](_depth: number, options: object): string {
    return inspect(redactTexts(this), options)
  }
}

/** Copies overrides so that logs do not show their texts, which can be secrets. A spread still copies the texts. */
function quieten(overrides: Overrides): Overrides {
  // A key `toJSON` replaces the method, so JSON must not see any key.
  const enumerable = !Object.hasOwn(overrides, 'toJSON')
  const keys = Object.getOwnPropertyNames(overrides)
  const texts = keys.map((key) => [key, { value: overrides[key], enumerable }] as const)
  return Object.freeze(Object.create(Quiet.prototype, Object.fromEntries(texts)))
}

function redactTexts(tree: unknown): unknown {
  if (typeof tree !== 'object' || tree === null) return redaction
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, redactTexts(value)]))
}

function checkSchema(options: ConfigOptions, problems: Problem[]): CheckedDefinition | undefined {
  const naming = isNaming(options.naming) ? options.naming : 'exact'
  const made = buildPlan(options.schema, naming)
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

function checkReach({ path, strategy }: ConfigOptions, { leaves, open }: Plan): Problem[] {
  const problems: Problem[] = []
  const needsPath =
    leaves.some(({ mount, address }) => mount === undefined && ['below', 'selected'].includes(address.kind)) ||
    open.some(({ mount }) => mount === undefined)
  if (needsPath && listOfPaths(path).length === 0) {
    const detail = 'the schema has keys below a path, and the option path is missing'
    const remedy = 'set path to the path of the parameters, such as /shop/prod'
    problems.push({ code: 'INVALID_PATH', key: 'path', detail, remedy })
  }
  const [first] = open
  if (strategy === 'by-name' && first !== undefined) {
    const detail = `the schema does not know the names below ${formatKey(first.path)}, so they cannot be read by name`
    const remedy = "remove strategy, set it to 'by-path', or name every key in the schema"
    problems.push({ code: 'INVALID_OPTION', key: 'strategy', detail, remedy })
  }
  return problems
}

// A name has to be possible in one of the layers only.
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

function layersOf({ path, label }: ConfigOptions): Layers {
  const texts = listOfPaths(path).filter((item) => typeof item === 'string')
  const paths = texts.map((text) => (text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text))
  return { paths, ...(label !== undefined && { label }) }
}
