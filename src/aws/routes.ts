import type { HierarchyRequest, SecretRequest } from '../ports.ts'
import { isArn } from '../schema/arn.ts'
import { askedName, isBelow, isParameterName } from '../schema/names.ts'
import { referencePrefix } from '../schema/secret-id.ts'

/** `auto` reads the names that the schema knows by name, and the others by path. */
export type Strategy = 'auto' | 'by-name' | 'by-path'

/** The service that returns the secrets which both services can return. */
export type SecretsVia = 'parameter-store' | 'secrets-manager'

/** Whether Parameter Store returns a secret: text, by name. AWS does not document whether it accepts the `!` of managed secrets. */
export function isReference({ id, binary }: SecretRequest, via: SecretsVia | undefined): boolean {
  return via !== 'secrets-manager' && !binary && !isArn(id) && !id.includes('!')
}

/** The name under which Parameter Store returns a secret. */
export function referenceName({ id, selector }: SecretRequest): string {
  const isCurrent = selector === undefined || selector === 'AWSCURRENT'
  return `${referencePrefix}${id}${isCurrent ? '' : `:${selector}`}`
}

/** A path that is read page by page. */
export interface Walk {
  readonly path: string
  /** Whether everything below the path is read, or only the parameters at this level. */
  readonly isRecursive: boolean
}

/** How a hierarchy is read: by walks and by names, in parallel. */
export interface Route {
  readonly walks: readonly Walk[]
  /** Full names, without a selector. */
  readonly names: readonly string[]
}

/** A route, with the names that can be read. */
export interface PlannedRoute extends Route {
  /** The valid names: AWS refuses the whole batch of an invalid name. */
  readonly possible: readonly string[]
}

/** The routes of one source: planned once for each hierarchy, and again after a path is denied. */
export class Routes {
  readonly #strategy: Strategy
  readonly #denied = new Set<string>()
  #planned = new WeakMap<HierarchyRequest, PlannedRoute>()

  constructor(strategy: Strategy) {
    this.#strategy = strategy
  }

  /** Notes that a path may not be walked alone: from now on, it is walked from its parent. */
  deny(path: string): void {
    this.#denied.add(path)
    this.#planned = new WeakMap()
  }

