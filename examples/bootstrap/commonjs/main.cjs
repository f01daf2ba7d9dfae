const { closeOnSignals, isConfigError } = require('liveparam')
const { config } = require('./config.cjs')
const { serve, stop } = require('./server.cjs')

async function main() {
  await config.ready
  closeOnSignals(config, { before: stop })
  config.on('closed', () => console.log('closed'))
  console.log(`listening on http://127.0.0.1:${await serve()} with`, config.current)
}

main().catch((error) => {
  if (!isConfigError(error)) throw error
  console.error(error.message)
  process.exitCode = 1
})
