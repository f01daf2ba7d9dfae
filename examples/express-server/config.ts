import { defineConfig, type InferConfig, secret } from 'liveparam'
import * as z from 'zod'

const env = process.env.APP_ENV ?? 'dev'

export const definition = defineConfig({
  path: ['/shared', `/shop/${env}`],
  schema: z.object({
    port: z.int().default(3000),
    currency: z.string().length(3),
    taxPercent: z.number().min(0),
    checkoutEnabled: z.boolean(),
    operatorToken: secret(`${env}/shop/operator`, z.string().min(16)),
  }),
})

export type ShopConfig = InferConfig<typeof definition>

// Every request of this program has this property.
declare module 'liveparam/express' {
  interface RequestConfigs {
    readonly config: ShopConfig
  }
}
