import type { ReadFailure } from '../errors.ts'
import type { HierarchyReading, HierarchyRequest, Outcome, StoredParameter } from '../ports.ts'
import { askedName } from '../schema/names.ts'
import { settleAll } from '../time/settle.ts'
import { type NameReading, readByName } from './by-name.ts'
import type { Walked } from './by-path.ts'
import type { Routes, Walk } from './routes.ts'

/** The state that all readings of hierarchies share. */
export interface RouteReading extends NameReading {
  readonly routes: Routes
}

/** The readings of hierarchies, in the order of the request, and of names. */
export interface ReadRoutes {
  readonly hierarchies: readonly HierarchyReading[]
  readonly names: ReadonlyMap<string, Outcome<StoredParameter>>
}

/** Reads hierarchies by their routes, and names, all in parallel. */
export async function readRoutes(
  requests: readonly HierarchyRequest[],
  names: readonly string[],
  reading: RouteReading,
): Promise<ReadRoutes> {
  const { routes } = reading
  const batched = routes.namesOf(requests, names)
  const named = readByName(batched, reading)
  const walked = settleAll(requests.map((request) => walkAll(request, reading)))
  await settleAll<unknown>([named, walked])
  const outcomes = await named
  // If a denied path was walked from its parent, the walk has the parameters below it.
  const hierarchies = (await walked).map((walks, index) => join(requests[index], routes, walks, outcomes))
  return { hierarchies, names: new Map(names.flatMap((name) => pairWith(name, outcomes.get(name)))) }
}

// A role that may walk a path may read everything below it, but cannot always walk a part of it alone.
async function walkAll(request: HierarchyRequest, reading: RouteReading): Promise<Walked[]> {
  const { routes } = reading
  const done = new Map<string, Walked>()
  for (;;) {
    const pending = routes.of(request).walks
    if (pending.length === 0) return []
    const fresh = pending.filter((walk) => !done.has(walkKey(walk)))
    const { readByPath } = await import('./by-path.ts')
    const read = await settleAll(fresh.map((walk) => readByPath(request, walk, reading)))
    for (const [index, walk] of fresh.entries()) {
      const outcome = read[index]
      if (outcome !== undefined) done.set(walkKey(walk), outcome)
    }
    const refused = fresh.filter((walk, index) => walk.path !== request.path && isDenied(read[index]?.failure))
    if (refused.length === 0) return pending.flatMap((walk) => done.get(walkKey(walk)) ?? [])
    for (const { path } of refused) routes.deny(path)
  }
}

function walkKey({ path, isRecursive }: Walk): string {
  return `${path} ${isRecursive}`
}

function isDenied(failure: ReadFailure | undefined): boolean {
  return failure?.code === 'ACCESS_DENIED'
}

function join(
  request: HierarchyRequest | undefined,
  routes: Routes,
  walks: readonly Walked[],
  outcomes: ReadonlyMap<string, Outcome<StoredParameter>>,
): HierarchyReading {
  if (request === undefined) return { parameters: [], failures: new Map() }
  const { possible, names } = routes.of(request)
  const parameters: StoredParameter[] = []
  const failures = new Map<string, ReadFailure>()
  for (const name of possible) {
    const outcome = outcomes.get(askedName(request, name))
    if (outcome?.kind === 'found') parameters.push(outcome.found)
    else if (outcome?.kind === 'failed') failures.set(name, withOption(outcome.failure))
  }
  const common = commonFailure(request, names, failures)
  for (const walk of walks) for (const [name, failure] of walk.failures) failures.set(name, failure)
  const failure = walks.find((walk) => walk.failure !== undefined)?.failure ?? common
  const [first] = walks
  const isWhole = walks.length === 1 && first?.walk.path === request.path && first.walk.isRecursive
  return {
    parameters: withoutRepetition([...parameters, ...walks.flatMap((walk) => walk.parameters)], walks),
    failures: common === undefined ? failures : new Map(),
    ...(isWhole && { listed: first.listed }),
    ...(failure !== undefined && { failure }),
  }
}

// A parameter that is written during a walk may appear on two pages: the later page is newer.
function withoutRepetition(parameters: StoredParameter[], walks: readonly Walked[]): readonly StoredParameter[] {
  if (walks.length === 0) return parameters
  return [...new Map(parameters.map((parameter) => [parameter.name, parameter])).values()]
}

// A failure that all names share is reported once, for the path.
function commonFailure(
  { path }: HierarchyRequest,
  names: readonly string[],
  failures: ReadonlyMap<string, ReadFailure>,
): ReadFailure | undefined {
  const [first, ...others] = failures.values()
  if (first === undefined || others.length === 0 || failures.size < names.length) return undefined
  if (others.some(({ code }) => code !== first.code)) return undefined
  if (first.code !== 'ACCESS_DENIED') return first.code === 'DECRYPTION_FAILED' ? undefined : first
  return withOption({ ...first, remedy: `allow ssm:GetParameters on parameter${path === '/' ? '' : path}/*` })
}

// A role that may not read names may be allowed to walk the path.
function withOption(failure: ReadFailure): ReadFailure {
  const option = "or set strategy: 'by-path'"
  if (failure.code !== 'ACCESS_DENIED' || failure.remedy.includes(option)) return failure
  return { ...failure, remedy: `${failure.remedy}, ${option}` }
}

function pairWith<Value>(name: string, value: Value | undefined): (readonly [string, Value])[] {
  return value === undefined ? [] : [[name, value] as const]
}
