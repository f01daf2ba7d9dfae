import type { ValidationInput } from '../decode/validate.ts'
import { Spellings } from '../messages/spellings.ts'
import { joinName, type NamingRule, namingRules, spell } from '../schema/names.ts'
import type { PlannedLeaf } from '../schema/plan.ts'
import { candidateNames } from '../schema/read-request.ts'

// Each missing name is compared with every unused name. If one name is misspelled, the others are likely to be similar.
const maxComparisons = 10

// Missing names times unused names: this many comparisons take about 20 ms.
const maxPairs = 100_000

/** The remedy for a missing parameter: `remedy`, unless a stored name is similar. */
export type Suggest = (planned: PlannedLeaf, remedy: string) => string

/** Suggests the stored name that a missing parameter probably has. */
export function suggester(input: ValidationInput): Suggest {
  const { layers, plan, unfollowed, obstacle } = input
  const unused = unusedNames(input)
  const compatible = new Map<NamingRule, boolean>()
  let unclaimed: Spellings | undefined
  let comparisons = 0
  let pairs = 0
  const wrap = (planned: PlannedLeaf) => {
    if (planned.address.kind !== 'below') return undefined
    const parents = candidateNames(planned, layers).flatMap(parentsOf)
    const found = parents.find((name) => unused.has(name))
    return found && `${found} is one parameter: put json() around the object`
  }
  // A list is one parameter, and its items are stored as parameters of their own.
  const join = (planned: PlannedLeaf) => {
    const name = candidateNames(planned, layers).find((candidate) => unused.has(`${candidate}/0`))
    const form = 'store the list as one parameter, a StringList or a JSON array'
    return name && `${name}/0 is a parameter of its own: ${form}`
  }
  // The naming rule must not lose the parameters that are found now.
  const isCompatible = (rule: NamingRule) => {
    const known = compatible.get(rule)
    if (known !== undefined) return known
    const isKept = plan.leaves.every((leaf) => {
      const { address, segments } = leaf
      if (address.kind !== 'below' || address.isExplicit || !unfollowed.stored.has(leaf.id)) return true
      return joinName('', spelled(leaf, rule)).endsWith(joinName('', segments))
    })
    compatible.set(rule, isKept)
    return isKept
  }
  const respell = (planned: PlannedLeaf) => {
    if (planned.address.kind !== 'below') return undefined
    const [found, ...others] = namingRules.flatMap((rule) => {
      const name = layers.paths.map((layer) => joinName(layer, spelled(planned, rule))).find((name) => unused.has(name))
      return name === undefined ? [] : [{ rule, name }]
    })
    if (found === undefined) return undefined
    const { rule, name } = found
    if (others.length === 0 && isCompatible(rule)) return `${name} is stored: naming: '${rule}' would find it`
    const parent = parentOf(name)
    const isBeside = candidateNames(planned, layers).some((candidate) => parentOf(candidate) === parent)
    return `${name} is stored: name it with parameter('${isBeside ? name.slice(parent.length + 1) : name}', …)`
  }
  const findUnclaimed = () => {
    const claimed = new Set(plan.leaves.flatMap((leaf) => candidateNames(leaf, layers).flatMap(parentsOf)))
    return new Spellings([...unused].filter((name) => !claimed.has(name)))
  }
  const nearest = (planned: PlannedLeaf) => {
    if (unused.size === 0 || comparisons++ >= maxComparisons) return undefined
    for (const name of candidateNames(planned, layers)) {
      pairs += unused.size
      if (pairs > maxPairs) return undefined
      unclaimed ??= findUnclaimed()
      const close = unclaimed.nearest(name)
      if (close !== undefined) return `${close} is stored: rename it, or name it with parameter() in the schema`
    }
    return undefined
  }
  return (planned, remedy) => {
    const close = wrap(planned) ?? join(planned) ?? respell(planned) ?? nearest(planned)
    return close ?? (obstacle === undefined ? remedy : `${remedy} (${obstacle})`)
  }
}

function unusedNames({ unfollowed, reading }: ValidationInput): Set<string> {
  const used = new Set<string>()
  for (const { winner, overridden } of unfollowed.stored.values()) {
    for (const { parameter } of [winner, ...overridden]) used.add(parameter)
  }
  const listed = reading.hierarchies.flatMap((hierarchy) => hierarchy.listed ?? [])
  return new Set(listed.filter((name) => !used.has(name)))
}

function spelled({ path }: PlannedLeaf, rule: NamingRule): string[] {
  return path.map((part) => spell(String(part), rule))
}

function parentOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'))
}

function parentsOf(name: string): string[] {
  const parent = parentOf(name)
  return parent === '' ? [] : [parent, ...parentsOf(parent)]
}
