import { joinName, type NamingRule, namingRules, spell } from './naming.ts'
import { type ComparisonBudget, maxCells, nearest } from './nearest.ts'
import type { PlannedLeaf } from './plan.ts'
import { candidateNames, type Layers } from './read-request.ts'

// Each is compared with every name that has no use yet. Whoever mends one mends most of them.
const maxComparisons = 10

/** What a name may be suggested from. */
export interface SuggesterParts {
  readonly layers: Layers
  /** Every leaf of the plan. */
  readonly leaves: readonly PlannedLeaf[]
  /** Whether something was read for a leaf. */
  isPresent(leaf: PlannedLeaf): boolean
  /** The stored names that the plan has no use for. */
  findUnused(): Iterable<string>
  /** Why not all of them are known. */
  readonly obstacle?: string | undefined
}

/** Finds the name that was probably meant for what is missing. */
export class Suggester {
  readonly #parts: SuggesterParts
  #unused: ReadonlySet<string> | undefined
  #unclaimed: ReadonlySet<string> | undefined
  readonly #suited = new Map<NamingRule, boolean>()
  #comparisons = 0
  readonly #budget: ComparisonBudget = { cells: maxCells }

  constructor(parts: SuggesterParts) {
    this.#parts = parts
  }

  /** What to do about a parameter that is not there: `remedy`, unless another name was probably meant. */
  suggest(planned: PlannedLeaf, remedy: string): string {
    this.#unused ??= new Set(this.#parts.findUnused())
    const close =
      this.#wrap(planned, this.#unused) ?? this.#join(planned, this.#unused) ?? this.#respell(planned, this.#unused)
    const found = close ?? this.#nearest(planned, this.#unused)
    if (found !== undefined) return found
    const { obstacle } = this.#parts
    return obstacle === undefined ? remedy : `${remedy} (${obstacle})`
  }

  #wrap(planned: PlannedLeaf, unused: ReadonlySet<string>): string | undefined {
    if (planned.address.kind !== 'below') return undefined
    const parents = candidateNames(planned, this.#parts.layers).flatMap(parentsOf)
    const found = parents.find((name) => unused.has(name))
    return found && `${found} is one parameter: put json() around the object`
  }

  // Items that are stored one by one, for a list that is one parameter.
  #join(planned: PlannedLeaf, unused: ReadonlySet<string>): string | undefined {
    const name = candidateNames(planned, this.#parts.layers).find((candidate) => unused.has(`${candidate}/0`))
    const form = 'store the list as one parameter, a StringList or a JSON array'
    return name && `${name}/0 is a parameter of its own: ${form}`
  }

  #respell(planned: PlannedLeaf, unused: ReadonlySet<string>): string | undefined {
    if (planned.address.kind !== 'below') return undefined
    const { paths } = this.#parts.layers
    const finds = namingRules.flatMap((rule) => {
      const name = paths.map((layer) => joinName(layer, spelled(planned, rule))).find((name) => unused.has(name))
      return name === undefined ? [] : [{ rule, name }]
    })
    const [found, ...others] = finds
    if (found === undefined) return undefined
    const { rule, name } = found
    if (others.length === 0 && this.#suits(rule)) return `${name} is stored: naming: '${rule}' would find it`
    const parent = parentOf(name)
    const isBeside = candidateNames(planned, this.#parts.layers).some((candidate) => parentOf(candidate) === parent)
    return `${name} is stored: name it with parameter('${isBeside ? name.slice(parent.length + 1) : name}', …)`
  }

  // What is there already must not go missing by it.
  #suits(rule: NamingRule): boolean {
    const known = this.#suited.get(rule)
    if (known !== undefined) return known
    const suits = this.#parts.leaves.every((leaf) => {
      const { address, segments } = leaf
      if (address.kind !== 'below' || address.isExplicit || !this.#parts.isPresent(leaf)) return true
      return joinName('', spelled(leaf, rule)).endsWith(joinName('', segments))
    })
    this.#suited.set(rule, suits)
    return suits
  }

  #nearest(planned: PlannedLeaf, unused: ReadonlySet<string>): string | undefined {
    if (unused.size === 0 || this.#comparisons++ >= maxComparisons) return undefined
    const { layers, leaves } = this.#parts
    const claimed = () => new Set(leaves.flatMap((leaf) => candidateNames(leaf, layers).flatMap(parentsOf)))
    this.#unclaimed ??= without(unused, claimed())
    const unclaimed = this.#unclaimed
    const close = candidateNames(planned, layers)
      .map((name) => nearest(name, unclaimed, this.#budget))
      .find((name) => name !== undefined)
    return close && `${close} is stored: rename it, or name it with parameter() in the schema`
  }
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

function without(names: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].filter((name) => !others.has(name)))
}