  of(request: HierarchyRequest): PlannedRoute {
    const known = this.#planned.get(request)
    if (known !== undefined) return known
    const route = planRoute(request, this.#strategy, this.#denied)
    const areAllPossible = route.names.every(isParameterName)
    const planned = { ...route, possible: areAllPossible ? route.names : route.names.filter(isParameterName) }
    this.#planned.set(request, planned)
    return planned
  }

  /** All names to read by name, with their labels, without duplicates. */
  namesOf(requests: readonly HierarchyRequest[], names: readonly string[]): readonly string[] {
    const [only, ...others] = requests
    const own = only === undefined ? [] : this.#labelled(only)
    if (others.length === 0 && names.length === 0) return own
    return [...new Set([...own, ...others.flatMap((request) => this.#labelled(request)), ...names])]
  }

  #labelled(request: HierarchyRequest): readonly string[] {
    const { possible } = this.of(request)
    return request.label === undefined ? possible : possible.map((name) => askedName(request, name))
  }
}

/** The fastest route for a hierarchy that walks no denied path. */
export function planRoute(request: HierarchyRequest, strategy: Strategy, denied: ReadonlySet<string>): Route {
  const { path, names = [] } = request
  if (strategy === 'by-name') return { walks: [], names }
  const parts = openPartsOf(request)
  if (strategy === 'by-path') return { walks: planLevel(buildLevels(path, names, parts), denied).walks, names: [] }
  // The parent of a denied path is walked recursively.
  const isDenied = (part: string) => denied.has(part)
  const deep = [...parts.open, ...parts.levels.filter(isDenied)].map((part) => allowedAbove(part, path, denied))
  const outermost = [...new Set(deep)].filter((part) => !deep.some((other) => isBelow(part, other)))
  const isWalked = (name: string) => outermost.some((part) => isBelow(name, part))
  const levels = parts.levels.filter((level) => !isDenied(level) && !outermost.includes(level) && !isWalked(level))
  const walks = [
    ...outermost.map((part) => ({ path: part, isRecursive: true })),
    ...levels.map((part) => ({ path: part, isRecursive: false })),
  ]
  if (walks.length === 0) return { walks, names }
  return { walks, names: names.filter((name) => !isWalked(name) && !levels.includes(parentOf(name))) }
}

interface OpenParts {
  /** Paths that are walked recursively. */
  readonly open: readonly string[]
  /** Paths that are walked without recursion. */
  readonly levels: readonly string[]
}

// Each level is at least one call: of more levels, those below others are read together with them.
const maxLevels = 10

function openPartsOf({ path, open = [path], levels = [] }: HierarchyRequest): OpenParts {
  return levels.length > maxLevels ? { open: [...open, ...levels], levels: [] } : { open, levels }
}

// A page holds ten parameters. An open part, whose names only the store knows, is estimated at one page.
const pageSize = 10

interface Level {
  readonly path: string
  isOpen: boolean
  /** Whether only the store knows the names at this level. */
  isOneLevel: boolean
  /** How many names are known at this level. */
  own: number
  readonly below: Map<string, Level>
}

function buildLevels(path: string, names: readonly string[], { open, levels }: OpenParts): Level {
  const root: Level = { path, isOpen: false, isOneLevel: false, own: 0, below: new Map() }
  for (const name of names) levelAt(root, parentOf(name)).own++
  for (const part of open) levelAt(root, part).isOpen = true
  for (const part of levels) {
    const level = levelAt(root, part)
    level.isOneLevel = true
    level.own += pageSize
  }
  return root
}

function levelAt(root: Level, path: string): Level {
  let level = root
  const segments = path === root.path ? [] : path.slice(root.path === '/' ? 1 : root.path.length + 1).split('/')
  for (const segment of segments) {
    const next = level.below.get(segment) ?? {
      path: `${level.path === '/' ? '' : level.path}/${segment}`,
      isOpen: false,
      isOneLevel: false,
      own: 0,
      below: new Map(),
    }
    level.below.set(segment, next)
    level = next
  }
  return level
}

interface LevelPlan {
  readonly walks: Walk[]
  /** The estimated pages of all walks, and of the longest walk. */
  readonly pages: number
  readonly depth: number
  readonly size: number
}

// Parallel walks are worth it if the longest becomes shorter, and all together read at most twice as many pages.
function planLevel(level: Level, denied: ReadonlySet<string>): LevelPlan {
  const parts = [...level.below.values()].map((part) => planLevel(part, denied))
  const size = parts.reduce((sum, part) => sum + part.size, level.own + (level.isOpen ? pageSize : 0))
  const pages = Math.max(1, Math.ceil(size / pageSize))
  const isShallow = level.isOneLevel && level.below.size === 0 && !level.isOpen
  const whole = { walks: [{ path: level.path, isRecursive: !isShallow }], pages, depth: pages, size }
  if (level.isOpen || level.below.size === 0) return whole
  const ownPages = Math.ceil(level.own / pageSize)
  const own = level.own === 0 ? [] : [{ path: level.path, isRecursive: false }]
  const split = {
    walks: [...own, ...parts.flatMap((part) => part.walks)],
    pages: parts.reduce((sum, part) => sum + part.pages, ownPages),
    depth: Math.max(ownPages, ...parts.map((part) => part.depth)),
    size,
  }
  const isAllowed = split.walks.every((walk) => !denied.has(walk.path))
  const isWorthIt = split.depth < whole.depth && split.pages <= 2 * whole.pages
  // Below a single level, there may be any number of pages.
  return isAllowed && (isWorthIt || holdsOneLevel(level)) ? split : whole
}

function holdsOneLevel({ isOneLevel, below }: Level): boolean {
  return isOneLevel || [...below.values()].some(holdsOneLevel)
}

function allowedAbove(part: string, path: string, denied: ReadonlySet<string>): string {
  let allowed = part
  while (denied.has(allowed) && isBelow(allowed, path)) allowed = parentOf(allowed)
  return allowed
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(1, name.lastIndexOf('/')))
}
