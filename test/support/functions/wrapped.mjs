import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from 'liveparam'
import { withConfig } from 'liveparam/lambda'
import { options, report } from './options.mjs'

const config = await loadConfig(options)
export const handler = withConfig(async ({ sleepMs = 0 }, _context, { a }) => {
  if (sleepMs > 0) await sleep(sleepMs)
  return { a, ...report(config) }
}, config)
