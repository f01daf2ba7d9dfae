import { createHash, timingSafeEqual } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import express, { type Express, type Request } from 'express'
import type { LiveConfig } from 'liveparam'
import { expressConfig } from 'liveparam/express'
import type { ShopConfig } from './config.ts'

export function createApp(config: LiveConfig<ShopConfig>): Express {
  const { middleware, getConfig, getSnapshot, health, readiness, statusPage } = expressConfig(config)
  const mayOperate = ({ headers }: Request) => isToken(headers.authorization, config.current.operatorToken)

  const app = express()
  app.disable('x-powered-by')
  app.get('/health', health)
  app.get('/ready', readiness)
  app.use('/_config', statusPage({ title: 'Shop', authorize: mayOperate }))
  app.use(middleware)
  app.get('/price/:cents', async (request, response) => {
    if (!request.config.checkoutEnabled) {
      response.status(503).json({ error: 'the checkout is closed' })
      return
    }
    const net = { currency: request.config.currency, revision: getSnapshot().revision }
    // For example, a database call during which the currency and the tax may change.
    await setTimeout(5)
    response.json({ net, gross: grossOf(Number(request.params.cents)), revision: getSnapshot().revision })
  })
  return app

  // Code that runs within a request reads its configuration without an argument.
  function grossOf(cents: number): { readonly amount: string; readonly currency: string } {
    const { taxPercent, currency } = getConfig()
    return { amount: ((cents / 100) * (1 + taxPercent / 100)).toFixed(2), currency }
  }
}

function isToken(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}
