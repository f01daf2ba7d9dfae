const { once } = require('node:events')
const { createServer } = require('node:http')
const { config } = require('./config.cjs')
const { compose } = require('./mailer.cjs')

const server = createServer((request, response) => {
  if (request.url === '/mail') response.end(compose('you@example.com').from)
  else response.end(config.current.greeting)
})

/** Listens, and resolves with the port. */
exports.serve = async () => {
  server.listen(Number(process.env.PORT ?? config.current.port), '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

/** Stops listening, and resolves after the last answer. */
exports.stop = () => new Promise((resolve) => server.close(resolve))
