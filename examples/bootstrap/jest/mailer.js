const { config } = require('./config.js')

/** Imports the config instead of taking it as an argument. */
exports.signature = () => `Yours, ${config.current.db.username}`
