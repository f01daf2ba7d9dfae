const { once } = require('node:events')
const { createServer } = require('node:http')
const { config } = require('./config.cjs')
const { compose } = require('./mailer.cjs')

const server = createServer((request, response) => {
  if (request.url === '/mail') response.end(compose('you@example.com').from)
  else response.end(config.current.greeting)
})

/** Resolves with the port that it listens on. */
exports.serve = async () => {
  server.listen(Number(process.env.PORT ?? config.current.port), '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

/** Resolves when the last request is answered. */
exports.stop = () => new Promise((resolve) => server.close(resolve))
