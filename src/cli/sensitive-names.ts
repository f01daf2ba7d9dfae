import { inspectDefinition } from '../config/inspect-definition.ts'
import type { ConfigOptions } from '../config/options.ts'
import { splitSelector } from '../schema/names.ts'
import { candidateNames } from '../schema/read-request.ts'

/** Makes a function that decides by its full name whether the value of a parameter is sensitive. */
export function sensitiveNames(options: ConfigOptions): (name: string) => boolean {
  const { plan, layers, planned } = inspectDefinition(options)
  const leaves = plan.leaves.filter(({ node }) => node.isSensitive)
  const names = new Set(leaves.flatMap((leaf) => candidateNames(leaf, layers)).map((name) => splitSelector(name).name))
  return (name) =>
    names.has(name) ||
    planned.hierarchies.some(({ placementsOf }) => placementsOf(name).some(({ node }) => node.isSensitive))
}
