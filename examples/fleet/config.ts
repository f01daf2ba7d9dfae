import { defineConfig } from 'liveparam'
import * as z from 'zod'

export const definition = defineConfig({
  path: '/shop/prod',
  schema: z.object({ greeting: z.string(), apiKey: z.string() }),
})
