import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { loadConfig } from 'liveparam'
import { expressConfig } from 'liveparam/express'
import * as z from 'zod'

// A service in a process of its own: with the middleware, or reading config.current.
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
if (kind === 'pinned') {
  app.use(middleware)
  app.get('/', (_request, response) => {
    const { greeting, limits } = getConfig()
    response.json({ greeting, limit: limits.key7 })
  })
} else {
  app.get('/', (_request, response) => {
    const { greeting, limits } = config.current
    response.json({ greeting, limit: limits.key7 })
  })
}
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
