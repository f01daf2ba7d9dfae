import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { asModule } from '../examples/lambda/settings.mjs'
import { roundTripMs, startRemoteAws } from './support/local-aws.ts'
import { asRatio, inMs, median } from './support/measure.ts'
import { print } from './support/table.ts'

// A function with liveparam and with the alternatives: from the end of Node's own start to the answer of the first
// invocation, with a hundred parameters; then the cost of each further invocation.
const runs = 15
const folder = fileURLToPath(new URL('contenders/function/', import.meta.url))
const contenders = {
  bare: 'bare parallel GetParameters and schema.parse()',
  liveparam: 'liveparam',
  light: 'liveparam, lightClient()',
  'aws-lite': 'aws-lite, parallel GetParameters',
  'middy-by-names': 'Middy 6, by names',
  middy: 'Middy 6, by path',
  'powertools-by-names': 'Powertools, by names',
  powertools: 'Powertools, by path',
}
type Name = keyof typeof contenders
const names = Object.keys(contenders) as Name[]
// The handlers of one process take turns.
const rounds = 15

await using aws = await startRemoteAws()
await aws.setUp({ latencyMs: roundTripMs })
await aws.put(Array.from({ length: 100 }, (_, index) => ({ name: `/cold/key${index}`, value: String(index) })))
const out = await mkdtemp(join(tmpdir(), 'liveparam-bench-'))
try {
  for (const name of names) {
    const files = { entryPoints: [`${folder}${name}.mjs`], outfile: join(out, `${name}.mjs`) }
    // docs/light-client.md: a light client does without the SDK.
    const external = name === 'light' ? ['@aws-sdk/*'] : []
    await build({ ...asModule, ...files, external, logLevel: 'error' })
  }
  await init((name) => `${folder}${name}.mjs`, 'init and first invocation')
  await init((name) => join(out, `${name}.mjs`), 'init and first invocation, bundled')
  await warm()
} finally {
  await rm(out, { recursive: true })
}

async function init(fileOf: (name: string) => string, title: string): Promise<void> {
  const times = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let run = 0; run <= runs; run++) {
    for (const [name, taken] of times) {
      const [ms = Number.NaN] = await answersOf('first.mjs', fileOf(name))
      if (run > 0) taken.push(ms)
    }
  }
  const own = median(times.get('liveparam') ?? [])
  const rows = [...times].map(([name, taken]) => [contenders[name], inMs(median(taken)), asRatio(median(taken) / own)])
  print([title, 'median', 'liveparam is faster by'], rows)
}

async function warm(): Promise<void> {
  const answers = await answersOf('warm.mjs', String(rounds))
  const [bare = Number.NaN, wrapped = Number.NaN, middleware = Number.NaN] = answers
  print(
    ['a warm invocation', 'median', 'added to the bare handler'],
    [
      ['the bare handler', inUs(bare), ''],
      ['withConfig', inUs(wrapped), inUs(wrapped - bare)],
      ['configMiddleware, added to Middy', '', inUs(middleware)],
    ],
  )
}

/** Runs a script in the environment of Lambda. @returns The numbers that it prints. */
async function answersOf(script: string, argument: string): Promise<number[]> {
  const { region, endpoint } = aws.place
  const env = { ...process.env, AWS_REGION: region, AWS_ENDPOINT_URL: endpoint, AWS_LAMBDA_FUNCTION_NAME: 'bench' }
  const child = spawn(process.execPath, [`${folder}${script}`, argument], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  await once(child, 'close')
  return output.trim().split(' ').map(Number)
}

function inUs(us: number): string {
  return `${us.toFixed(1)} µs`
}
