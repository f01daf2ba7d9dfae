import { lightClient } from 'liveparam/light'
import * as z from 'zod'

const { LIVEPARAM_TEST_OPTIONS: more = '{}', LIVEPARAM_TEST_CLIENT: client } = process.env

export const options = {
  schema: z.object({ a: z.string(), more: z.record(z.string(), z.string()) }),
  path: '/app',
  poll: { everyMs: 1_000 },
  logger: { warn: (message) => console.warn(message) },
  ...(client === 'light' && { client: lightClient() }),
  ...JSON.parse(more),
}

export function report(config) {
  const { state, failures, usage } = config.status()
  return { state, failures, calls: usage.calls }
}
