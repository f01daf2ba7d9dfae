import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { closeOnSignals, loadConfig } from 'liveparam'
import { definition, type Shop } from './definition.ts'

const config = await loadConfig(definition)
const app = new Hono<{ Variables: { shop: Shop } }>()
app.use(async (context, next) => {
  context.set('shop', config.pin().value) // one snapshot from the beginning of a request to its end
  await next()
})
app.get('/price', (context) => {
  const { taxPercent, currency } = context.get('shop')
  return context.json({ gross: 100 * (1 + taxPercent / 100), currency })
})
app.get('/ready', (context) => {
  const { status } = config.health()
  return context.json({ status }, status === 'down' ? 503 : 200)
})

const options = { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.PORT ?? 3000) }
const server = serve(options, ({ port }) => console.log(`listening on http://127.0.0.1:${port}`))
closeOnSignals(config, { before: () => new Promise((done) => server.close(done)) })
