// Invokes a function once as Lambda does. Its handler starts a refresh, and does not wait for it.
import { createConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import * as z from 'zod'

const [options = '{}', remainingMs] = process.argv.slice(2)
const config = createConfig({ ...JSON.parse(options), schema: z.object({ a: z.string() }), path: '/app' })
const refresh = () => {
  config.refresh().catch(() => undefined)
  return 'answered'
}
const handler = withConfig(refresh, config)
console.log(await handler({}, { getRemainingTimeInMillis: () => Number(remainingMs) }).catch(({ code }) => code))
