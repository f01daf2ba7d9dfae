const { isConfigError } = require('liveparam')

async function main() {
  const { useLocalAws } = await import('../local-aws.mjs')
  const aws = await useLocalAws()
  const { config } = require('./config.cjs')
  const { listen, server } = require('./server.cjs')
  const { compose } = require('./mailer.cjs')

  await config.ready
  await listen()
  const response = await fetch(`http://127.0.0.1:${server.address().port}`)
  console.log('the server says:', await response.text())
  console.log('the mailer sends as:', compose('you@example.com').from)
  console.log('the config prints as:', config.current)

  server.close()
  server.closeAllConnections()
  await config.close()
  await aws.close()
}

main().catch((error) => {
  if (!isConfigError(error)) throw error
  console.error(error.message)
  process.exit(1)
})
