import { Redis } from 'ioredis'
import { expect, it, onTestFinished } from 'vitest'
import { localAws } from '../support/aws.ts'
import { readingCalls, startInstance, storeFleet } from '../support/fleet.ts'
import { documentedAdapter } from '../support/ioredis.ts'
import { describeWithRedis, startRedis } from '../support/redis.ts'
import { startProxy } from '../support/tcp-proxy.ts'

describeWithRedis('the adapter for ioredis in docs/fleets.md', () => {
  it('shares a start and a change, and gives the lease back', async () => {
    const { aws, start } = await setUp()
    const [holder, follower] = [await start(), await start()]
    expect(readingCalls(aws)).toBe(2)
    aws.resetCounts()
    aws.parameters.put({ name: '/fleet/greeting', value: 'good evening' })
    await holder.config.refresh()
    await expect.poll(() => follower.config.current.greeting).toBe('good evening')
    expect(readingCalls(aws)).toBe(2)

    aws.resetCounts()
    await holder.config.close()
    aws.parameters.put({ name: '/fleet/greeting', value: 'good night' })
    await expect.poll(() => follower.config.current.greeting).toBe('good night')
    expect(readingCalls(aws)).toBe(2)
    expect([...holder.warnings, ...follower.warnings]).toEqual([])
  })

  it('names the errors of Redis', async () => {
    const { redis, start } = await setUp()
    await redis.run('CONFIG', 'SET', 'maxmemory', '1')
    const { warnings } = await start()

    expect(warnings).toEqual([expect.stringContaining('it answered the error OOM')])
  })

  it('follows again after the connections were cut', async () => {
    const { aws, proxy, start } = await setUp()
    const [holder, follower] = [await start(), await start()]
    proxy.mode = 'cut'
    await expect.poll(() => [holder, follower].map(({ client }) => client.isReady)).toEqual([false, false])
    proxy.mode = 'pass'
    await expect.poll(() => [holder, follower].map(({ client }) => client.isReady)).toEqual([true, true])
    aws.parameters.put({ name: '/fleet/greeting', value: 'together' })
    // While commands pause, a refresh is not announced.
    const followed = async () => {
      await holder.config.refresh()
      return follower.config.current.greeting
    }
    await expect.poll(followed).toBe('together')
  })
})

async function setUp() {
  const [aws, redis, fromIoRedis] = await Promise.all([localAws(), startRedis(), documentedAdapter()])
  storeFleet(aws)
  const { arn } = aws.keys.create()
  const proxy = await startProxy(redis.port)
  const start = async () => {
    const options = { host: '127.0.0.1', port: proxy.port, lazyConnect: true, retryStrategy: () => 50 }
    const own = new Redis(options).on('error', () => undefined)
    onTestFinished(() => own.disconnect())
    await own.connect()
    const client = fromIoRedis(own)
    const warnings: string[] = []
    const config = startInstance(aws, client, arn)
    config.on('warning', ({ message }) => warnings.push(message))
    await config.ready
    return { config, client, warnings }
  }
  return { aws, redis, proxy, start }
}
