import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { at, localAws, put } from '../support/aws.ts'
import { describeWithRegistry, installTarball, runIn } from '../support/tarball.ts'

const program = `
  import { loadConfig } from 'liveparam'
  import * as z from 'zod'

  const schema = z.object({ port: z.number(), token: z.string() })
  const config = await loadConfig({ schema, path: '/app' })
  console.log(config.current.port)
  await config.close()
`

// What is CommonJS in a bundle of modules asks for its built-in modules by require().
const banner = "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);"

const bundlers = {
  esbuild: `
    import { build } from 'esbuild'
    await build({
      entryPoints: ['main.mjs'], outfile: 'esbuild/main.mjs',
      bundle: true, platform: 'node', format: 'esm', minify: true, logLevel: 'warning', banner: { js: ${JSON.stringify(banner)} },
    })
  `,
  rollup: `
    import commonjs from '@rollup/plugin-commonjs'
    import json from '@rollup/plugin-json'
    import resolve from '@rollup/plugin-node-resolve'
    import { rollup } from 'rollup'
    const plugins = [resolve({ exportConditions: ['node'], preferBuiltins: true }), commonjs(), json()]
    // It warns of comments and circles in other packages, too.
    const onwarn = ({ message }) => {
      if (/node_modules\\/liveparam|could not be resolved/.test(message)) console.error(message)
    }
    const bundle = await rollup({ input: 'main.mjs', plugins, onwarn })
    await bundle.write({ dir: 'rollup', format: 'esm', entryFileNames: '[name].mjs' })
  `,
  webpack: `
    import { promisify } from 'node:util'
    import webpack from 'webpack'
    const stats = await promisify(webpack)({
      mode: 'production', target: 'node20.19', entry: './main.mjs',
      experiments: { outputModule: true },
      output: { path: import.meta.dirname + '/webpack', filename: 'main.mjs', module: true },
    })
    if (stats.hasErrors() || stats.hasWarnings()) console.error(stats.toString())
  `,
}

describeWithRegistry('a bundle', () => {
  let folder = ''

  beforeAll(async () => {
    const rollup = ['rollup@4', '@rollup/plugin-commonjs@29', '@rollup/plugin-json@6', '@rollup/plugin-node-resolve@16']
    const installed = await installTarball({ packages: ['zod@4', 'esbuild@0.28', 'webpack@5', ...rollup] })
    folder = installed.folder
    writeFileSync(join(folder, 'main.mjs'), program)
    return installed.remove
  }, 300_000)

  it.each(Object.entries(bundlers))('of %s loads a configuration', async (name, build) => {
    writeFileSync(join(folder, `${name}.mjs`), build)
    const built = await runIn(folder, [`${name}.mjs`])
    expect(built).toEqual({ code: 0, output: '', errors: '' })

    const aws = await localAws()
    put(aws, { '/app/port': '8080', '/app/token': ['SecureString', 'hunter2'] })
    const { endpoint, region } = at(aws)
    const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region }

    expect(await runIn(folder, [`${name}/main.mjs`], env)).toEqual({ code: 0, output: '8080\n', errors: '' })
  })
})
