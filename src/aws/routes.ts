import { groupBy } from '../messages/group-by.ts'
import type { HierarchyRequest, PlannedCall, ReadRequest, SecretRequest } from '../ports.ts'
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

/** How a source reads what it can read in several ways. */
export interface RouteOptions {
  /** @default 'auto' */
  readonly strategy?: Strategy
  /** @default 'parameter-store' */
  readonly secretsVia?: SecretsVia
}

/** The routes of one source: planned once for each hierarchy, and again after a path is denied. */
export class Routes {
  readonly #options: RouteOptions
  readonly #denied = new Set<string>()
  #planned = new WeakMap<HierarchyRequest, Route>()

  constructor(options: RouteOptions) {
    this.#options = options
  }

  /** Notes that a path may not be walked alone: from now on, it is walked from its parent. */
  deny(path: string): void {
    this.#denied.add(path)
    this.#planned = new WeakMap()
  }

  of(request: HierarchyRequest): Route {
    const known = this.#planned.get(request)
    if (known !== undefined) return known
    const { walks, names } = planRoute(request, this.#options.strategy ?? 'auto', this.#denied)
    // AWS refuses the whole batch of an invalid name.
    const route = { walks, names: names.every(isParameterName) ? names : names.filter(isParameterName) }
    this.#planned.set(request, route)
    return route
  }

  /** All names to read by name, with their labels, without duplicates. */
  namesOf(requests: readonly HierarchyRequest[], names: readonly string[]): readonly string[] {
    const labelled = requests.flatMap((request) => this.of(request).names.map((name) => askedName(request, name)))
    return [...new Set([...labelled, ...names])]
  }

  /** The calls of a reading if none fails. */
  explain({ hierarchies, names, secrets }: ReadRequest): PlannedCall[] {
    const { secretsVia } = this.#options
    const walks = new Set(hierarchies.flatMap((request) => this.of(request).walks.map(({ path }) => path)))
    const references = secrets.filter((secret) => isReference(secret, secretsVia)).map(referenceName)
    const batches = [...chunk(this.namesOf(hierarchies, names)), ...chunk([...new Set(references)])]
    const others = secrets.filter((secret) => !isReference(secret, secretsVia))
    return [
      ...[...walks].map((path) => ({ action: 'ssm:GetParametersByPath', subjects: [path] })),
      ...batches.map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...others.map(({ id, selector }) => ({
        action: 'secretsmanager:GetSecretValue',
        subjects: [selector === undefined ? id : `${id}:${selector}`],
      })),
    ]
  }
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
export const namesPerCall = 10

/** Splits items into batches of the size that one call accepts. */
export function chunk<Item>(items: readonly Item[], size: number = namesPerCall): Item[][] {
  const chunks: Item[][] = []
  for (let start = 0; start < items.length; start += size) chunks.push(items.slice(start, start + size))
  return chunks
}

// Each level is at least one call: of more levels, those below others are read together with them.
const maxLevels = 10
// A page holds ten parameters. An open part, whose names only the store knows, is estimated at one page.
const pageSize = 10

/** The fastest route for a hierarchy that walks no denied path. */
export function planRoute(request: HierarchyRequest, strategy: Strategy, denied: ReadonlySet<string>): Route {
  const { path, names = [] } = request
  if (strategy === 'by-name') return { walks: [], names }
  const areFew = (request.levels ?? []).length <= maxLevels
  const levels = areFew ? (request.levels ?? []) : []
  const open = [...(request.open ?? [path]), ...(areFew ? [] : (request.levels ?? []))]
  if (strategy === 'by-path') {
    const parts: Part[] = [
      ...names.map((name) => ({ path: parentOf(name), kind: 'name' as const })),
      ...open.map((part) => ({ path: part, kind: 'open' as const })),
      ...levels.map((part) => ({ path: part, kind: 'level' as const })),
    ]
    return { walks: planLevel(path, parts, denied).walks, names: [] }
  }
  // The parent of a denied path is walked recursively.
  const isDenied = (part: string) => denied.has(part)
  const deep = [...open, ...levels.filter(isDenied)].map((part) => allowedAbove(part, path, denied))
  const outermost = [...new Set(deep)].filter((part) => !deep.some((other) => isBelow(part, other)))
  const isWalked = (name: string) => outermost.some((part) => isBelow(name, part))
  const shallow = levels.filter((level) => !isDenied(level) && !outermost.includes(level) && !isWalked(level))
  const walks = [
    ...outermost.map((part) => ({ path: part, isRecursive: true })),
    ...shallow.map((part) => ({ path: part, isRecursive: false })),
  ]
  return { walks, names: names.filter((name) => !isWalked(name) && !shallow.includes(parentOf(name))) }
}

/** A known name at the level of `path`, or the names at that level, or below it, that only the store knows. */
interface Part {
  readonly path: string
  readonly kind: 'name' | 'level' | 'open'
}

interface LevelPlan {
  readonly walks: readonly Walk[]
  /** The estimated pages of all walks, and of the longest walk. */
  readonly pages: number
  readonly depth: number
  readonly size: number
}

// Parallel walks are worth it if the longest becomes shorter, and all together read at most twice as many pages.
function planLevel(path: string, parts: readonly Part[], denied: ReadonlySet<string>): LevelPlan {
  const own = parts.filter((part) => part.path === path)
  const deeper = parts.filter((part) => part.path !== path)
  const below = groupBy(deeper, (part) => {
    const end = part.path.indexOf('/', path.length + 1)
    return end === -1 ? part.path : part.path.slice(0, end)
  })
  const plans = [...below].map(([child, inside]) => planLevel(child, inside, denied))
  const sum = (count: (plan: LevelPlan) => number) => plans.reduce((total, plan) => total + count(plan), 0)
  const ownSize = own.reduce((total, { kind }) => total + (kind === 'name' ? 1 : pageSize), 0)
  const size = ownSize + sum((plan) => plan.size)
  const pages = Math.max(1, Math.ceil(size / pageSize))
  const isOpen = own.some(({ kind }) => kind === 'open')
  const isShallow = below.size === 0 && !isOpen && own.some(({ kind }) => kind === 'level')
  const whole = { walks: [{ path, isRecursive: !isShallow }], pages, depth: pages, size }
  if (isOpen || below.size === 0) return whole
  const ownPages = Math.ceil(ownSize / pageSize)
  const split = {
    walks: [...(ownSize === 0 ? [] : [{ path, isRecursive: false }]), ...plans.flatMap((plan) => plan.walks)],
    pages: ownPages + sum((plan) => plan.pages),
    depth: Math.max(ownPages, ...plans.map((plan) => plan.depth)),
    size,
  }
  const isAllowed = split.walks.every((walk) => !denied.has(walk.path))
  const isWorthIt = split.depth < whole.depth && split.pages <= 2 * whole.pages
  // Below a single level, there may be any number of pages.
  return isAllowed && (isWorthIt || parts.some(({ kind }) => kind === 'level')) ? split : whole
}

function allowedAbove(part: string, path: string, denied: ReadonlySet<string>): string {
  let allowed = part
  while (denied.has(allowed) && isBelow(allowed, path)) allowed = parentOf(allowed)
  return allowed
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(1, name.lastIndexOf('/')))
}
