const { createConfig } = require('liveparam')
const { definition } = require('./definition.js')

/** Loading from now on: `await config.ready` before the first `config.current`. */
exports.config = createConfig(definition)
