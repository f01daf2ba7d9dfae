import { namingRules, spell } from './naming.ts'
import { nearest } from './nearest.ts'
import type { PlannedLeaf } from './plan.ts'
import { candidateNames, type Layers } from './read-request.ts'

// Each is compared with every name that has no use yet. Whoever mends one mends most of them.
const maxComparisons = 10

/** Finds the name that was probably meant for what is missing. */
export class Suggester {
  readonly #layers: Layers
  readonly #findUnused: () => Iterable<string>
  readonly #obstacle: string | undefined
  #unused: ReadonlySet<string> | undefined
  #comparisons = 0

  /**
   * @param findUnused The stored names that the plan has no use for.
   * @param obstacle Why not all of them are known.
   */
  constructor(layers: Layers, findUnused: () => Iterable<string>, obstacle?: string) {
    this.#layers = layers
    this.#obstacle = obstacle
    this.#findUnused = findUnused
  }

  /** What to do about a parameter that is not there. */
  suggest(planned: PlannedLeaf): string {
    this.#unused ??= new Set(this.#findUnused())
    const close = this.#respell(planned, this.#unused) ?? this.#nearest(planned, this.#unused)
    if (close !== undefined) return close
    const remedy = 'store it, or make the key optional or give it a default'
    return this.#obstacle === undefined ? remedy : `${remedy} (${this.#obstacle})`
  }

  #respell({ path, address }: PlannedLeaf, unused: ReadonlySet<string>): string | undefined {
    if (address.kind !== 'below') return undefined
    for (const rule of namingRules) {
      const suffix = `/${path.map((part) => spell(String(part), rule)).join('/')}`
      const found = this.#layers.paths
        .map((layer) => `${layer === '/' ? '' : layer}${suffix}`)
        .find((name) => unused.has(name))
      if (found !== undefined) return `${found} is stored: naming: '${rule}' would find it`
    }
    return undefined
  }

  #nearest(planned: PlannedLeaf, unused: ReadonlySet<string>): string | undefined {
    if (unused.size === 0 || this.#comparisons++ >= maxComparisons) return undefined
    const names = candidateNames(planned, this.#layers)
    const close = names.map((name) => nearest(name, unused)).find((name) => name !== undefined)
    return close && `${close} is stored: rename it, or name it with parameter() in the schema`
  }
}
