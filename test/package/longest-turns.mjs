import * as z from 'zod'

// Prints how long liveparam blocks the event loop at a time, in milliseconds of the processor, as JSON. The time of zod
// does not count: it parses the whole object in one call.
const dist = new URL('../../dist/', import.meta.url)
const { defineConfig, loadConfig } = await import(new URL('index.js', dist).href)
const { memorySource } = await import(new URL('testing/index.js', dist).href)

let zodMs = 0
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

/** The most that one turn of the event loop takes while something runs, without zod. */
async function longestTurn(run) {
  let longestMs = 0
  let isOver = false
  let before = process.cpuUsage()
  zodMs = 0
  const mark = () => {
    longestMs = Math.max(longestMs, msSince(before) - zodMs)
    before = process.cpuUsage()
    zodMs = 0
    if (!isOver) setImmediate(mark)
  }
  setImmediate(mark)
  const result = await run()
  isOver = true
  await new Promise((resolve) => setImmediate(resolve))
  return { result, longestMs }
}

function msSince(before) {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

/** A schema that adds the time of its parses to `zodMs`. */
function schemaOf(count) {
  const schema = z.object(Object.fromEntries(keysOf(count).map((key) => [key, z.string()])))
  const { safeParseAsync } = schema
  const value = (...input) => {
    const before = process.cpuUsage()
    const parsed = safeParseAsync.apply(schema, input)
    zodMs += msSince(before)
    return parsed
  }
  return Object.defineProperty(schema, 'safeParseAsync', { value })
}

function keysOf(count) {
  return Array.from({ length: count }, (_, index) => `key${index}`)
}
