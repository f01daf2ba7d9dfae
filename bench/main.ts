import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

// npm run bench, or npm run bench -- cold-load hot-read. --record stores the tables for the plots.
const folder = fileURLToPath(new URL('.', import.meta.url))
const results = join(folder, 'results.json')
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))
const { values, positionals: requested } = parseArgs({
  options: { record: { type: 'boolean' } },
  allowPositionals: true,
})
const unknown = requested.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}: choose from ${known.join(', ')}`)
  process.exit(1)
}

const require = createRequire(import.meta.url)
const versionOf = (name: string) => `${name} ${require(`${folder}../node_modules/${name}/package.json`).version}`
const versions = ['@aws-sdk/client-ssm', 'zod', '@aws-lambda-powertools/parameters', '@middy/ssm'].map(versionOf)
const [cpu] = cpus()
const machine = `${cpus().length} × ${cpu?.model.trim() ?? 'an unknown processor'}, Node ${process.version}`
console.log(`${machine}\n${versions.join(', ')}\n`)

const scratch = mkdtempSync(join(tmpdir(), 'liveparam-bench-'))
for (const name of requested.length === 0 ? known : requested) {
  const record = join(scratch, name)
  const { status } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', `${folder}${name}.ts`], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LIVEPARAM_BENCH_RECORD: record },
  })
  if (status !== 0) process.exitCode = 1
  else if (values.record === true) store(name, record)
}
rmSync(scratch, { recursive: true })

/** Replaces the stored tables of one benchmark. */
function store(name: string, record: string): void {
  const tables = readFileSync(record, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const before = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {}
  // Times of a busy machine are longer, and less even.
  const [, load = 0] = loadavg()
  const isBusy = load > 2 * cpus().length
  const where = isBusy ? `${machine}, busy with other work (load ${Math.round(load)})` : machine
  const benches = { ...before.benches, [name]: { machine: where, versions, tables } }
  writeFileSync(results, `${JSON.stringify({ benches }, undefined, 2)}\n`)
}
