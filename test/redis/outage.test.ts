import { expect, it } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import type { RedisClient } from '../../src/redis/index.ts'
import { localAws } from '../support/aws.ts'
import { type FleetConfig, readingCalls, startInstance, storeFleet } from '../support/fleet.ts'
import { patientTimes } from '../support/fleet-definition.ts'
import { describeWithRedis, type RedisServer, redisClient, startRedis, type TestClient } from '../support/redis.ts'
import { sample } from '../support/suite.ts'
import { type ProxyMode, startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

// From the first command of a start to the announcement of its reading, and some more.
const steps = Array.from({ length: 14 }, (_, step) => step)
const modes: readonly ProxyMode[] = ['cut', 'stall', 'corrupt']

describeWithRedis('a start', () => {
  it.each(
    sample(
      modes.flatMap((mode) => steps.map((step) => [mode, step] as const)),
      12,
    ),
  )('succeeds with one warning at most when Redis fails (%s) after %i requests', async (mode, step) => {
    const { proxy, start } = await setUp()
    proxy.after(step, mode)
    const { config, warnings } = start()
    await config.ready

    expect({ ...config.current }).toEqual({ greeting: 'hello', token: 'hunter2-of-the-fleet', limits: { jobs: 5 } })
    expect(config.status().state).toBe('ready')
    expect(warnings.length).toBeLessThanOrEqual(1)
    for (const warning of warnings)
      expect(warning).toMatch(/^sharedCache: .*The config reads AWS itself until the shared cache works$/)
  })

  it('reads AWS as without a cache when Redis is away', async () => {
    const { aws, redis, client, proxy, start } = await setUp()
    await redis.stop()
    proxy.mode = 'cut'
    await expect.poll(() => client.isReady).toBe(false)
    const { config, warnings } = start()
    await config.ready

    expect(readingCalls(aws)).toBe(2)
    expect(warnings).toEqual([
      'sharedCache: the client of Redis is not connected, and its error events say why. The config reads AWS itself until the shared cache works',
    ])
  })

  it('waits no longer than the limit of one command for a Redis that is slow', async () => {
    const { aws, proxy, start } = await setUp()
    proxy.delayMs = 60_000
    const startedAt = performance.now()
    const { config, warnings } = start()
    await config.ready

    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(readingCalls(aws)).toBe(2)
    expect(warnings).toEqual([
      'sharedCache: Redis or AWS KMS has not answered within 300 ms. The config reads AWS itself until the shared cache works',
    ])
  })
})

describeWithRedis('a config that runs', () => {
  it.each(modes)('keeps following AWS while Redis fails (%s), and the fleet afterwards', async (mode) => {
    const { aws, proxy, start } = await setUp()
    const { config, warnings } = start()
    await config.ready
    proxy.mode = mode
    aws.parameters.put({ name: '/fleet/greeting', value: 'alone' })
    expect(await config.refresh()).toBe('changed')
    expect(config.current.greeting).toBe('alone')
    expect(warnings.length).toBeLessThanOrEqual(1)

    proxy.mode = 'pass'
    aws.parameters.put({ name: '/fleet/greeting', value: 'together' })
    await expect
      .poll(async () => {
        await config.refresh()
        const other = start().config
        await other.ready
        aws.resetCounts()
        const { greeting } = other.current
        await other.close()
        return [config.current.greeting, greeting]
      })
      .toEqual(['together', 'together'])
  })

  it.each(['connect', 'subscribe'] as const)('follows the fleet although its first %s fails', async (command) => {
    const { aws, redis, start } = await setUp(patientTimes.commandMs)
    const holder = start().config
    await holder.ready
    const own = await redisClient(redis.port)
    let failures = 2
    const client = Object.create(own, {
      duplicate: {
        value: () => {
          const subscriber = own.duplicate()
          const run = subscriber[command].bind(subscriber) as (...parts: unknown[]) => Promise<unknown>
          const failing = async (...parts: unknown[]) => {
            if (failures-- > 0) throw new Error('the connection is closed')
            return run(...parts)
          }
          return Object.assign(subscriber, { [command]: failing })
        },
      },
    }) as RedisClient
    const follower = startInstance(aws, client, aws.keyId)
    await follower.ready
    await expect.poll(() => failures).toBeLessThan(0)
    aws.parameters.put({ name: '/fleet/greeting', value: 'new' })
    await holder.refresh()

    await expect.poll(() => follower.current.greeting).toBe('new')
  })

  it('never goes back to the cache of before, once it has read AWS itself', async () => {
    const { aws, redis, proxy, start } = await setUp()
    const holder = startInstance(aws, await redisClient(redis.port), aws.keyId)
    await holder.ready
    const { config } = start()
    await config.ready
    proxy.mode = 'stall'
    aws.parameters.put({ name: '/fleet/greeting', value: 'new' })
    await config.refresh()
    const seen = watchGreeting(config)
    proxy.mode = 'pass'
    for (let round = 0; round < 5; round++) await config.refresh()

    expect(seen).toEqual([])
    expect(config.current.greeting).toBe('new')
    const follow = async () => {
      await config.refresh()
      return holder.current.greeting
    }
    await expect.poll(follow).toBe('new')
  })
})

describeWithRedis('a Redis', () => {
  it.each([
    ['that is full', ['CONFIG', 'SET', 'maxmemory', '1'], 'OOM'],
    ['that is a replica', ['REPLICAOF', '127.0.0.1', '1'], 'READONLY'],
    ['that refuses commands', ['ACL', 'SETUSER', 'default', '-eval', '-evalsha'], 'NOPERM'],
    ['that refuses keys', ['ACL', 'SETUSER', 'default', 'resetkeys'], 'NOPERM'],
  ])('%s costs calls to AWS and one warning', async (_, command, code) => {
    const { aws, redis, start } = await setUp(patientTimes.commandMs)
    await redis.run(...command)
    const all = [start(), start()]
    await Promise.all(all.map(({ config }) => config.ready))
    aws.parameters.put({ name: '/fleet/greeting', value: 'good evening' })
    for (const { config, warnings } of all) {
      await config.refresh()
      expect(config.current.greeting).toBe('good evening')
      expect(warnings).toEqual([
        `sharedCache: Redis cannot be used: it answered the error ${code}. The config reads AWS itself until the shared cache works`,
      ])
    }
  })

  it('that has lost its data is filled again', async () => {
    const { redis, start } = await setUp(patientTimes.commandMs)
    const { config } = start()
    await config.ready
    await redis.run('FLUSHALL')
    await config.refresh()
    const again = start()
    await again.config.ready
    await entryKey(redis)
    const last = start()
    await last.config.ready

    expect(last.config.current.greeting).toBe('hello')
    // The first instance may ask for one more reading at the same time.
    expect(last.config.status().usage.calls).toEqual({})
  })

  it.each([
    ['is no reading', (body: string) => body.replaceAll(/./g, 'A')],
    ['is cut short', (body: string) => body.slice(0, body.length / 2)],
    ['is empty', () => ''],
    ['is another byte', (body: string) => `${body.slice(0, 900)}${body[900] === 'A' ? 'B' : 'A'}${body.slice(901)}`],
  ])('whose content %s is not believed, and its content is replaced', async (_, change) => {
    const { aws, redis, start } = await setUp(patientTimes.commandMs)
    const { config } = start()
    await config.ready
    const key = await entryKey(redis)
    await redis.run('HSET', key, 'body', change(String(await redis.run('HGET', key, 'body'))))
    const { config: second, warnings } = start()
    await second.ready
    expect(second.current.greeting).toBe('hello')
    expect(warnings).toHaveLength(1)

    await config.refresh()
    aws.resetCounts()
    const { config: third } = start()
    await third.ready
    expect(third.current.greeting).toBe('hello')
    expect(readingCalls(aws)).toBe(0)
  })

  it('that returns an earlier reading is not believed', async () => {
    const { aws, redis, start } = await setUp(patientTimes.commandMs)
    const { config } = start()
    await config.ready
    const key = await entryKey(redis)
    const fields = (await redis.run('HGETALL', key)) as readonly string[] | Readonly<Record<string, string>>
    aws.parameters.put({ name: '/fleet/greeting', value: 'new' })
    await config.refresh()
    const seen = watchGreeting(config)
    await redis.run('HSET', key, ...Object.entries(fields).flat())
    await config.refresh()

    expect(seen).toEqual([])
    expect(config.current.greeting).toBe('new')
  })

  it.each(['', 'x', '1.1.1.1', `1.${'9'.repeat(15)}.1.1.${'0'.repeat(32)}.1..${'0'.repeat(64)}`])(
    'with the head %j is not believed',
    async (head) => {
      const { aws, redis, start } = await setUp(patientTimes.commandMs)
      const { config } = start()
      await config.ready
      await redis.run('HSET', await entryKey(redis), 'head', head)
      aws.parameters.put({ name: '/fleet/greeting', value: 'new' })
      const other = start()
      await other.config.ready

      expect(other.config.current.greeting).toBe('new')
      await config.refresh()
      expect(config.current.greeting).toBe('new')
    },
  )

  it('that announces rubbish causes no call to AWS', async () => {
    const { aws, redis, start } = await setUp(patientTimes.commandMs)
    const all = [start(), start(), start()]
    await Promise.all(all.map(({ config }) => config.ready))
    await expect.poll(() => channels(redis)).toHaveLength(2)
    aws.resetCounts()
    const head = `1.${'9'.repeat(15)}.1.1.${'0'.repeat(32)}.1..${'0'.repeat(64)}`
    const rubbish = ['', '{', 'null', '[]', '{"type":"reading"}', JSON.stringify({ type: 'reading', head }), '5 {}']
    for (const channel of await channels(redis)) {
      for (const message of rubbish) await redis.run('PUBLISH', channel, message)
    }
    aws.parameters.put({ name: '/fleet/greeting', value: 'new' })
    await Promise.all(all.map(({ config }) => config.refresh()))

    expect(all.map(({ config }) => config.current.greeting)).toEqual(['new', 'new', 'new'])
    expect(all.flatMap(({ warnings }) => warnings)).toEqual([])
  })
})

interface SetUp {
  readonly aws: LocalAws & { readonly keyId: string }
  readonly redis: RedisServer
  readonly proxy: TcpProxy
  /** Reaches Redis through the proxy. */
  readonly client: TestClient
  /** Starts an instance that reaches Redis through the proxy. */
  start(): { readonly config: FleetConfig; readonly warnings: readonly string[] }
}

async function setUp(commandMs = 300): Promise<SetUp> {
  const [aws, redis] = await Promise.all([localAws(), startRedis()])
  storeFleet(aws)
  const { arn: keyId } = aws.keys.create()
  const proxy = await startProxy(redis.port)
  const client = await redisClient(proxy.port)
  return {
    aws: Object.assign(aws, { keyId }),
    redis,
    proxy,
    client,
    start() {
      const config = startInstance(aws, client, keyId, { times: { commandMs } })
      const warnings: string[] = []
      config.on('warning', ({ message }) => warnings.push(message))
      return { config, warnings }
    },
  }
}

function watchGreeting(config: FleetConfig): string[] {
  const seen: string[] = []
  config.on('change', ({ current }) => seen.push(current.greeting))
  return seen
}

/** The key of the stored reading, once it is stored. */
async function entryKey(redis: RedisServer): Promise<string> {
  const find = async () => ((await redis.run('KEYS', '*:entry')) as string[])[0] ?? ''
  await expect.poll(async () => redis.run('HSTRLEN', await find(), 'body')).toBeGreaterThan(0)
  return find()
}

async function channels(redis: RedisServer): Promise<string[]> {
  return (await redis.run('PUBSUB', 'CHANNELS')) as string[]
}
