const { config } = require('./config.cjs')

/** Returns the arguments for a mail service. */
exports.compose = (to) => {
  const { from, apiKey } = config.current.mail
  return { from, to, headers: { authorization: `Bearer ${apiKey}` } }
}
