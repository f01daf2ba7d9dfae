import { createConfig, defineConfig, type InferConfig, type LiveConfig, secret } from 'liveparam'
import * as z from 'zod'

const env = process.env.APP_ENV ?? 'dev'

const definition = defineConfig({
  path: `/shop/${env}`,
  schema: z.object({
    greeting: z.string(),
    mail: z.object({ from: z.email(), apiKey: z.string() }),
    db: secret(`${env}/db`, z.object({ username: z.string(), password: z.string() })),
  }),
})

type ShopConfig = LiveConfig<InferConfig<typeof definition>>

const key = Symbol.for('shop.config')
const kept: typeof globalThis & { [key]?: ShopConfig } = globalThis

/**
 * The one config of the process. The first call, in `instrumentation.ts`, starts it. It is not a variable of this module,
 * because Next bundles the module more than once, and evaluates it again after each edit.
 */
export function shopConfig(): ShopConfig {
  kept[key] ??= createConfig(definition)
  return kept[key]
}
