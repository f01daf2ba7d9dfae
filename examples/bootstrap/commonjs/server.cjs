const { createServer } = require('node:http')
const { config } = require('./config.cjs')

exports.server = createServer((_request, response) => {
  response.end(config.current.greeting)
})

exports.listen = () => new Promise((resolve) => exports.server.listen(config.current.port, '127.0.0.1', resolve))
