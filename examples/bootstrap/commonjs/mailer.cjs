const { config } = require('./config.cjs')

/** What a mail service would be called with. */
exports.compose = (to) => {
  const { from, apiKey } = config.current.mail
  return { from, to, headers: { authorization: `Bearer ${apiKey}` } }
}
