import { readFileSync } from 'node:fs'
import { createClient } from 'redis'
import { expect, it, onTestFinished } from 'vitest'
import { localAws } from '../support/aws.ts'
import { readingCalls, startInstance, storeFleet } from '../support/fleet.ts'
import { describeWithRedis, type RedisServer, startRedis, type TestClient } from '../support/redis.ts'
import { rejection } from '../support/rejection.ts'
import { sample } from '../support/suite.ts'

const page = readFileSync(new URL('../../docs/fleets.md', import.meta.url), 'utf8')
const [, documented = ''] = /```text\n(ACL SETUSER [^`]*)```/.exec(page) ?? []
const command = documented.trim().split(/\s+/)
// Redis 7 lets every user say HELLO.
const rights = command.filter((word) => word.startsWith('+') && word !== '+hello')

describeWithRedis('a user of Redis with the documented rights', () => {
  it('shares readings, changes and the lease, and is denied nothing', async () => {
    const { redis, run } = await setUp()
    await redis.run(...command)
    const { configs, greetings, startCalls, changeCalls, warnings } = await run()

    expect(greetings).toEqual(['good evening', 'good evening'])
    expect({ startCalls, changeCalls }).toEqual({ startCalls: 2, changeCalls: 2 })
    // The scenario damages the stored reading once.
    expect(warnings).toEqual([expect.stringContaining('the reading in Redis cannot be used: it is corrupt')])
    await expect.poll(() => redis.run('INFO', 'commandstats')).toContain('cmdstat_unsubscribe:')
    await Promise.all(configs.map((config) => config.close()))
    expect(await denied(redis)).toEqual([])
  })

  it.each([
    ['HMGET', 'shop', 'head'],
    ['SUBSCRIBE', 'shop'],
    ['EVAL', "return redis.call('SET', KEYS[1], '')", '1', 'shop'],
    ['KEYS', '*'],
    ['FLUSHALL'],
  ])('cannot use anything else: %s %s', async (...other) => {
    const { redis, connect } = await setUp()
    await redis.run(...command)
    const client = await connect()

    await expect(client.sendCommand(other)).rejects.toThrow(/^NOPERM|permissions/)
  })

  it.each(sample(rights, 4))('needs %s', async (right) => {
    const { redis, run } = await setUp()
    await redis.run(...command, right.replace('+', '-'))
    await run().catch(() => undefined)

    await expect.poll(() => denied(redis)).toContain(right.slice(1))
  })
})

/** The commands that Redis has refused. */
async function denied(redis: RedisServer): Promise<string[]> {
  const entries = (await redis.run('ACL', 'LOG')) as { readonly object: string }[]
  return [...new Set(entries.map(({ object }) => object))]
}

async function setUp() {
  const [aws, redis] = await Promise.all([localAws(), startRedis()])
  storeFleet(aws)
  const { arn } = aws.keys.create()
  const connect = async () => {
    const client: TestClient = createClient({
      socket: { host: '127.0.0.1', port: redis.port, reconnectStrategy: false },
      username: 'shop',
      password: 'password',
      disableClientInfo: true,
    })
    client.on('error', () => undefined)
    onTestFinished(() => {
      if (client.isOpen) client.destroy()
    })
    await client.connect()
    return client
  }
  /** A start, a change, a damaged reading, and an instance that gives the lease to another one. */
  const run = async () => {
    const warnings: string[] = []
    const client = await connect()
    const start = async () => {
      const config = startInstance(aws, client, arn, { startup: { timeoutMs: 3_000 } })
      config.on('warning', ({ message }) => warnings.push(message))
      await config.ready
      return config
    }
    const [holder, follower] = [await start(), await start()]
    const startCalls = readingCalls(aws)
    aws.resetCounts()
    aws.parameters.put({ name: '/fleet/greeting', value: 'good evening' })
    await follower.refresh()
    const greetings = [holder, follower].map(({ current }) => current.greeting)
    const changeCalls = readingCalls(aws)
    const [key = ''] = (await redis.run('KEYS', '*:entry')) as string[]
    await redis.run('HSET', key, 'body', 'AAAA')
    const third = await start()
    const denial = aws.policy.deny({ action: 'ssm:*', resource: '*' })
    await rejection(holder.refresh())
    denial.remove()
    return { configs: [holder, follower, third], greetings, startCalls, changeCalls, warnings }
  }
  return { redis, connect, run }
}
