import { createClient } from 'redis'
import { checkEncryption } from '../../src/backup/encryption-options.ts'
import { loadConfig } from '../../src/index.ts'
import { makeCache } from '../../src/redis/redis-cache.ts'
import { fleetSchema, patientTimes } from './fleet-definition.ts'

// One instance of a fleet. It prints what it serves, and ends when its input does.
const { REDIS_PORT, KEY_ID = '', AWS_ENDPOINT_URL: endpoint = '', LEASE_MS } = process.env
const client = createClient({ socket: { host: '127.0.0.1', port: Number(REDIS_PORT) } })
client.on('error', () => undefined)
await client.connect()
const config = await loadConfig({
  path: '/fleet',
  schema: fleetSchema,
  startup: { timeoutMs: 60_000 },
  poll: { everyMs: 60_000 },
  logger: false,
  sharedCache: makeCache({
    client,
    app: 'test',
    encryption: checkEncryption('test', { keyId: KEY_ID, endpoint }),
    times: { ...patientTimes, leaseMs: Number(LEASE_MS) },
  }),
})
const print = (type: string) => console.log(JSON.stringify({ type, greeting: config.current.greeting }))
print('ready')
config.on('change', () => print('change'))
process.stdin.on('end', async () => {
  await config.close()
  client.destroy()
})
process.stdin.resume()
