import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { checkEncryption } from '../../src/backup/encryption-options.ts'
import { loadConfig } from '../../src/index.ts'
import type { RedisClient } from '../../src/redis/index.ts'
import { makeCache } from '../../src/redis/redis-cache.ts'
import { fleetSchema, patientTimes } from './fleet-definition.ts'
import { documentedAdapter } from './ioredis.ts'

// One instance of a fleet with nothing left to do. Its own client keeps no process alive.
const { REDIS_PORT, KEY_ID = '', AWS_ENDPOINT_URL: endpoint = '', WHAT } = process.env
const socket = { host: '127.0.0.1', port: Number(REDIS_PORT) }
const client = WHAT === 'ioredis' ? await ioRedis() : await nodeRedis()
const config = await loadConfig({
  path: '/fleet',
  schema: fleetSchema,
  startup: { timeoutMs: 60_000 },
  logger: false,
  sharedCache: makeCache({
    client,
    app: 'test',
    encryption: checkEncryption('test', { keyId: KEY_ID, endpoint }),
    times: patientTimes,
  }),
})
console.log(config.current.greeting)
if (WHAT === 'close') await config.close()

async function nodeRedis(): Promise<RedisClient> {
  const own = createClient({ socket })
  own.on('error', () => undefined)
  await own.connect()
  own.unref()
  return own
}

async function ioRedis(): Promise<RedisClient> {
  const own = new Redis({ ...socket, lazyConnect: true })
  own.on('error', () => undefined)
  await own.connect()
  own.stream.unref()
  return (await documentedAdapter())(own)
}
