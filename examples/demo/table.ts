import { inspect } from 'node:util'
import Table from 'cli-table3'
import type { ConfigExplanation, LiveConfig } from 'liveparam'

type SnapshotKey = ConfigExplanation['keys'][number]

/** Lists every value with its type and origin. Secrets show as `[redacted]`, as in the config. */
export function describe(config: LiveConfig<unknown>): string {
  const { keys, absent } = config.explain()
  const origins = new Map(keys.map((key) => [key.key, key]))
  const table = new Table({
    head: ['key', 'value', 'type', 'parameter', 'version', 'overrides'],
    style: { head: [], border: [], compact: true },
  })
  for (const [key, value] of leaves(config.current, '', origins)) {
    const origin = origins.get(key)
    const text = origin?.isSensitive === true ? '[redacted]' : inspect(value, { breakLength: Infinity })
    table.push([key, shorten(text, 30), typeName(value), ...describeOrigin(origin)])
  }
  for (const { key } of absent) if (!has(config.current, key)) table.push([key, '', 'absent', '', '', ''])
  return table.toString()
}

function describeOrigin(origin: SnapshotKey | undefined): string[] {
  if (origin === undefined) return ['(default)', '', '']
  const { parameter, version, overridden, reference } = origin
  const from = reference === undefined ? parameter : `${parameter}\n→ ${reference.secret}`
  return [from, shorten(reference?.version ?? version, 8), overridden.map(({ layer }) => layer).join(', ')]
}

// Descends to values that are one parameter, or have no parameter.
function* leaves(value: unknown, key: string, origins: ReadonlyMap<string, SnapshotKey>): Generator<[string, unknown]> {
  if (origins.has(key) || !isObject(value)) yield [key, value]
  else for (const [part, below] of Object.entries(value)) yield* leaves(below, join(key, part), origins)
}

function has(value: unknown, key: string): boolean {
  return key.split('.').reduce((at, part) => (isObject(at) ? at[part] : undefined), value) !== undefined
}

function join(key: string, part: string): string {
  if (!/^[\w$*-]+$/.test(part)) return `${key}[${JSON.stringify(part)}]`
  return key === '' ? part : `${key}.${part}`
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return `${value.length === 0 ? 'unknown' : typeName(value[0])}[]`
  return isObject(value) || typeof value !== 'object' ? typeof value : (value?.constructor.name ?? 'null')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
