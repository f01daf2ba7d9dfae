import { defineConfig, type InferConfig, type LiveConfig, secret } from 'liveparam'
import * as z from 'zod'

const env = process.env.APP_ENV ?? 'dev'

export const definition = defineConfig({
  path: `/shop/${env}`,
  schema: z.object({
    port: z.int(),
    greeting: z.string(),
    mail: z.object({ from: z.email(), apiKey: z.string() }),
    db: secret(`${env}/db`, z.object({ username: z.string(), password: z.string() })),
  }),
})

/** What `@Inject(shopConfig)` gives. */
export type ShopConfig = LiveConfig<InferConfig<typeof definition>>

/** By name, because a type is nothing that Nest could inject by. */
export const shopConfig = 'shopConfig'
