import { namingRules, spell } from './naming.ts'
import { nearest } from './nearest.ts'
import type { PlannedLeaf } from './plan.ts'
import { candidateNames, type Layers } from './read-request.ts'

/** What to do about a parameter that is not there: the name that was probably meant, if one is stored. */
export function suggestName(planned: PlannedLeaf, layers: Layers, unused: readonly string[]): string {
  const names = candidateNames(planned, layers)
  const respelled = respell(planned, layers, unused)
  if (respelled !== undefined) return respelled
  const close = names.map((name) => nearest(name, unused)).find((name) => name !== undefined)
  if (close !== undefined) return `${close} is stored: rename it, or name it with parameter() in the schema`
  return 'store it, or make the key optional or give it a default'
}

function respell({ path, address }: PlannedLeaf, layers: Layers, unused: readonly string[]): string | undefined {
  if (address.kind !== 'below') return undefined
  for (const rule of namingRules) {
    const suffix = `/${path.map((part) => spell(String(part), rule)).join('/')}`
    const found = layers.paths
      .map((layer) => `${layer === '/' ? '' : layer}${suffix}`)
      .find((name) => unused.includes(name))
    if (found !== undefined) return `${found} is stored: naming: '${rule}' would find it`
  }
  return undefined
}
