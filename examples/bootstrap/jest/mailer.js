const { config } = require('./config.js')

/** Asks for the config where it is needed, instead of being given it. */
exports.signature = () => `Yours, ${config.current.db.username}`
