import * as z from 'zod'
import { defineConfig, secret } from '../../src/index.ts'

/** The definition of the services in examples/bootstrap, whose modules load it when they are imported. */
export const bootstrap = defineConfig({
  path: '/shop/dev',
  schema: z.object({
    port: z.int(),
    greeting: z.string(),
    mail: z.object({ from: z.email(), apiKey: z.string() }),
    db: secret('dev/db', z.object({ username: z.string(), password: z.string() })),
  }),
})
