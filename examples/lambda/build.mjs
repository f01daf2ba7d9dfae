import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { asCommonJs, asModule } from './settings.mjs'

// node build.mjs [folder]
const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const [folder = here('dist')] = process.argv.slice(2)
// liveparam is not in node_modules of this repository, which causes irrelevant warnings.
const quietly = { logOverride: { 'ignored-bare-import': 'silent' } }

await build({ ...asModule, ...quietly, entryPoints: [here('esm/index.ts')], outfile: `${folder}/esm/index.mjs` })
await build({
  ...asCommonJs,
  ...quietly,
  entryPoints: [here('commonjs/index.ts')],
  outfile: `${folder}/commonjs/index.cjs`,
})
