import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { startLambdaExtension } from './support/lambda-extension.ts'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, inMs, median } from './support/measure.ts'
import { print } from './support/table.ts'

// In a new process each time: from the end of Node's own start to a validated configuration of a hundred parameters.
const runs = 15
const run = promisify(execFile)
const folder = fileURLToPath(new URL('contenders/fresh-process/', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))
const asBundle: BuildOptions = {
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  mainFields: ['module', 'main'],
  logLevel: 'error',
}
// CommonJS code in an ES module bundle requires built-in modules by require().
const banner = { js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);" }
const contenders = {
  'bare-without-schema': 'bare parallel GetParameters, without a schema',
  bare: 'bare parallel GetParameters and schema.parse()',
  liveparam: 'liveparam',
  'liveparam-mini': 'liveparam, zod/mini',
  light: 'liveparam, lightClient()',
  'light-mini': 'liveparam, lightClient(), zod/mini',
  'aws-lite': 'aws-lite, parallel GetParameters',
  'middy-by-names': 'Middy 6, by names',
  middy: 'Middy 6, by path',
  extension: 'Parameters and Secrets Lambda Extension',
  'powertools-by-names': 'Powertools, by names',
  powertools: 'Powertools, by path',
  paginator: 'SDK paginator',
}
const withNode22 = { '../../node-22/middy-7': 'Middy 7, by names', ...contenders }
const node22 = fileURLToPath(new URL('node-22/node_modules/node/bin/node', import.meta.url))

await using aws = await startRemoteAws()
await using extension = await startLambdaExtension(aws)
await aws.setUp({ latencyMs: roundTripMs })
await aws.put(Array.from({ length: 100 }, (_, index) => ({ name: `/cold/key${index}`, value: String(index) })))
const out = await mkdtemp(join(tmpdir(), 'liveparam-bench-'))
await symlink(join(root, 'node_modules'), join(out, 'node_modules'))
try {
  await startCold(contenders, 'cold start of 100')
  await bundle(contenders)
  await startCold(contenders, 'cold start of 100, bundled', { folder: out })
  await importEntry()
  if (existsSync(node22)) {
    await bundle(withNode22)
    await startCold(withNode22, 'cold start of 100, bundled, on Node 22', { folder: out, node: node22 })
  } else {
    console.log('no figures on Node 22: run npm install --prefix bench/node-22\n')
  }
} finally {
  await rm(out, { recursive: true })
}
await measureSize()

type Contenders = Readonly<Record<string, string>>

async function bundle(contenders: Contenders): Promise<void> {
  for (const name of Object.keys(contenders)) {
    await build({
      ...asBundle,
      banner,
      // docs/light-client.md: a light client does without the SDK.
      ...(name.startsWith('light') && { external: ['@aws-sdk/*'] }),
      entryPoints: [join(folder, `${name}.mjs`)],
      outfile: join(out, `${basename(name)}.mjs`),
    })
  }
}

async function startCold(
  contenders: Contenders,
  title: string,
  { folder: from = folder, node = process.execPath }: { readonly folder?: string; readonly node?: string } = {},
): Promise<void> {
  const files = Object.fromEntries(
    Object.entries(contenders).map(([name, shown]) => [shown, join(from, `${basename(name)}.mjs`)]),
  )
  const times = await takeTurns(files, node)
  const [own = Number.NaN, bare = Number.NaN] = [contenders.liveparam, contenders.bare].map((shown = '') =>
    median(times[shown] ?? []),
  )
  print(
    [title, 'median', '× bare', 'liveparam is faster by'],
    Object.entries(times).map(([name, taken]) => {
      return [name, inMs(median(taken)), asRatio(median(taken) / bare), asRatio(median(taken) / own)]
    }),
  )
}

async function importEntry(): Promise<void> {
  const [client, entry] = ['@aws-sdk/client-ssm', 'liveparam'].map((name) => import.meta.resolve(name))
  const oneFile = join(out, 'one-file.mjs')
  await build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    entryPoints: [fileURLToPath(entry ?? '')],
    outfile: oneFile,
  })
  const empty = join(out, 'empty.mjs')
  await writeFile(empty, 'export {}')
  const imported = {
    'an empty module': pathToFileURL(empty).href,
    liveparam: entry,
    'liveparam as one file': pathToFileURL(oneFile).href,
  }
  for (const [name, url] of Object.entries(imported)) {
    await writeFile(
      join(out, `${name}.mjs`),
      `await import(${JSON.stringify(client)})
       const startedAt = performance.now()
       await import(${JSON.stringify(url)})
       console.log(performance.now() - startedAt)
       process.exit()`,
    )
  }
  const times = await takeTurns(
    Object.fromEntries(Object.keys(imported).map((name) => [name, join(out, `${name}.mjs`)])),
  )
  const [, own, whole] = Object.keys(imported).map((name) => median(times[name] ?? []))
  print(
    ['import, once client-ssm is loaded', 'median', '× one file'],
    Object.entries(times).map(([name, taken]) => [name, inMs(median(taken)), asRatio(median(taken) / (whole ?? 0))]),
  )
  console.log(`the entry takes ${asRatio((own ?? 0) / (whole ?? 0))} the time of the same code as one file\n`)
}

/** Runs each file in a process, in turns. The first turn does not count. @returns The times that they print, in ms. */
async function takeTurns(
  files: Readonly<Record<string, string>>,
  node: string = process.execPath,
): Promise<Record<string, number[]>> {
  const env = {
    ...process.env,
    AWS_REGION: aws.place.region,
    AWS_ENDPOINT_URL: aws.place.endpoint,
    AWS_SESSION_TOKEN: 'bench',
    PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: String(extension.port),
  }
  const times: Record<string, number[]> = {}
  for (let turn = 0; turn <= runs; turn++) {
    for (const [name, file] of Object.entries(files)) {
      const { stdout } = await run(node, [file], { env, cwd: root })
      if (turn > 0) times[name] = [...(times[name] ?? []), Number(stdout)]
    }
  }
  return times
}

async function measureSize(): Promise<void> {
  const external = ['@aws-sdk/*', 'zod']
  const { outputFiles } = await build({
    ...asBundle,
    external,
    write: false,
    entryPoints: [join(root, 'src/index.ts')],
  })
  const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0)
  print(['the entry, minified', 'gzip'], [['without the SDK and zod', `${(bytes / 1_024).toFixed(1)} KB`]])
}
