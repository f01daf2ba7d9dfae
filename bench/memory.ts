import { defineConfig, loadConfig } from 'liveparam'
import type { ParameterSource, StoredParameter } from 'liveparam/source'
import * as z from 'zod'
import { print } from './support/table.ts'

// Memory of ten thousand parameters of a hundred bytes, after the load and after ten thousand refreshes.
const count = 10_000
const valueBytes = 100
const budget = 3 * valueBytes + 500
const refreshes = 10_000
const collect = globalThis.gc ?? (() => undefined)

const text = z.string()
const keys = Array.from({ length: count }, (_, index) => `key${index}`)
await measure('z.record', z.record(text, text))
await measure('z.object', z.object(Object.fromEntries(keys.map((key) => [key, text]))))

async function measure(name: string, schema: z.ZodType): Promise<void> {
  let changes = 0
  // New strings and objects each time, as in an HTTP answer.
  const source: ParameterSource = {
    async read() {
      const parameters = keys.map((key, index): StoredParameter => {
        const value = Buffer.from(key.padEnd(valueBytes, '.')).toString()
        const version = index === changes % count ? changes + 1 : 1
        return { name: `/app/${key}`, type: 'String', version, modifiedAt: 1_700_000_000_000 + index, value }
      })
      return { hierarchies: [{ parameters, failures: new Map() }], names: new Map(), secrets: [] }
    },
  }
  const definition = defineConfig({ schema, path: '/app', source, poll: false })
  const before = await heap()
  await using config = await loadConfig(definition)
  const each = async () => ((await heap()) - before) / count
  const loaded = await each()
  // One in fifty finds a change and builds a new snapshot.
  const samples: number[] = []
  for (let refresh = 1; refresh <= refreshes; refresh++) {
    if (refresh % 50 === 0) changes++
    await config.refresh()
    if (refresh % (refreshes / 5) === 0) samples.push(await each())
  }
  print(
    [`10,000 parameters, ${name}`, 'bytes per parameter', `budget ${budget}`],
    [
      ['loaded', loaded.toFixed(0), loaded <= budget ? 'kept' : 'exceeded'],
      ...samples.map((bytes, index) => [`after ${((index + 1) * refreshes) / 5} refreshes`, bytes.toFixed(0), '']),
    ],
  )
}

// Awaited objects are released one turn of the event loop later.
async function heap(): Promise<number> {
  for (let time = 0; time < 4; time++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  return process.memoryUsage().heapUsed
}
