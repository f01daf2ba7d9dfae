import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { SourceMap } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

// Prints which functions of dist run from a hint to the change event, as JSON: `{ file: [function, …] }`. The memory
// source and the fake clock stand in for AWS and the system: their functions do not count.
const dist = new URL('../../dist/', import.meta.url)
const root = fileURLToPath(new URL('..', dist))
const { loadConfig } = await import(new URL('index.js', dist).href)
const { createFakeClock, memorySource } = await import(new URL('testing/index.js', dist).href)

const session = new Session()
session.connect()
post('Profiler.enable')
post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })

const clock = createFakeClock()
const keys = Array.from({ length: 20 }, (_, index) => `key${index}`)
const source = memorySource({ clock, parameters: Object.fromEntries(keys.map((key) => [`/app/${key}`, '1'])) })
let inbox
const notifications = {
  name: 'test',
  listen(opened, { signal }) {
    inbox = opened
    return new Promise((ended) => signal.addEventListener('abort', ended))
  },
}
const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.int()])))
const config = await loadConfig({ schema, path: '/app', source, notifications, clock, poll: false, logger: false })
inbox.healthy()
await clock.advance(10_000)

source.put('/app/key7', '2')
let ran
config.on('change', () => {
  ran = post('Profiler.takePreciseCoverage')
})
post('Profiler.takePreciseCoverage')
inbox.hint({ kind: 'parameter', name: '/app/key7', operation: 'put' })
await clock.advance(1_000)
await config.close()
console.log(JSON.stringify(functionsByFile(ran.result)))

/** Calls of the inspector answer at once. */
function post(method, parameters) {
  let answer
  session.post(method, parameters, (error, result) => {
    if (error !== null) throw error
    answer = result
  })
  return answer
}

function functionsByFile(scripts) {
  const files = {}
  for (const { url, functions } of scripts) {
    if (!url.startsWith(dist.href) || url.startsWith(new URL('testing/', dist).href)) continue
    const path = fileURLToPath(url)
    const place = placesIn(path)
    for (const { functionName, ranges } of functions) {
      const [{ count, startOffset }] = ranges
      if (count === 0) continue
      const { file, line } = place(startOffset)
      files[file] ??= []
      files[file].push(`${functionName}:${line}`)
    }
  }
  return files
}

/** Where in src an offset of a built file comes from. */
function placesIn(path) {
  const map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')))
  const text = readFileSync(path, 'utf8')
  return (offset) => {
    const before = text.slice(0, offset).split('\n')
    const entry = map.findEntry(before.length - 1, before.at(-1).length)
    return { file: relative(root, resolve(dirname(path), entry.originalSource)), line: entry.originalLine + 1 }
  }
}
