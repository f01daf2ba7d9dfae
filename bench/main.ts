import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

// npm run bench, or npm run bench -- cold-load hot-read
const folder = fileURLToPath(new URL('.', import.meta.url))
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`there is no bench ${unknown.join(', ')}: choose from ${known.join(', ')}`)
  process.exit(1)
}

const require = createRequire(import.meta.url)
const versionOf = (name: string) => `${name} ${require(`${folder}../node_modules/${name}/package.json`).version}`
const versions = ['@aws-sdk/client-ssm', 'zod', '@aws-lambda-powertools/parameters', '@middy/ssm'].map(versionOf)
const [cpu] = cpus()
console.log(`${cpus().length} × ${cpu?.model.trim() ?? 'an unknown processor'}, Node ${process.version}`)
console.log(`${versions.join(', ')}\n`)

for (const name of asked.length === 0 ? known : asked) {
  const { status } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', `${folder}${name}.ts`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) process.exitCode = 1
}
