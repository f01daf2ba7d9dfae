import { createServer, type Server } from 'node:http'
import { config } from './config.ts'

export const server: Server = createServer((_request, response) => {
  response.end(config.current.greeting)
})

export function listen(): Promise<void> {
  return new Promise((resolve) => server.listen(config.current.port, '127.0.0.1', resolve))
}
