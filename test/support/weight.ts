import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { entryPoints, root } from './entry-points.ts'

/** Bytes of an import in a bundle, minified and compressed. The AWS SDK, zod and other peers are not counted. */
export interface Weight {
  /** Of the entry and its static imports. */
  readonly eager: number
  /** With everything that is imported later. */
  readonly whole: number
}

/** What the import of an entry point weighs, p-retry and eventemitter3 included. */
export async function weighEntry(name = 'liveparam'): Promise<Weight> {
  const entry = entryPoints().find(({ slug }) => slug === name)?.code ?? ''
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    outdir: 'bundle',
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external: ['@aws-sdk/*', '@aws-crypto/*', '@opentelemetry/*', 'zod', 'express'],
    logLevel: 'error',
  })
  const eager = staticImports(metafile, 'bundle/index.js')
  const weigh = (files: typeof outputFiles) => gzipSync(Buffer.concat(files.map(({ contents }) => contents))).length
  return {
    eager: weigh(outputFiles.filter(({ path }) => [...eager].some((name) => path.endsWith(`/${name}`)))),
    whole: weigh(outputFiles),
  }
}

function staticImports({ outputs }: Metafile, file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  for (const { path, kind, external } of outputs[file]?.imports ?? []) {
    if (kind === 'import-statement' && external !== true) staticImports({ outputs } as Metafile, path, found)
  }
  return found
}
