// README.md gives the reason for each setting.
const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  minify: true,
  sourcemap: true,
  sourcesContent: false,
}

/** @type {import('esbuild').BuildOptions} */
export const asModule = {
  ...shared,
  format: 'esm',
  banner: { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" },
}

/** @type {import('esbuild').BuildOptions} */
export const asCommonJs = { ...shared, format: 'cjs' }
