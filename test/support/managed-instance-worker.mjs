// A worker thread of an instance: it loads its module once, and is given several invocations at once.
import { parentPort, workerData } from 'node:worker_threads'
import { loadConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import * as z from 'zod'

const schema = z.object({ a: z.string() })
const loading = loadConfig({ schema, path: '/app', poll: { everyMs: 1_000 }, ...workerData })

parentPort.on('message', async (question) => {
  const config = await loading
  const handler = withConfig(async (_event, _context, { a }) => a, config)
  if (question === 'current') parentPort.postMessage(config.current.a)
  else if (question === 'runtime') parentPort.postMessage(config.status().runtime)
  else parentPort.postMessage(await Promise.all([1, 2, 3].map(() => handler({}, {}))))
})
