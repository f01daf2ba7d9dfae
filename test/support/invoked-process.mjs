// Invokes a function once as Lambda does, with too little time for its start.
import { createConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import * as z from 'zod'

const config = createConfig({ ...JSON.parse(process.argv[2]), schema: z.object({ a: z.string() }), path: '/app' })
const handler = withConfig(() => 'answered', config)
await handler({}, { getRemainingTimeInMillis: () => 1_000 }).catch(({ code }) => console.log(code))
