const { createConfig } = require('liveparam')
const { withConfig } = require('liveparam/lambda')
const { options, report } = require('./options.mjs')

const config = createConfig(options)
exports.handler = withConfig((_event, _context, { a }) => ({ a, ...report(config) }), config)
