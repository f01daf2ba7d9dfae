import { type LayerValue, mergeLayers, type StoredKey, type StoredVersion } from '../decode/merge-layers.ts'
import type { Problem } from '../errors.ts'
import { formatKey, type KeyPath, keyOf } from '../schema/key-path.ts'
import type { PlannedLeaf } from '../schema/plan.ts'
import { candidateNames } from '../schema/read-request.ts'
import { describeSecret } from '../schema/secret-id.ts'
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
  const { plan, layers, planned, overrides } = found.spec
  const stored =
    found.reading === undefined ? new Map<string, StoredKey>() : mergeLayers(planned, found.reading, overrides).stored
  // The snapshot knows the versions of secrets that stored references name.
  const published = new Map(found.snapshot?.keys.map((entry) => [entry.key, entry]))
  const statusOf = statusesOf(found)
  const facts = (path: KeyPath, leaf: PlannedLeaf | undefined, own: StoredKey | undefined): KeyFacts => {
    const key = formatKey(path)
    const version = published.get(key) ?? (own && withoutValue(own.winner))
    const names = leaf === undefined ? [] : namesOf(leaf, found)
    const isSecret = leaf?.address.kind === 'secret' || leaf?.node.isSensitive === true
    return {
      key,
      status: statusOf(key, [...(version === undefined ? [] : [version.parameter]), ...names], version !== undefined),
      ...(version !== undefined && { stored: version }),
      overridden: own?.overridden.map(withoutValue) ?? [],
      names,
      isSensitive: own?.isSensitive ?? isSecret,
    }
  }
  const ids = new Set(plan.leaves.map(({ id }) => id))
  const named = plan.leaves.map((leaf) => facts(leaf.path, leaf, stored.get(leaf.id)))
  const open = [...stored.values()].filter(({ path }) => !ids.has(keyOf(path)))
  return [...named, ...open.map((own) => facts(own.path, undefined, own)).sort(byKey)]

  function namesOf(leaf: PlannedLeaf, _: Survey): string[] {
    const { address } = leaf
    return address.kind === 'secret' ? [describeSecret(address.secret)] : candidateNames(leaf, layers)
  }
}

type StatusOf = (key: string, names: readonly string[], isStored: boolean) => KeyFacts['status']

function statusesOf(found: Survey): StatusOf {
  const byKey = new Map<string, Problem>()
  const byName = new Map<string, Problem>()
  // Problems of a path, or of everything.
  const wide: Problem[] = []
  const paths = new Set(found.spec.planned.hierarchies.map(({ path }) => path))
  for (const problem of problemsOf(found)) {
    const { key, parameter } = problem
    if (key !== undefined) byKey.set(key, problem)
    else if (parameter === undefined || paths.has(parameter)) wide.push(problem)
    if (parameter !== undefined && !paths.has(parameter)) byName.set(parameter, problem)
  }
  const inner = [...byKey.keys()].sort()
  return (key, names, isStored) => {
    const own =
      byKey.get(key) ?? byKey.get(firstBelow(inner, key) ?? '') ?? names.map((name) => byName.get(name)).find(isDefined)
    if (own !== undefined) return kindOf(own)
    const isWide = wide.some(({ code, parameter }) => {
      if (isMissing(code)) return false
      return parameter === undefined || names.some((name) => name.startsWith(parameter === '/' ? '/' : `${parameter}/`))
    })
    if (isStored) return 'ok'
    return isWide ? 'unreadable' : 'absent'
  }
}

/** A problem deeper in the value of a key, such as `db.credentials.password` in `db.credentials`. */
function firstBelow(sorted: readonly string[], key: string): string | undefined {
  return sorted.find((other) => other.startsWith(`${key}.`) || other.startsWith(`${key}[`))
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

function withoutValue({ value: _, ...version }: LayerValue): StoredVersion {
  return version
}

function byKey(left: KeyFacts, right: KeyFacts): number {
  return left.key < right.key ? -1 : left.key > right.key ? 1 : 0
}

function isDefined<Value>(value: Value | undefined): value is Value {
  return value !== undefined
}
