import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { entryPoints, root } from './entry-points.ts'

/** Bytes, minified and compressed, by what is imported. */
export type Sizes = Readonly<Record<string, number>>

/** Where the sizes are on record. */
export const sizesFile: string = join(root, 'test/package/sizes.json')

/** What each entry point adds to a bundle, other packages aside; and what `loadConfig` alone does. */
export async function measureSizes(): Promise<Sizes> {
  const sizes: Record<string, number> = {}
  for (const { name, code } of entryPoints()) sizes[name] = await sizeOf(`export * from ${JSON.stringify(code)}`)
  const [main] = entryPoints()
  sizes['loadConfig alone'] = await sizeOf(`export { loadConfig } from ${JSON.stringify(main?.code)}`)
  return sizes
}

/** The sizes that reviews have seen. */
export function recordedSizes(): Sizes {
  return JSON.parse(readFileSync(sizesFile, 'utf8'))
}

/** One line for each. */
export function sizeTable(sizes: Sizes): string {
  const lines = Object.entries(sizes).map(([name, bytes]) => {
    return `${name.padEnd(20)}${(bytes / 1_024).toFixed(1).padStart(6)} KiB`
  })
  return lines.join('\n')
}

async function sizeOf(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    packages: 'external',
    logLevel: 'error',
  })
  return outputFiles.reduce((sum, { contents: bytes }) => sum + gzipSync(bytes).length, 0)
}
