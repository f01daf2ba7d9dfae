import { defineConfig, type InferConfig } from 'liveparam'
import * as z from 'zod'

export const definition = defineConfig({
  path: '/shop/dev/worker',
  schema: z.object({
    currency: z.string().length(3),
    taxPercent: z.number().min(0),
    pauseMs: z.int().min(0),
  }),
})

export type WorkerConfig = InferConfig<typeof definition>
