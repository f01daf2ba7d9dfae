const { setTimeout: sleep } = require('node:timers/promises')
const { createConfig } = require('liveparam')
const { withConfig } = require('liveparam/lambda')
const { options, report } = require('./options.mjs')

const config = createConfig(options)
exports.handler = withConfig(async ({ until }, _context, { a }) => {
  for (let waits = 0; until !== undefined && config.current.a !== until && waits < 100; waits++) await sleep(50)
  return { a: until === undefined ? a : config.current.a, ...report(config) }
}, config)
