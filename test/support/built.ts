import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { entryPoints, root } from './entry-points.ts'

/** Sees to it that what is tested is what the sources say. @throws Error when something was edited since the build. */
export function assertBuilt(): void {
  const builtAt = Math.min(...entryPoints().map(({ code }) => timeOf(code)))
  const edited = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .find((path) => timeOf(join(root, 'src', path)) > builtAt)
  if (edited !== undefined) throw new Error(`dist is older than src/${edited}: npm run build`)
}

function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
