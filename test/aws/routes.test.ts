import { describe, expect, it } from 'vitest'
import { planRoute } from '../../src/aws/routes.ts'
import type { HierarchyRequest } from '../../src/ports.ts'

const leaves = (path: string, count: number) => Array.from({ length: count }, (_, index) => `${path}/k${index}`)

function request(names: readonly string[], open: readonly string[] = [], path = '/app'): HierarchyRequest {
  return { path, names, open, covers: () => true }
}

function walks(
  { names, open, path }: HierarchyRequest,
  { strategy = 'by-path', denied = [] }: { strategy?: 'auto' | 'by-path'; denied?: string[] } = {},
): string[] {
  const route = planRoute(request(names ?? [], open, path), strategy, new Set(denied))
  return route.walks.map((walk) => `${walk.path}${walk.isRecursive ? '/*' : ''}`)
}

describe('by path', () => {
  it.each([
    ['few names are one pageat any depth', request([...leaves('/app/a', 4), ...leaves('/app/b', 4)]), ['/app/*']],
    [
      'sub-paths of more than a page are walked in parallel, and the level of the path itself too',
      request([...leaves('/app/a', 20), ...leaves('/app/b', 20), '/app/c']),
      ['/app', '/app/a/*', '/app/b/*'],
    ],
    [
      'sub-paths that would cost more than twice the calls are walked together',
      request(Array.from({ length: 20 }, (_, index) => `/app/s${index}/a`)),
      ['/app/*'],
    ],
    ['an open path is walked recursively', request(leaves('/app/a', 40), ['/app']), ['/app/*']],
    [
      'open sub-paths are walked beside the known ones',
      request(leaves('/app/a', 20), ['/app/flags', '/app/limits']),
      ['/app/a/*', '/app/flags/*', '/app/limits/*'],
    ],
    ['the root is a path too', request([...leaves('/a', 20), ...leaves('/b', 20)], [], '/'), ['/a/*', '/b/*']],
    [
      'a level splits at any depth where it pays',
      request(['u', 'v'].flatMap((key) => leaves(`/app/a/${key}`, 30))),
      ['/app/a/u/*', '/app/a/v/*'],
    ],
  ])('%s', (_, asked, expected) => {
    expect(walks(asked)).toEqual(expected)
  })

  it('a denied sub-path is walked from its parent', () => {
    const names = [
      '/app/x',
      ...['a', 'b'].flatMap((top) => ['u', 'v'].flatMap((key) => leaves(`/app/${top}/${key}`, 30))),
    ]
    expect(walks(request(names), { denied: ['/app/a/u'] })).toEqual(['/app', '/app/a/*', '/app/b/u/*', '/app/b/v/*'])
    expect(walks(request(names), { denied: ['/app/a/u', '/app/a'] })).toEqual(['/app/*'])
  })
})

describe('a level whose names only the store knows', () => {
  const level = (
    names: readonly string[],
    levels: readonly string[],
    open: readonly string[] = [],
  ): HierarchyRequest => {
    return { ...request(names, open), levels }
  }
  const walksOf = (asked: HierarchyRequest, strategy: 'auto' | 'by-path', denied: readonly string[] = []) =>
    planRoute(asked, strategy, new Set(denied)).walks.map(
      ({ path, isRecursive }) => `${path}${isRecursive ? '/*' : ''}`,
    )

  it.each(['auto', 'by-path'] as const)('is listed without deeper levels, with the strategy %s', (strategy) => {
    expect(walksOf(level([], ['/app']), strategy)).toEqual(['/app'])
    expect(walksOf(level([], ['/app/flags']), strategy)).toEqual(['/app/flags'])
  })

  it('is walked beside the sub-paths that the schema knows', () => {
    const asked = level(['/app/db/host', '/app/port'], ['/app'])
    expect(walksOf(asked, 'by-path')).toEqual(['/app', '/app/db/*'])
    expect(planRoute(asked, 'auto', new Set()).names).toEqual(['/app/db/host'])
  })

  it('is part of a recursive walk above it', () => {
    expect(walksOf(level([], ['/app/open/flags'], ['/app/open']), 'auto')).toEqual(['/app/open/*'])
    expect(walksOf(level([], ['/app/open'], ['/app/open']), 'auto')).toEqual(['/app/open/*'])
  })

  it('is walked from its parent when it is denied', () => {
    expect(walksOf(level([], ['/app/flags']), 'auto', ['/app/flags'])).toEqual(['/app/*'])
    expect(walksOf(level([], ['/app/flags']), 'by-path', ['/app/flags'])).toEqual(['/app/*'])
  })

  it('is walked together with many other levels, which would cost a call each', () => {
    const levels = Array.from({ length: 11 }, (_, index) => `/app/l${index}`)
    expect(walksOf(level([], ['/app', ...levels]), 'auto')).toEqual(['/app/*'])
  })
})

describe('by name', () => {
  it('only open parts are walked', () => {
    const asked = request(['/app/a', '/app/flags/x', '/app/b/c'], ['/app/flags', '/app/flags/deep'])
    const route = planRoute(asked, 'auto', new Set())

    expect(route.names).toEqual(['/app/a', '/app/b/c'])
    expect(walks(asked, { strategy: 'auto' })).toEqual(['/app/flags/*'])
  })

  it('names below a walked path are not read by name', () => {
    const asked = request(['/app/b/c', '/app/x'], ['/app/b/flags'])
    const route = planRoute(asked, 'auto', new Set(['/app/b/flags']))

    expect(route).toEqual({ walks: [{ path: '/app/b', isRecursive: true }], names: ['/app/x'] })
  })

  it('nothing is walked with the strategy by-name', () => {
    expect(planRoute(request(['/app/a']), 'by-name', new Set())).toEqual({ walks: [], names: ['/app/a'] })
    expect(planRoute({ path: '/app', covers: () => false }, 'by-name', new Set()).walks).toEqual([])
  })
})
