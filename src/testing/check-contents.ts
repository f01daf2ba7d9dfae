import { checkArguments, checkName, someObject } from '../messages/check-arguments.ts'
import { nearest } from '../messages/nearest.ts'
import { formatKey } from '../schema/key-path.ts'
import { joinName } from '../schema/naming.ts'
import { splitSelector } from '../schema/parameter-name.ts'
import { type Plan, type PlanNode, stepInto } from '../schema/plan.ts'

/** What contents are checked against. */
export interface ContentsRules {
  readonly plan: Plan
  /** The path under which values are put. */
  readonly path: string
  /** Secrets that are stored. */
  readonly storedSecrets: ReadonlySet<string>
}

const checks = { values: someObject, parameters: someObject, secrets: someObject }

/** @throws TypeError that names what would be stored and never read. */
export function checkContents(
  contents: {
    readonly values?: unknown
    readonly parameters?: Readonly<Record<string, unknown>>
    readonly secrets?: Readonly<Record<string, unknown>>
  },
  rules: ContentsRules,
): void {
  checkArguments(caller, contents, checks)
  const { values, parameters = {}, secrets = {} } = contents
  checkKeys([rules.plan.root], values, [])
  for (const name of Object.keys(parameters)) checkParameter(name, rules)
  const planned = rules.plan.leaves.flatMap(({ address }) => (address.kind === 'secret' ? address.secret.id : []))
  for (const id of Object.keys(secrets)) {
    // Any other may be what a stored reference names.
    const meant = planned.includes(id) ? undefined : nearest(id, planned)
    const isMissing = meant !== undefined && !(meant in secrets) && !rules.storedSecrets.has(meant)
    if (isMissing) throw new TypeError(`${caller}: the schema has no secret ${id}: did you mean ${meant}?`)
  }
}

const caller = 'createTestConfig()'

function checkKeys(nodes: readonly PlanNode[], value: unknown, path: readonly string[]): void {
  if (value === undefined || nodes.some(({ kind }) => kind === 'leaf')) return
  const placeOf = (...keys: readonly string[]) => formatKey(['values', ...path, ...keys])
  if (typeof value !== 'object' || value === null) {
    throw new TypeError(`${caller}: ${placeOf()} must be an object: the schema has one there`)
  }
  for (const [key, child] of Object.entries(value)) {
    const next = nodes.flatMap((node) => stepInto(node, key))
    if (next.length === 0) {
      const known = nodes.flatMap(keysOf).map((other) => placeOf(other))
      checkName(caller, 'key', placeOf(key), known)
    }
    checkKeys(next, child, [...path, key])
  }
}

function keysOf(node: PlanNode): string[] {
  if (node.kind === 'leaf') return []
  return 'members' in node ? node.members.flatMap(({ branch }) => keysOf(branch)) : [...node.entries.keys()]
}

function checkParameter(name: string, { plan, path }: ContentsRules): void {
  if (/^(\/|arn:)/.test(name)) return
  const isNamed = ({ address }: Plan['leaves'][number]) =>
    address.kind === 'absolute' && splitSelector(address.name).name === name
  if (plan.leaves.some(isNamed)) return
  throw new TypeError(`${caller}: parameters have full names: did you mean ${joinName(path, name.split('/'))}?`)
}
