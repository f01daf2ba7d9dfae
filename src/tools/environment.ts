import { publishedBy } from '../config/config-handle.ts'
import { isEnvironment } from '../config/options.ts'
import { variableOf } from '../decode/overrides.ts'
import type { ConfigOptions, LiveConfig } from '../index.ts'
import type { InspectedDefinition } from './inspect-definition.ts'
import { valueAt } from './value-at.ts'

/** A configuration as environment variables, in the form that `fromEnv(prefix)` reads. */
export interface ConfigEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** The variables that cannot be set, for binary secrets and texts with a null character. */
  readonly omitted: readonly string[]
}

/**
 * Writes a configuration as environment variables: the stored text of each key, and the defaults of the schema that are
 * texts, numbers or booleans.
 */
export function environmentOf(
  config: LiveConfig<unknown>,
  { keys }: InspectedDefinition,
  prefix: string,
): ConfigEnvironment {
  const { stored, snapshot } = publishedBy(config)
  const variables: Record<string, string> = {}
  const omitted: string[] = []
  for (const { path } of keys) {
    const text = textOf(valueAt(snapshot.value, path))
    if (text !== undefined && isSettable(text)) variables[variableOf(prefix, path)] = text
  }
  for (const { path, winner } of stored.values()) {
    const name = variableOf(prefix, path)
    if (typeof winner.value === 'string' && isSettable(winner.value)) variables[name] = winner.value
    else omitted.push(name)
  }
  return { variables, omitted }
}

/** The prefix of the environment variables that a definition reads with `fromEnv(prefix)`, or none. */
export function prefixOf({ overrides }: ConfigOptions): string {
  return isEnvironment(overrides) ? overrides.environmentPrefix : ''
}

// Node would quote the text in its error.
function isSettable(text: string): boolean {
  return !text.includes('\0')
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return ['number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : undefined
}
