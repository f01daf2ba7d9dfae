import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import { options, report } from './options.mjs'

const config = await loadConfig(options)
export const handler = withConfig(async ({ workMs = 0, until }, _context, { a }) => {
  if (workMs > 0) await sleep(workMs)
  // A machine that has much to do may not get it done before the handler is called.
  for (let waits = 0; until !== undefined && config.current.a !== until && waits < 100; waits++) await sleep(50)
  return { a: until === undefined ? a : config.current.a, ...report(config) }
}, config)
