import { defineConfig, secret } from 'liveparam'
import * as z from 'zod'

/** What the function reads: policy.json allows this and nothing else. */
export const definition = defineConfig({
  path: '/shop/prod',
  schema: z.object({
    greeting: z.string(),
    checkoutEnabled: z.boolean(),
    mailKey: secret('prod/mail', z.string()),
  }),
  // What happens to it is told in the log of the function.
  logger: console,
})
