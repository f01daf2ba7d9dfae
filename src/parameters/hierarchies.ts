import type { ReadFailure } from '../errors.ts'
import type { HierarchyReading, HierarchyRequest, Outcome, StoredParameter } from '../ports.ts'
import { askedName } from '../refresh/patch-reading.ts'
import { settleAll } from '../refresh/settle-all.ts'
import { isParameterName } from '../schema/parameter-name.ts'
import { type NameReading, readByName } from './by-name.ts'
import { readByPath, type Walked } from './by-path.ts'
import { planRoute, type Route, type Strategy, type Walk } from './routes.ts'

/** What readings of hierarchies have in common. */
export interface RouteReading extends NameReading {
  readonly strategy: Strategy
  /** Paths that may not be walked alone: they are walked from their parent. */
  readonly deniedPaths: Set<string>
}

/** What was read of hierarchies and names, in the order of the request. */
export interface ReadRoutes {
  readonly hierarchies: readonly HierarchyReading[]
  readonly names: ReadonlyMap<string, Outcome<StoredParameter>>
}

/** Reads hierarchies, whichever way each goes, and names along with them: everything in one wave. */
export async function readRoutes(
  requests: readonly HierarchyRequest[],
  names: readonly string[],
  reading: RouteReading,
): Promise<ReadRoutes> {
  const plan = () => requests.map((request) => planRoute(request, reading.strategy, reading.deniedPaths))
  const routes = plan()
  const batched = [...new Set([...routes.flatMap((route, index) => askedNames(requests[index], route)), ...names])]
  const named = readByName(batched, reading)
  const walked = settleAll(requests.map((request, index) => walkAll(request, routes[index]?.walks ?? [], reading)))
  await settleAll<unknown>([named, walked])
  const outcomes = await named
  // A denied path may have been walked from its parent: what that covers is then told by the walk.
  const taken = plan()
  const hierarchies = (await walked).map((walks, index) => join(requests[index], taken[index], walks, outcomes))
  return { hierarchies, names: new Map(names.flatMap((name) => pairWith(name, outcomes.get(name)))) }
}

/** How each name of a route is asked for. */
export function askedNames(request: HierarchyRequest | undefined, { names }: Route): string[] {
  // What cannot be a name is not stored, and would have AWS refuse the names beside it.
  return request === undefined ? [] : names.filter(isParameterName).map((name) => askedName(request, name))
}

// Who may walk a path may read everything below, but not always a part of it alone.
async function walkAll(request: HierarchyRequest, walks: readonly Walk[], reading: RouteReading): Promise<Walked[]> {
  const done = new Map<string, Walked>()
  for (let pending = walks; ; ) {
    const fresh = pending.filter((walk) => !done.has(walkKey(walk)))
    const read = await settleAll(fresh.map((walk) => readByPath(request, walk, reading)))
    for (const [index, walk] of fresh.entries()) {
      const outcome = read[index]
      if (outcome !== undefined) done.set(walkKey(walk), outcome)
    }
    const refused = fresh.filter((walk, index) => walk.path !== request.path && isDenied(read[index]?.failure))
    if (refused.length === 0) return pending.flatMap((walk) => done.get(walkKey(walk)) ?? [])
    for (const { path } of refused) reading.deniedPaths.add(path)
    pending = planRoute(request, reading.strategy, reading.deniedPaths).walks
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
  route: Route | undefined,
  walks: readonly Walked[],
  outcomes: ReadonlyMap<string, Outcome<StoredParameter>>,
): HierarchyReading {
  if (request === undefined || route === undefined) return { parameters: [], failures: new Map() }
  const parameters = new Map<string, StoredParameter>()
  const failures = new Map<string, ReadFailure>()
  for (const name of route.names) {
    const outcome = outcomes.get(askedName(request, name))
    if (outcome?.kind === 'found') parameters.set(name, outcome.found)
    else if (outcome?.kind === 'failed') failures.set(name, withOption(outcome.failure))
  }
  const common = commonFailure(request, route.names, failures)
  for (const walk of walks) {
    for (const parameter of walk.parameters) parameters.set(parameter.name, parameter)
    for (const [name, failure] of walk.failures) failures.set(name, failure)
  }
  const failure = walks.find((walk) => walk.failure !== undefined)?.failure ?? common
  const [first] = walks
  const isWhole = walks.length === 1 && first?.walk.path === request.path && first.walk.isRecursive
  return {
    parameters: [...parameters.values()],
    failures: common === undefined ? failures : new Map(),
    ...(isWhole && { listed: first.listed }),
    ...(failure !== undefined && { failure }),
  }
}

// What hits every name alike is told once, of the path.
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

// Who may walk a path need not be allowed its names.
function withOption(failure: ReadFailure): ReadFailure {
  const option = "or set strategy: 'by-path'"
  if (failure.code !== 'ACCESS_DENIED' || failure.remedy.includes(option)) return failure
  return { ...failure, remedy: `${failure.remedy}, ${option}` }
}

function pairWith<Value>(name: string, value: Value | undefined): (readonly [string, Value])[] {
  return value === undefined ? [] : [[name, value] as const]
}
