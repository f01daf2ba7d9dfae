import * as z from 'zod'

// Prints how long the event loop is blocked at a time, in milliseconds of the processor, as JSON.
const dist = new URL('../../dist/', import.meta.url)
const { defineConfig, loadConfig } = await import(new URL('index.js', dist).href)
const { memorySource } = await import(new URL('testing/index.js', dist).href)

// Where Node can tell, without the threads that compile and collect garbage: these do not block the event loop.
const cpuUsage = process.threadCpuUsage ?? process.cpuUsage
const options = { path: '/app', poll: false, logger: false, notifications: [] }
const small = schemaOf(1_000)
const defined = await longestTurn(async () => defineConfig({ ...options, schema: small }))

const keys = keysOf(10_000)
const source = memorySource({ parameters: Object.fromEntries(keys.map((key) => [`/app/${key}`, key])) })
const definition = defineConfig({ ...options, schema: schemaOf(10_000), source })
const loaded = await longestTurn(() => loadConfig(definition))
const refreshed = await longestTurn(() => loaded.result.refresh())
await loaded.result.close()
console.log(JSON.stringify({ defineMs: defined.longestMs, loadMs: loaded.longestMs, refreshMs: refreshed.longestMs }))

/** The most that one turn of the event loop takes while something runs. */
async function longestTurn(run) {
  let longestMs = 0
  let isOver = false
  let before = cpuUsage.call(process)
  const mark = () => {
    const { user, system } = cpuUsage.call(process, before)
    longestMs = Math.max(longestMs, (user + system) / 1_000)
    before = cpuUsage.call(process)
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
