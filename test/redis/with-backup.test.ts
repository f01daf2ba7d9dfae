import { expect, it } from 'vitest'
import { encryptedBackup } from '../../src/backup/index.ts'
import type { ConfigOptions } from '../../src/index.ts'
import { localAws } from '../support/aws.ts'
import { memorySnapshotStore } from '../support/backup.ts'
import { startInstance, storeFleet } from '../support/fleet.ts'
import { describeWithRedis, redisClient, startRedis } from '../support/redis.ts'
import { rejection } from '../support/rejection.ts'

const rubbish = Buffer.from('rubbish')

describeWithRedis('a start with a shared cache and a backup while AWS is away', () => {
  it('uses the shared reading, and leaves the backup as it is', async () => {
    const { store, start, outage } = await setUp()
    outage()
    const before = [...store.contents.values()]
    const config = await start()
    expect([config.current.greeting, config.status().origin]).toEqual(['newer', 'shared-cache'])

    await config.close()
    expect([...store.contents.values()]).toEqual(before)
  })

  it('uses the shared reading if the backup is corrupt', async () => {
    const { store, start, outage } = await setUp()
    for (const key of store.contents.keys()) store.contents.set(key, rubbish)
    outage()
    const config = await start()

    expect([config.current.greeting, config.status().origin]).toEqual(['newer', 'shared-cache'])
  })

  it.each(['is corrupt', 'is gone', 'is away'])('uses the backup if the shared reading %s', async (how) => {
    const { redis, damage, start, outage } = await setUp()
    if (how === 'is corrupt') await damage()
    else if (how === 'is gone') await redis.run('FLUSHALL')
    else await redis.stop()
    outage()
    const config = await start()

    expect([config.current.greeting, config.status().origin]).toEqual(['hello', 'backup'])
  })

  it('fails if neither can be used, and names both reasons', async () => {
    const { redis, store, start, outage } = await setUp()
    await redis.run('FLUSHALL')
    for (const key of store.contents.keys()) store.contents.set(key, rubbish)
    outage()

    expect(String(await rejection(start()))).toMatch(
      /the shared cache was not used: it holds no reading; the backup was not used: it is corrupt/,
    )
  })

  it('begins with the shared reading in the mode warm, and writes the backup when AWS has answered', async () => {
    const { store, start } = await setUp()
    const config = await start({ mode: 'warm', timeoutMs: 40_000 })
    expect(config.current.greeting).toBe('newer')

    await expect.poll(() => config.status()).toMatchObject({ state: 'ready', origin: 'remote' })
    await config.close()
    expect(store.writes).toBe(1)
  })
})

/** A backup, and a shared reading that is newer. */
async function setUp() {
  const [aws, redis] = await Promise.all([localAws(), startRedis()])
  storeFleet(aws)
  const { arn: keyId } = aws.keys.create()
  const client = await redisClient(redis.port)
  const store = memorySnapshotStore()
  const backup = encryptedBackup(store, { keyId, endpoint: aws.endpoint })
  // Every shared reading is too old for a start without AWS.
  const start = async (startup: ConfigOptions['startup'] = { timeoutMs: 3_000 }) => {
    const config = startInstance(aws, client, keyId, { startup, backup, times: { freshMs: 0, commandMs: 2_000 } })
    await config.ready
    return config
  }
  /** Starts an instance, and waits until it has shared its reading. */
  const share = async (before: unknown) => {
    const config = await start({ timeoutMs: 40_000 })
    const [entry = ''] = (await redis.run('KEYS', '*:entry')) as string[]
    const bodyOf = () => redis.run('HGET', entry, 'body')
    await expect.poll(bodyOf).not.toBe(before)
    await config.close()
    return { entry, body: await bodyOf() }
  }
  const { body } = await share(null)
  const contents = new Map(store.contents)
  aws.parameters.put({ name: '/fleet/greeting', value: 'newer' })
  const { entry } = await share(body)
  // The backup is older than the shared reading.
  for (const [key, bytes] of contents) store.contents.set(key, bytes)
  store.writes = 0
  return {
    redis,
    store,
    start,
    damage: () => redis.run('HSET', entry, 'body', 'AAAA'),
    outage: () => aws.faults.add({ kind: 'reset', action: 'ssm:*' }),
  }
}
