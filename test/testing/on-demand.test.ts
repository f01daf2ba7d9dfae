import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../support/entry-points.ts'

const src = join(root, 'src')
const list = 'testing/on-demand.ts'

/** The modules that a file imports by `import()`, but not the packages. */
function importedOnDemand(path: string): string[] {
  const imports = readFileSync(join(src, path), 'utf8').matchAll(/\bimport\(\s*'(\.[^']+)'\s*\)/g)
  return [...imports].map(([, specifier = '']) => relative(src, join(src, dirname(path), specifier)))
}

it('loads every module that src imports on demand before a fake clock advances', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
  // The command line and the local AWS run in processes without a fake clock.
  const ofConfigs = files.filter((path) => path !== list && !/^(cli|local)\//.test(path))

  expect(importedOnDemand(list)).toEqual([...new Set(ofConfigs.flatMap(importedOnDemand))].sort())
})
