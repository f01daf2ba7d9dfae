import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import express, { type RequestHandler } from 'express'
import { loadConfig } from 'liveparam'
import { expressConfig } from 'liveparam/express'
import * as z from 'zod'

// A service in a separate process: with the middleware, with an AsyncLocalStorage by hand, or with neither.
const [endpoint = '', kind = 'bare'] = process.argv.slice(2)
const config = await loadConfig({
  path: '/served',
  schema: z.object({ limits: z.record(z.string(), z.number()), greeting: z.string() }),
  poll: false,
  endpoint,
  region: 'us-east-1',
})
const { middleware, getConfig } = expressConfig(config, { property: 'served' })
const app = express()
if (kind === 'pinned') app.use(middleware)
const storage = new AsyncLocalStorage<typeof config.current>()
if (kind === 'by hand') app.use((_request, _response, next) => storage.run(config.current, next))
const readers: Readonly<Record<string, () => typeof config.current>> = {
  pinned: () => getConfig(),
  'by hand': () => storage.getStore() ?? config.current,
}
const read = readers[kind] ?? (() => config.current)
const answer: RequestHandler = (_request, response) => {
  const { greeting, limits } = read()
  response.json({ greeting, limit: limits.key7 })
}
app.get('/', answer)
app.post('/order', express.json(), async (request, response, next) => {
  // The time of a database call.
  await setTimeout(2)
  if (!Array.isArray(request.body.items)) throw new TypeError('an order has items')
  await answer(request, response, next)
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')

process.on('message', async (question) => {
  if (question === 'use') {
    const { user, system } = process.cpuUsage()
    process.send?.((user + system) / 1_000)
    return
  }
  const startedAt = performance.now()
  await config.refresh()
  process.send?.(performance.now() - startedAt)
})
process.on('disconnect', () => process.exit())
const { port } = server.address() as AddressInfo
process.send?.({ url: `http://127.0.0.1:${port}` })
