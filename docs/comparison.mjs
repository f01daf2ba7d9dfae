import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Writes docs/comparison.md, and the comparison in README.md, from the results of `npm run bench -- --record`.
// node docs/comparison.mjs [folder for comparison.md and README.md]
const root = fileURLToPath(new URL('..', import.meta.url))
const [folder] = process.argv.slice(2)
const { benches } = JSON.parse(await readFile(join(root, 'bench/results.json'), 'utf8'))
const start = 'cold start of 100, bundled, on Node 22'
// Middy 6 and 7 read in the same way: the faster one counts.
const middys = Object.keys(rowsOf('start', start))
  .filter((name) => /^Middy \d+, by names$/.test(name))
  .sort((a, b) => startMs(a) - startMs(b))
const names = {
  bare: 'bare parallel GetParameters and schema.parse()',
  liveparam: 'liveparam',
  light: 'liveparam, lightClient()',
  lightMini: 'liveparam, lightClient(), zod/mini',
  awsLite: 'aws-lite, parallel GetParameters',
  middy: middys[0],
  middyByPath: 'Middy 6, by path',
  powertools: 'Powertools, by names',
  powertoolsByPath: 'Powertools, by path',
  extension: 'Parameters and Secrets Lambda Extension',
  loop: 'SDK paginator',
}

if (folder !== undefined) await mkdir(folder, { recursive: true })
await writeFile(join(folder ?? join(root, 'docs'), 'comparison.md'), page())
const readme = await readFile(join(root, 'README.md'), 'utf8')
await writeFile(join(folder ?? root, 'README.md'), withComparison(readme))

function withComparison(text) {
  const markers = /(<!-- comparison -->\n)[\s\S]*?(<!-- \/comparison -->)/
  if (!markers.test(text)) throw new Error('README.md has no <!-- comparison --> and <!-- /comparison -->')
  return text.replace(markers, (_, before, after) => `${before}\n${summary()}\n\n${after}`)
}

/** The part of README.md. Its table fits on the screen of a phone. */
function summary() {
  const table = markdownTable(
    ['', 'ms', 'checks', 'live', 'pools'],
    [
      ['liveparam', startMs(names.liveparam), 'yes', 'yes', 'yes'],
      ['Middy', startMs(names.middy), '–', 'expiry', '–'],
      ['Powertools', startMs(names.powertools), '–', 'expiry', '–'],
      ['SDK', startMs(names.bare), '–', '–', '–'],
    ],
  )
  return `Choose **Powertools** or **Middy** for AppConfig or DynamoDB, or for a few values in one function; **parallel SDK calls
with \`schema.parse\`** for the fewest dependencies; **varlock** for values of many providers, before the process starts;
**\`@nestjs/config\`** for the environment variables of Nest.

${table}

**ms:** the start of a process with 100 parameters; liveparam with \`lightClient()\` takes ${startMs(names.light)} ms.
**checks:** validates against a schema. **live:** follows changes, or reads again when a cache expires. **pools:** rebuilds
them for a new password. In a process that runs already, a load takes ${loadRatios()} times as long as parallel SDK calls
without validation. [All figures and sources](docs/comparison.md).`
}

