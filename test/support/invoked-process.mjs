// Invokes a function once as Lambda does. Its handler starts a refresh, and does not wait for it.
import { createConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import * as z from 'zod'

const config = createConfig({ ...JSON.parse(process.argv[2]), schema: z.object({ a: z.string() }), path: '/app' })
const refresh = () => {
  config.refresh().catch(() => undefined)
  return 'answered'
}
const handler = withConfig(refresh, config)
console.log(await handler({}, { getRemainingTimeInMillis: () => 1_000 }).catch(({ code }) => code))
