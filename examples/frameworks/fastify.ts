import Fastify from 'fastify'
import { closeOnSignals, loadConfig } from 'liveparam'
import { definition, type Shop } from './definition.ts'

declare module 'fastify' {
  interface FastifyRequest {
    shop: Shop
  }
}

const config = await loadConfig(definition)
const app = Fastify()
app.decorateRequest('shop')
app.addHook('onRequest', async (request) => {
  request.shop = config.pin().value // one snapshot from the beginning of a request to its end
})
app.get('/price', async ({ shop }) => ({ gross: 100 * (1 + shop.taxPercent / 100), currency: shop.currency }))
app.get('/ready', async (_request, reply) => {
  const { status } = config.health()
  return reply.code(status === 'down' ? 503 : 200).send({ status })
})

closeOnSignals(config, { before: () => app.close() })
console.log(`listening on ${await app.listen({ port: Number(process.env.PORT ?? 3000) })}`)
