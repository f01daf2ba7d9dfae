import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One of the modules that users import. */
export interface EntryPoint {
  /** As it is imported: `liveparam/sqs`. */
  readonly name: string
  /** What its own files are called: `sqs`; that of the package itself is `liveparam`. */
  readonly slug: string
  /** The built module. */
  readonly code: string
  /** Its declarations. */
  readonly types: string
}

/** A package that some entry points work with, where it is installed. */
export interface Peer {
  readonly name: string
  readonly range: string
}

/** What is read of `package.json`. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly engines: { readonly node: string }
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}

/** The project's root. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** The `package.json` of the project. */
export const manifest: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What `package.json` exports, but for itself. */
export function entryPoints(): readonly EntryPoint[] {
  const { name, exports } = manifest
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === 'string') return []
    const slug = subpath === '.' ? name : subpath.slice('./'.length)
    return {
      name: subpath === '.' ? name : `${name}/${slug}`,
      slug,
      code: join(root, target.default),
      types: join(root, target.types),
    }
  })
}

/** What `package.json` names as peers that may be absent. */
export function optionalPeers(): readonly Peer[] {
  const { peerDependencies, peerDependenciesMeta } = manifest
  return Object.entries(peerDependencies)
    .filter(([name]) => peerDependenciesMeta[name]?.optional === true)
    .map(([name, range]) => ({ name, range }))
}

/** What the build takes in of other packages, so that it is shipped. */
export function bundledPackages(): string[] {
  const maps = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.js.map'),
  )
  const sources = maps.flatMap((path): string[] => JSON.parse(readFileSync(join(root, 'dist', path), 'utf8')).sources)
  const names = sources.flatMap(
    (source) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(source)?.[1] ?? [],
  )
  return [...new Set(names)].sort()
}
