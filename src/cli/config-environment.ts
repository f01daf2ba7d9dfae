import { variableOf } from '../decode/overrides.ts'
import type { KeyPath } from '../schema/key-path.ts'
import type { Plan } from '../schema/plan.ts'
import type { StoredKeys } from '../snapshot/diff.ts'
import { UsageError } from './command.ts'

/** A configuration as environment variables, in the form that `fromEnv(prefix)` reads. */
export interface ConfigEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** The variables that cannot be set, for binary secrets and texts with a null character. */
  readonly omitted: readonly string[]
}

/** What a config holds: the texts that are stored, and the values that its schema made of them. */
export interface Contents {
  readonly plan: Plan
  readonly stored: StoredKeys
  readonly value: unknown
}

/**
 * Writes a configuration as environment variables: the stored text of each key, and the defaults of the schema that are
 * texts, numbers or booleans.
 */
export function toEnvironment({ plan, stored, value }: Contents, prefix: string): ConfigEnvironment {
  const variables: Record<string, string> = {}
  const omitted: string[] = []
  for (const { path } of plan.leaves) {
    const text = textAt(value, path)
    if (text !== undefined && isSettable(text)) variables[variableOf(prefix, path)] = text
  }
  for (const { path, winner } of stored.values()) {
    const name = variableOf(prefix, path)
    if (typeof winner.value === 'string' && isSettable(winner.value)) variables[name] = winner.value
    else omitted.push(name)
  }
  return { variables, omitted }
}

/** @throws UsageError if a variable would replace another one of the environment, such as `PATH`. */
export function checkReplaced(
  { variables }: ConfigEnvironment,
  environment: Readonly<Record<string, string | undefined>>,
  command: string,
): void {
  const replaced = Object.keys(variables).filter((name) => {
    return environment[name] !== undefined && environment[name] !== variables[name]
  })
  if (replaced.length === 0) return
  const subject = replaced.length === 1 ? 'the environment variable' : 'environment variables that are set'
  throw new UsageError(
    `this would replace ${subject}: ${replaced.join(', ')}. Give the variables a prefix, or replace them with --overwrite`,
    `liveparam ${command} --prefix APP_ -- <command>`,
  )
}

// Node would quote the text in its error.
function isSettable(text: string): boolean {
  return !text.includes('\0')
}

function textAt(value: unknown, path: KeyPath): string | undefined {
  let found = value
  for (const key of path) found = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined
  if (typeof found === 'string') return found === '' ? undefined : found
  return ['number', 'bigint', 'boolean'].includes(typeof found) ? String(found) : undefined
}
