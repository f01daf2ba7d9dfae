import { loadConfig, secret } from 'liveparam'
import * as z from 'zod'

const env = process.env.APP_ENV ?? 'dev'

/** Loaded once, before the modules that import it run. */
export const config = await loadConfig({
  path: `/shop/${env}`,
  schema: z.object({
    port: z.int(),
    greeting: z.string(),
    mail: z.object({ from: z.email(), apiKey: z.string() }),
    db: secret(`${env}/db`, z.object({ username: z.string(), password: z.string() })),
  }),
})
