import { createClient } from 'redis'
import { expect, it } from 'vitest'
import type { ConfigOptions } from '../../src/index.ts'
import { localAws } from '../support/aws.ts'
import { startInstance, storeFleet } from '../support/fleet.ts'
import type { fleetSchema } from '../support/fleet-definition.ts'
import { describeWithRedis, redisClient, startRedis } from '../support/redis.ts'
import { rejection } from '../support/rejection.ts'

describeWithRedis('a start while AWS is away', () => {
  const startup = { timeoutMs: 3_000 }

  it('uses the last shared reading, says so, and follows AWS when it is back', async () => {
    const { aws, start, share } = await setUp()
    const startedAt = Date.now()
    const readAt = await share()
    const outage = aws.faults.add({ kind: 'reset', action: 'ssm:*' })
    const config = start(startup)
    await config.ready

    expect({ ...config.current }).toEqual({ greeting: 'hello', token: 'hunter2-of-the-fleet', limits: { jobs: 5 } })
    const status = config.status()
    expect(status).toMatchObject({ state: 'stale', reason: 'from-backup', origin: 'shared-cache' })
    expect(status.savedAt).toBe(config.pin().verifiedAt)
    expect(status.savedAt).toBeGreaterThanOrEqual(startedAt)
    expect(status.savedAt).toBeLessThanOrEqual(readAt)
    expect(status.lastError?.message).toContain(
      `the shared-cache reading of ${new Date(status.savedAt ?? 0).toISOString()} is in use`,
    )

    outage.remove()
    aws.parameters.put({ name: '/fleet/greeting', value: 'back again' })
    await config.refresh()
    expect(config.current.greeting).toBe('back again')
    expect(config.status()).toMatchObject({ state: 'ready', origin: 'remote' })
  })

  it('begins with it in the mode warm, and reads AWS after that', async () => {
    const { aws, start, share } = await setUp()
    await share()
    aws.parameters.put({ name: '/fleet/greeting', value: 'newer' })
    const outage = aws.faults.add({ kind: 'hang', action: 'ssm:*' })
    const config = start({ mode: 'warm', timeoutMs: 40_000 })
    await config.ready

    expect(config.current.greeting).toBe('hello')
    outage.remove()
    await expect.poll(() => config.current.greeting).toBe('newer')
  })

  it('names what hinders it', async () => {
    const { aws, start, share } = await setUp()
    await share()
    aws.faults.add({ kind: 'reset', action: 'ssm:*' })
    aws.faults.add({
      kind: 'error',
      status: 400,
      name: 'DisabledException',
      message: 'the key is disabled',
      action: 'kms:Decrypt',
    })
    const config = start(startup)

    const text = String(await rejection(config.ready))
    expect(text).toContain('the shared cache was not used: kms:Decrypt: the key is disabled')
    expect(text).not.toContain('it holds no reading')
  })

  it('says that the client of Redis is not connected, also while AWS is away', async () => {
    const aws = await localAws()
    storeFleet(aws)
    aws.faults.add({ kind: 'reset', action: 'ssm:*' })
    const away = createClient({ socket: { host: '127.0.0.1', port: 1 } })
    const config = startInstance(aws, away as never, aws.keys.create().arn, { startup })
    const warnings: string[] = []
    config.on('warning', ({ message }) => void warnings.push(message))

    const text = String(await rejection(config.ready))
    expect(text).toContain('the shared cache was not used: the client of Redis is not connected')
    expect(warnings.join('\n')).toMatch(/^sharedCache: the client of Redis is not connected/)
    expect(warnings.filter((warning) => !warning.includes('the client of Redis is not connected'))).toEqual([])
  })

  it.each([
    ['a denial', { kind: 'error', status: 400, name: 'AccessDeniedException', message: 'denied' }],
    ['a missing parameter', undefined],
  ] as const)('does not use it after %s', async (_, denial) => {
    const { aws, start, share } = await setUp()
    await share()
    if (denial === undefined) aws.parameters.delete('/fleet/greeting')
    else aws.faults.add({ ...denial, action: 'ssm:GetParameters' })
    const config = start(startup)

    const error = await rejection(config.ready)
    expect(String(error)).not.toContain('backup')
    expect(String(error)).not.toContain('hunter2')
  })

  it('fails as without a cache if there is no reading yet', async () => {
    const { aws, start } = await setUp()
    aws.faults.add({ kind: 'reset', action: 'ssm:*' })
    const config = start(startup)

    expect(String(await rejection(config.ready))).toContain('the shared cache was not used: it holds no reading')
  })
})

async function setUp() {
  const aws = await localAws()
  storeFleet(aws)
  const { arn } = aws.keys.create()
  const redis = await startRedis()
  const client = await redisClient(redis.port)
  // Every shared reading is too old for a start without AWS.
  const start = (startup: NonNullable<ConfigOptions<typeof fleetSchema>['startup']>) =>
    startInstance(aws, client, arn, { startup, times: { freshMs: 0 } })
  /** Shares a reading, whose instance has ended. */
  const share = async () => {
    const config = start({ timeoutMs: 40_000 })
    await config.ready
    // An instance shares what it has read after its own start.
    const entry = async () => ((await redis.run('KEYS', '*:entry')) as string[])[0] ?? ''
    await expect.poll(async () => redis.run('HSTRLEN', await entry(), 'body')).toBeGreaterThan(0)
    const { verifiedAt } = config.pin()
    await config.close()
    return verifiedAt
  }
  return { aws, start, share }
}
