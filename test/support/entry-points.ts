import { readFileSync } from 'node:fs'
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

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
}

/** The project's root. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** What `package.json` exports, but for itself. */
export function entryPoints(): readonly EntryPoint[] {
  const { name, exports }: Manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
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
