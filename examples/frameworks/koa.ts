import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { closeOnSignals, loadConfig } from 'liveparam'
import { definition, type Shop } from './definition.ts'

const config = await loadConfig(definition)
const app = new Koa<{ shop: Shop }>()
app.use(async (context, next) => {
  context.state.shop = config.pin().value // one snapshot from the beginning of a request to its end
  await next()
})
app.use((context) => {
  const { shop } = context.state
  const { status } = config.health()
  if (context.path === '/price') context.body = { gross: 100 * (1 + shop.taxPercent / 100), currency: shop.currency }
  if (context.path !== '/ready') return
  context.status = status === 'down' ? 503 : 200
  context.body = { status }
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
closeOnSignals(config, { before: () => new Promise((done) => server.close(done)) })
