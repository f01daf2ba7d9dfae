import { defineConfig, type InferConfig } from 'liveparam'
import * as z from 'zod'

export const definition = defineConfig({
  path: `/shop/${process.env.APP_ENV ?? 'dev'}`,
  schema: z.object({ currency: z.string().length(3), taxPercent: z.number().min(0) }),
  poll: { everyMs: Number(process.env.POLL_MS ?? 60_000) },
})

export type Shop = InferConfig<typeof definition>
