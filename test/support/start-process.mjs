import { createConfig } from 'liveparam'
import * as z from 'zod'

const config = createConfig({ ...JSON.parse(process.argv[2]), schema: z.object({ a: z.string() }), path: '/app' })
config.ready.then(() => {
  console.log('loaded', config.current.a)
  const events = ['SIGINT', 'SIGTERM', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection']
  console.log(
    'exit listeners',
    events.reduce((sum, event) => sum + process.listenerCount(event), 0),
  )
})