function page() {
  const { machine, versions } = benches.start
  return `# Comparison

The same two parameters, read with the SDK alone and with liveparam:

\`\`\`ts
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'
import { loadConfig } from 'liveparam'
import * as z from 'zod'

const client = new SSMClient()
const command = new GetParametersCommand({ Names: ['/shop/prod/db/host', '/shop/prod/db/port'], WithDecryption: true })
const { Parameters = [] } = await client.send(command)
const byName = Object.fromEntries(Parameters.map(({ Name, Value }) => [Name, Value]))
const plain = z
  .object({ host: z.string(), port: z.coerce.number() })
  .parse({ host: byName['/shop/prod/db/host'], port: byName['/shop/prod/db/port'] })

const schema = z.object({ host: z.string(), port: z.number() })
await using config = await loadConfig({ schema, path: '/shop/prod/db', client })
console.log(plain.port, config.current.port) // 5433 5433; a change reaches only the second one
\`\`\`

This page is generated from the recorded benchmarks by \`npm run docs\`.
\`npm run bench -- start lambda cold-load throttled\` measures them on your machine.
They ran on ${machine}; the cold starts on Node 22.
Versions: ${versions.join(', ')}.

Each alternative is used in the fastest way that its documentation shows: Middy and Powertools with a list of names, the
SDK with parallel calls. Times depend on the machine: compare them with each other.

## What the others do better

**Parallel SDK calls and \`schema.parse\`** need no library. They start in ${startMs(names.bare)} ms, liveparam with the
same SDK in ${startMs(names.liveparam)} ms. The code is twenty lines: names in groups of ten, \`GetParameters\`, and a
schema that coerces text. If the configuration is small, never changes while the process runs, and a restart is cheap,
this is enough.

**[Powertools Parameters](https://docs.aws.amazon.com/powertools/typescript/latest/features/parameters/)** is made by AWS
and reads more stores: Secrets Manager, AppConfig, DynamoDB, and your own provider. One value takes one line. Each value
has its own expiry, 5 seconds by default
([\`constants.ts\`](https://github.com/aws-powertools/powertools-lambda-typescript/blob/main/packages/parameters/src/constants.ts)).

**[Middy](https://middy.js.org/docs/middlewares/ssm)** starts in ${middyTimes()}
with a list of names, because it reads them by parallel calls during the init phase, as liveparam does. Its other middlewares read AppConfig, DynamoDB,
S3 and more. Middy 7 needs Node 22.

**[aws-lite](https://aws-lite.org)** is the fastest here, ${startMs(names.awsLite)} ms: it is a client without the SDK.
\`lightClient()\` of liveparam takes ${startMs(names.light)} ms, and ${startMs(names.lightMini)} ms with \`zod/mini\`.

**The [Parameters and Secrets Lambda Extension](https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html)**
works from every language and shares its cache between the code of one function. It reads one value per request, by
default three at a time, so a hundred take ${startMs(names.extension)} ms here, where a server stands in for it.

**[varlock](https://varlock.dev)** reads from many providers (1Password, Vault, AWS, Azure, Google Cloud and others),
describes the variables in a \`.env.schema\` for every language, and scans a repository for leaked secrets. Its
[AWS plugin](https://varlock.dev/plugins/aws-secrets/) reads one parameter per call, and puts the values into the
environment before the process starts. It needs Node 22. liveparam reads only AWS.

**[\`@nestjs/config\`](https://docs.nestjs.com/techniques/configuration)** is Nest's way to read environment variables and
\`.env\` files: injected, with namespaces, and validated by any
[standard schema](https://standardschema.dev) in version 12. It does not read AWS; a
[recipe](recipes.md#bootstrap) shows liveparam in Nest.

## What liveparam does that they do not

- One error names every missing, denied and invalid parameter, and says what to do. Middy lists missing names in
  \`cause.data\` of its error, and Powertools in \`_errors\` with \`throwOnError: false\`; your own \`schema.parse\`
  finds invalid values afterwards, and names keys, not parameters.
- The schema decides what a text means. \`z.coerce\` reads \`"no"\` as \`true\`; Powertools and Middy give text or parsed
  JSON.
- Behind a quota, calls wait instead of failing: see below.
- A change replaces the whole configuration or nothing, and reaches pools and clients. With Powertools, each value expires
  alone; with Middy, all expire after \`cacheExpiry\`, by default never. Your code has to find out what changed.
- The last good configuration is served through an outage.

## What it costs

liveparam is larger than each of them, [about ${coreKb()} KB](benchmarks.md#size) minified and compressed, plus zod. A
service with three values that never change needs none of this.

## Cold start of 100 parameters

A new process on Node 22, code and SDK bundled by esbuild, until the validated configuration is available.

${markdownTable(['', 'ms', 'relative'], startRows())}

## A client's first read

A new client in a running process, without the time to load code.

${markdownTable(['', '10', '100', '1,000'], coldLoadRows())}

## 1,000 parameters behind a quota

An account allows 40 calls per second by default. The shortest possible time is 1.00 ×.

${markdownTable(['', 'failed', 'time'], throttledRows())}

Powertools and Middy use the retries of the SDK, as the calls of these rows do: three attempts per call by default.

## Lambda: init and first invocation

Bundled, Node 20, 100 parameters.

${markdownTable(['', 'ms'], lambdaRows())}
`
}

function startRows() {
  const rows = Object.entries(rowsOf('start', start))
  const own = msOf(rowsOf('start', start)[names.liveparam][0])
  return rows
    .map(([name, [time]]) => [name, msOf(time), `${(msOf(time) / own).toFixed(2)} ×`])
    .sort(([, a], [, b]) => a - b)
}

function coldLoadRows() {
  const tables = [10, 100, 1000].map((count) => rowsOf('cold-load', `cold load of ${count}`))
  return Object.keys(tables[0]).map((name) => [name, ...tables.map((rows) => rows[name][0])])
}

function throttledRows() {
  const rows = rowsOf('throttled', '1,000 behind 40 calls per second')
  return Object.entries(rows).map(([name, [failed, time]]) => [name, failed, time.split(',')[0] || 'fails'])
}

function lambdaRows() {
  const rows = Object.entries(rowsOf('lambda', 'init and first invocation, bundled'))
  return rows.map(([name, [time]]) => [name, msOf(time)]).sort(([, a], [, b]) => a - b)
}

function startMs(name) {
  return String(msOf(cellsOf('start', start, name)[0]))
}

/** `202 ms (Middy 6) and 288 ms (Middy 7)` */
function middyTimes() {
  return middys.map((name) => `${startMs(name)} ms (${name.split(',')[0]})`).join(' and ')
}

/** `1.18 to 1.26`: how much longer liveparam takes than the bare calls. */
function loadRatios() {
  const ratios = [10, 100, 1000].map((count) => cellsOf('cold-load', `cold load of ${count}`, names.liveparam)[1])
  const numbers = ratios.map((ratio) => Number.parseFloat(ratio)).sort()
  return `${numbers[0].toFixed(2)} to ${numbers.at(-1).toFixed(2)}`
}

function coreKb() {
  return Math.round(Number.parseFloat(cellsOf('start', 'the entry, minified', 'without the SDK and zod')[0]))
}

function msOf(text) {
  return Number.parseFloat(text.replaceAll(',', ''))
}

function cellsOf(bench, title, name) {
  const cells = rowsOf(bench, title)[name]
  if (cells === undefined) throw new Error(`bench/results.json: ${bench}, "${title}" has no row "${name}"`)
  return cells
}

/** The rows of a table by their first cell. */
function rowsOf(bench, title) {
  const table = benches[bench]?.tables.find(({ head }) => head[0] === title)
  if (table === undefined)
    throw new Error(`bench/results.json has no table "${title}": npm run bench -- --record ${bench}`)
  return Object.fromEntries(table.rows.map(([name, ...cells]) => [name, cells]))
}

/** A table with aligned columns, as the formatter writes it. */
function markdownTable(head, rows) {
  const table = [head, ...rows].map((cells) => cells.map(String))
  const widths = head.map((_, column) => Math.max(3, ...table.map((cells) => cells[column].length)))
  const [first, ...rest] = table.map((cells) => `| ${cells.map((cell, at) => cell.padEnd(widths[at])).join(' | ')} |`)
  return [first, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n')
}
