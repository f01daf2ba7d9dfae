import type {
  HierarchyReading,
  HierarchyRequest,
  Outcome,
  Reading,
  ReadRequest,
  SavedReading,
  SecretRequest,
  StoredParameter,
  StoredSecret,
} from '../ports.ts'
import { askedName, isBelow } from '../schema/names.ts'
import { secretKey } from '../schema/secret-id.ts'

/** Everything that is stored for a configuration, as far as it was read. */
export interface SharedContent {
  /** By path and label. */
  readonly hierarchies: ReadonlyMap<string, readonly StoredParameter[]>
  /** By the requested name. */
  readonly names: ReadonlyMap<string, Settled<StoredParameter>>
  readonly secrets: ReadonlyMap<string, SharedSecret>
}

/** A secret, by `secretKey` of the request. */
export interface SharedSecret {
  readonly request: SecretRequest
  readonly outcome: Settled<StoredSecret>
}

/** An outcome that another instance would have too. */
export type Settled<Found> = Exclude<Outcome<Found>, { readonly kind: 'failed' }>

export const nothing: SharedContent = { hierarchies: new Map(), names: new Map(), secrets: new Map() }

/** The content with what a reading found. `planned` are the paths of the configuration. */
export function merge(
  content: SharedContent,
  planned: readonly HierarchyRequest[],
  request: ReadRequest,
  reading: Reading,
): SharedContent {
  const hierarchies = new Map(content.hierarchies)
  const names = new Map(content.names)
  const secrets = new Map(content.secrets)
  for (const [index, hierarchy] of request.hierarchies.entries()) {
    const found = reading.hierarchies[index]
    if (isComplete(found)) hierarchies.set(hierarchyKey(hierarchy), found.parameters)
    else hierarchies.delete(hierarchyKey(hierarchy))
  }
  for (const [requested, outcome] of reading.names) {
    const places = planned.flatMap((hierarchy) => placeIn(hierarchy, requested) ?? [])
    for (const { key, name } of places) hierarchies.set(key, patched(hierarchies.get(key) ?? [], name, outcome))
    if (outcome.kind === 'failed') names.delete(requested)
    else if (places.length === 0 || names.has(requested)) names.set(requested, outcome)
  }
  for (const [index, secret] of request.secrets.entries()) {
    const outcome = reading.secrets[index]
    if (outcome === undefined || outcome.kind === 'failed') secrets.delete(secretKey(secret))
    else secrets.set(secretKey(secret), { request: secret, outcome })
  }
  return { hierarchies, names, secrets }
}

/** Whether a reading has no failure, so that its content is what is stored. */
export function isWhole({ hierarchies, names, secrets }: Reading): boolean {
  const outcomes = [...names.values(), ...secrets]
  return hierarchies.every(isComplete) && outcomes.every(({ kind }) => kind !== 'failed')
}

/** The answer to a request; `undefined` if the content does not have all of it. */
export function answer(content: SharedContent, request: ReadRequest): Reading | undefined {
  const hierarchies: HierarchyReading[] = []
  const names = new Map<string, Outcome<StoredParameter>>()
  const secrets: Outcome<StoredSecret>[] = []
  for (const hierarchy of request.hierarchies) {
    const parameters = content.hierarchies.get(hierarchyKey(hierarchy))
    if (parameters === undefined) return undefined
    hierarchies.push({ parameters, failures: new Map() })
  }
  for (const requested of request.names) {
    const outcome = content.names.get(requested) ?? outcomeBelow(content, requested)
    if (outcome === undefined) return undefined
    names.set(requested, outcome)
  }
  for (const secret of request.secrets) {
    const shared = content.secrets.get(secretKey(secret))
    if (shared === undefined) return undefined
    secrets.push(shared.outcome)
  }
  return { hierarchies, names, secrets, calls: 0 }
}

function isComplete(hierarchy: HierarchyReading | undefined): hierarchy is HierarchyReading {
  return hierarchy !== undefined && hierarchy.failure === undefined && hierarchy.failures.size === 0
}

function hierarchyKey({ path, label }: Pick<HierarchyRequest, 'path' | 'label'>): string {
  return JSON.stringify([path, label ?? null])
}

/** Where a requested name belongs, if it is a name of this path. */
function placeIn(
  hierarchy: HierarchyRequest,
  requested: string,
): { readonly key: string; readonly name: string } | undefined {
  const suffix = askedName(hierarchy, '')
  const name = requested.slice(0, requested.length - suffix.length)
  if (!requested.endsWith(suffix) || !isBelow(name, hierarchy.path) || !hierarchy.covers(name)) return undefined
  return { key: hierarchyKey(hierarchy), name }
}

function patched(
  parameters: readonly StoredParameter[],
  name: string,
  outcome: Outcome<StoredParameter>,
): StoredParameter[] {
  // A map, so that the order stays the same.
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  if (outcome.kind === 'found') byName.set(name, outcome.found)
  else if (outcome.kind === 'missing') byName.delete(name)
  return [...byName.values()]
}

/** A hinted name of a path, which a notification can name and the plan need not know. */
function outcomeBelow({ hierarchies }: SharedContent, requested: string): Outcome<StoredParameter> | undefined {
  let isKnown = false
  for (const [key, parameters] of hierarchies) {
    const [path, label] = JSON.parse(key) as [string, string | null]
    const suffix = label === null ? '' : `:${label}`
    const name = requested.slice(0, requested.length - suffix.length)
    if (!requested.endsWith(suffix) || !isBelow(name, path)) continue
    isKnown = true
    const found = parameters.find((parameter) => parameter.name === name)
    if (found !== undefined) return { kind: 'found', found }
  }
  return isKnown ? { kind: 'missing' } : undefined
}

/** The content as it is kept; `undefined` while it lacks a part of the configuration. */
export function toSaved(content: SharedContent, planned: ReadRequest, savedAt: number): SavedReading | undefined {
  const reading = answer(content, planned)
  if (reading === undefined) return undefined
  return { savedAt, reading: { ...reading, names: content.names }, secrets: [...content.secrets.values()] }
}

/** The content of a reading that was kept for the same configuration. */
export function fromSaved({ reading, secrets }: SavedReading, planned: ReadRequest): SharedContent {
  const content = merge(nothing, [], { ...planned, secrets: [] }, reading)
  return { ...content, secrets: new Map(secrets.flatMap(({ request, outcome }) => pairOf(request, outcome))) }
}

function pairOf(request: SecretRequest, outcome: Outcome<StoredSecret>): [string, SharedSecret][] {
  return outcome.kind === 'failed' ? [] : [[secretKey(request), { request, outcome }]]
}
