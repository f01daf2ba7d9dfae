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

/** The type of `@Inject(shopConfig)`. */
export type ShopConfig = LiveConfig<InferConfig<typeof definition>>

/** A name, because Nest cannot inject by a TypeScript type. */
export const shopConfig = 'shopConfig'
