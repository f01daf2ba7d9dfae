import { defineConfig, secret } from 'liveparam'
import * as z from 'zod'

/** The configuration of the function. policy.json allows exactly this. */
export const definition = defineConfig({
  path: '/shop/prod',
  schema: z.object({
    greeting: z.string(),
    checkoutEnabled: z.boolean(),
    mailKey: secret('prod/mail', z.string()),
  }),
  // Logs changes to the log of the function.
  logger: console,
})
