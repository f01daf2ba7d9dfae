const { createConfig } = require('liveparam')
const { definition } = require('./definition.js')

/** Starts loading at once: `await config.ready` before the first `config.current`. */
exports.config = createConfig(definition)
