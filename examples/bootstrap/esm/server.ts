import { once } from 'node:events'
import { createServer } from 'node:http'
import { config } from './config.ts'
import { compose } from './mailer.ts'

const server = createServer((request, response) => {
  if (request.url === '/mail') response.end(compose('you@example.com').from)
  else response.end(config.current.greeting)
})

/** Listens, and resolves with the port. */
export async function serve(): Promise<number> {
  server.listen(Number(process.env.PORT ?? config.current.port), '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Stops listening, and resolves after the last answer. */
export function stop(): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
