// Loads, is rejected, recovers, and loses its source: what is printed by itself?
import { createConfig } from 'liveparam'
import { memorySource } from 'liveparam/testing'
import * as z from 'zod'

const how = JSON.parse(process.argv[2])
const source = memorySource({ parameters: how.parameters ?? { '/app/n': '1' } })
const config = createConfig({
  schema: z.object({ n: z.number() }),
  path: '/app',
  source,
  poll: false,
  startup: { mode: how.mode ?? 'strict', timeoutMs: 100 },
  ...('logger' in how && { logger: how.logger }),
})
const refresh = () => config.refresh().catch(() => undefined)
const failed = new Promise((resolve) => config.on('error', resolve))
await Promise.race([config.ready.catch(() => undefined), failed])
if (how.parameters === undefined) {
  source.put('/app/n', 'a secret text')
  await refresh()
  await refresh()
  source.put('/app/n', '2')
  await refresh()
  source.fail('*', { code: 'UNREACHABLE', isTransient: true, detail: 'no answer\u001b[31m', remedy: 'look\nfor it' })
  await refresh()
}
console.log(config.status().state)
await config.close()
