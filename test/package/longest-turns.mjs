import * as z from 'zod'

// Prints how long the event loop is blocked at a time, in milliseconds of the processor, as JSON.
const dist = new URL('../../dist/', import.meta.url)
const { defineConfig, loadConfig } = await import(new URL('index.js', dist).href)
const { memorySource } = await import(new URL('testing/index.js', dist).href)

const options = { path: '/app', poll: false, logger: false, notifications: [] }
const small = schemaOf(1_000)
const defined = await longestTurn(async () => defineConfig({ ...options, schema: small }))

const keys = keysOf(10_000)
const source = memorySource({ parameters: Object.fromEntries(keys.map((key) => [`/app/${key}`, key])) })
const definition = defineConfig({ ...options, schema: schemaOf(10_000), source })
const loaded = await longestTurn(() => loadConfig(definition))
const refreshed = await longestTurn(() => loaded.result.refresh())
await loaded.result.close()
const referenceMs = Math.min(...Array.from({ length: 5 }, reference))
console.log(
  JSON.stringify({
    referenceMs,
    defineMs: defined.longestMs,
    loadMs: loaded.longestMs,
    refreshMs: refreshed.longestMs,
  }),
)

/** The processor time of a fixed amount of work. */
function reference() {
  const before = process.cpuUsage()
  JSON.parse(JSON.stringify(Array.from({ length: 50_000 }, (_, index) => ({ key: `key${index}`, index }))))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** The most that one turn of the event loop takes while something runs. */
async function longestTurn(run) {
  let longestMs = 0
  let isOver = false
  let before = process.cpuUsage()
  const mark = () => {
    const { user, system } = process.cpuUsage(before)
    longestMs = Math.max(longestMs, (user + system) / 1_000)
    before = process.cpuUsage()
    if (!isOver) setImmediate(mark)
  }
  setImmediate(mark)
  const result = await run()
  isOver = true
  await new Promise((resolve) => setImmediate(resolve))
  return { result, longestMs }
}

function schemaOf(count) {
  return z.object(Object.fromEntries(keysOf(count).map((key) => [key, z.string()])))
}

function keysOf(count) {
  return Array.from({ length: count }, (_, index) => `key${index}`)
}
