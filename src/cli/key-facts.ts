import type { Problem } from '../errors.ts'
import type { StoredVersion } from '../index.ts'
import type { InspectedKey, StoredValues } from '../tools/inspect-definition.ts'
import { isBelow } from '../tools/names.ts'
import { problemsOf, type Survey } from './survey.ts'

/** What is known of one key. Holds no value. */
export interface KeyFacts {
  readonly key: string
  /** `absent`: nothing is stored, and the schema allows that. */
  readonly status: 'ok' | 'absent' | 'missing' | 'unreadable' | 'invalid'
  /** The stored version in use. */
  readonly stored?: StoredVersion
  /** The versions in earlier layers, the nearest layer first. */
  readonly overridden: readonly StoredVersion[]
  /** The names that are read for it. The first stored one wins. */
  readonly names: readonly string[]
  readonly isSensitive: boolean
}

/** The facts of every key: first those of the schema, in its order, then those that only the store knows. */
export function keyFactsOf(found: Survey): readonly KeyFacts[] {
  const { definition, reading, snapshot } = found
  const stored = reading === undefined ? new Map<string, StoredValues>() : definition.merge(reading)
  // The snapshot knows the versions of secrets that stored references name.
  const published = new Map(
    snapshot?.keys.map(({ key, isSensitive: _, overridden: __, ...version }) => [key, version] as const),
  )
  const statusOf = statusesOf(found)
  const facts = (key: string, { names, isSensitive }: Pick<InspectedKey, 'names' | 'isSensitive'>): KeyFacts => {
    const own = stored.get(key)
    const version = published.get(key) ?? (own && withoutValue(own.winner))
    return {
      key,
      status: statusOf(key, [...(version === undefined ? [] : [version.parameter]), ...names], version !== undefined),
      ...(version !== undefined && { stored: version }),
      overridden: own?.overridden.map(withoutValue) ?? [],
      names,
      isSensitive: own?.isSensitive ?? isSensitive,
    }
  }
  const named = new Set(definition.keys.map(({ key }) => key))
  const open = [...stored.keys()].filter((key) => !named.has(key)).sort()
  return [
    ...definition.keys.map((own) => facts(own.key, own)),
    ...open.map((key) => facts(key, { names: [], isSensitive: false })),
  ]
}

type StatusOf = (key: string, names: readonly string[], isStored: boolean) => KeyFacts['status']

function statusesOf(found: Survey): StatusOf {
  const byKey = new Map<string, Problem>()
  const byName = new Map<string, Problem>()
  // Problems of a path, or of everything.
  const wide: Problem[] = []
  const paths = new Set(found.definition.request.hierarchies.map(({ path }) => path))
  for (const problem of problemsOf(found)) {
    const { key, parameter } = problem
    if (key !== undefined) byKey.set(key, problem)
    else if (parameter === undefined || paths.has(parameter)) wide.push(problem)
    if (parameter !== undefined && !paths.has(parameter)) byName.set(parameter, problem)
  }
  // A problem may be deeper in the value of a key, such as `db.credentials.password` in `db.credentials`.
  const inner = [...byKey.keys()].sort()
  return (key, names, isStored) => {
    const own =
      byKey.get(key) ??
      byKey.get(inner.find((other) => isWithin(other, key)) ?? '') ??
      names.map((name) => byName.get(name)).find(isDefined)
    // A part of a stored value is missing, such as a key of its JSON.
    if (own !== undefined) return isStored && isMissing(own.code) ? 'invalid' : kindOf(own)
    const isWide = wide.some(({ code, parameter }) => {
      if (isMissing(code)) return false
      return parameter === undefined || names.some((name) => isBelow(name, parameter))
    })
    if (isStored) return 'ok'
    return isWide ? 'unreadable' : 'absent'
  }
}

/** Whether a key is another one, or lies in its value or below its branch. */
export function isWithin(key: string, other: string): boolean {
  return key === other || key.startsWith(`${other}.`) || key.startsWith(`${other}[`)
}

/** The type of a version, with its data type unless that is text. */
export function describeType({ type, dataType = 'text' }: StoredVersion): string {
  return dataType === 'text' ? type : `${type} ${dataType}`
}

function kindOf({ code }: Problem): KeyFacts['status'] {
  if (isMissing(code)) return 'missing'
  return invalidCodes.some((known) => known === code) ? 'invalid' : 'unreadable'
}

function isMissing(code: Problem['code']): boolean {
  return code.startsWith('MISSING_') || code === 'EMPTY_PATH'
}

const invalidCodes: readonly Problem['code'][] = [
  'INVALID_VALUE',
  'INVALID_JSON',
  'NAME_CONFLICT',
  'FORBIDDEN_SEGMENT',
  'SHRUNK',
  'SCHEMA_THREW',
  'VALIDATE_FAILED',
  'PREPARE_FAILED',
  'RESOURCE_FAILED',
]

function withoutValue({ value: _, ...version }: StoredValues['winner']): StoredVersion {
  return version
}

function isDefined<Value>(value: Value | undefined): value is Value {
  return value !== undefined
}
