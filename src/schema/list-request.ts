import type { HierarchyRequest, ReadRequest } from '../ports.ts'

/** The request that lists the names under paths, without decryption. */
export function listRequest(hierarchies: readonly HierarchyRequest[]): ReadRequest {
  const lists = hierarchies.map(({ names, open, levels, ...hierarchy }) => ({ ...hierarchy, covers: () => false }))
  return { hierarchies: lists, names: [], secrets: [] }
}
