import { useLocalAws } from '../local-aws.mjs'

const aws = await useLocalAws()
const { config } = await import('./config.ts')
const { listen, server } = await import('./server.ts')
const { compose } = await import('./mailer.ts')

await listen()
const address = server.address()
const port = typeof address === 'object' ? address?.port : undefined
const response = await fetch(`http://127.0.0.1:${port}`)
console.log('the server says:', await response.text())
console.log('the mailer sends as:', compose('you@example.com').from)
console.log('the config prints as:', config.current)

server.close()
server.closeAllConnections()
await config.close()
await aws.close()
