import type { ValidationInput } from '../decode/validate.ts'
import { joinName, type NamingRule, namingRules, spell } from '../schema/names.ts'
import type { PlannedLeaf } from '../schema/plan.ts'
import { candidateNames } from '../schema/read-request.ts'
import { Spellings } from './spellings.ts'

// Each missing name is compared with every unused name. If one name is misspelled, the others are likely to be similar.
const maxComparisons = 10

// Missing names times unused names: this many comparisons take about 20 ms.
const maxPairs = 100_000

/** Suggests the stored name that a missing parameter probably has. */
export class Suggester {
  readonly #input: ValidationInput
  readonly #unused: ReadonlySet<string>
  #unclaimed: Spellings | undefined
  readonly #compatible = new Map<NamingRule, boolean>()
  #comparisons = 0
  #pairs = 0

  constructor(input: ValidationInput) {
    this.#input = input
    this.#unused = unusedNames(input)
  }

  /** The remedy for a missing parameter: `remedy`, unless a stored name is similar. */
  suggest(planned: PlannedLeaf, remedy: string): string {
    const close = this.#wrap(planned) ?? this.#join(planned) ?? this.#respell(planned) ?? this.#nearest(planned)
    if (close !== undefined) return close
    const { obstacle } = this.#input
    return obstacle === undefined ? remedy : `${remedy} (${obstacle})`
  }

  #wrap(planned: PlannedLeaf): string | undefined {
    if (planned.address.kind !== 'below') return undefined
    const parents = candidateNames(planned, this.#input.layers).flatMap(parentsOf)
    const found = parents.find((name) => this.#unused.has(name))
    return found && `${found} is one parameter: put json() around the object`
  }

  // A list is one parameter, and its items are stored as parameters of their own.
  #join(planned: PlannedLeaf): string | undefined {
    const name = candidateNames(planned, this.#input.layers).find((candidate) => this.#unused.has(`${candidate}/0`))
    const form = 'store the list as one parameter, a StringList or a JSON array'
    return name && `${name}/0 is a parameter of its own: ${form}`
  }

  #respell(planned: PlannedLeaf): string | undefined {
    if (planned.address.kind !== 'below') return undefined
    const { paths } = this.#input.layers
    const finds = namingRules.flatMap((rule) => {
      const name = paths.map((layer) => joinName(layer, spelled(planned, rule))).find((name) => this.#unused.has(name))
      return name === undefined ? [] : [{ rule, name }]
    })
    const [found, ...others] = finds
    if (found === undefined) return undefined
    const { rule, name } = found
    if (others.length === 0 && this.#isCompatible(rule)) return `${name} is stored: naming: '${rule}' would find it`
    const parent = parentOf(name)
    const isBeside = candidateNames(planned, this.#input.layers).some((candidate) => parentOf(candidate) === parent)
    return `${name} is stored: name it with parameter('${isBeside ? name.slice(parent.length + 1) : name}', …)`
  }

  // The naming rule must not lose the parameters that are found now.
  #isCompatible(rule: NamingRule): boolean {
    const known = this.#compatible.get(rule)
    if (known !== undefined) return known
    const isCompatible = this.#input.plan.leaves.every((leaf) => {
      const { address, segments } = leaf
      if (address.kind !== 'below' || address.isExplicit || !this.#input.unfollowed.stored.has(leaf.id)) return true
      return joinName('', spelled(leaf, rule)).endsWith(joinName('', segments))
    })
    this.#compatible.set(rule, isCompatible)
    return isCompatible
  }

  #nearest(planned: PlannedLeaf): string | undefined {
    if (this.#unused.size === 0 || this.#comparisons++ >= maxComparisons) return undefined
    for (const name of candidateNames(planned, this.#input.layers)) {
      this.#pairs += this.#unused.size
      if (this.#pairs > maxPairs) return undefined
      this.#unclaimed ??= new Spellings(this.#findUnclaimed())
      const close = this.#unclaimed.nearest(name)
      if (close !== undefined) return `${close} is stored: rename it, or name it with parameter() in the schema`
    }
    return undefined
  }

  #findUnclaimed(): string[] {
    const { layers, plan } = this.#input
    const claimed = new Set(plan.leaves.flatMap((leaf) => candidateNames(leaf, layers).flatMap(parentsOf)))
    return [...this.#unused].filter((name) => !claimed.has(name))
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
