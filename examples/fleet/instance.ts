import { loadConfig } from 'liveparam'
import { redisCache } from 'liveparam/redis'
import { createClient } from 'redis'
import { definition } from './config.ts'

const [name = '', keyId = ''] = process.argv.slice(2)
const { REDIS_URL: url = '', AWS_ENDPOINT_URL: kmsEndpoint = '' } = process.env

const client = createClient({ url })
client.on('error', () => undefined) // liveparam reports it once, and continues without Redis.
await client.connect()

const sharedCache = redisCache({ client, keyId, kmsEndpoint })
const config = await loadConfig({ ...definition, sharedCache })
config.on('change', ({ current }) => console.log(`${name} has the change: ${current.greeting}`))

// A deployment sends this to one instance after it has changed parameters. Polls and notifications work as well.
process.on('SIGHUP', () => config.refresh())
process.once('SIGTERM', async () => {
  await config.close()
  client.destroy()
  process.stdin.destroy()
})
process.stdin.resume()
console.log(`${name} is ready: ${config.current.greeting}`)
