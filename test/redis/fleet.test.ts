import { expect, it } from 'vitest'
import * as z from 'zod'
import { parameter, secret, sensitive } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { platform } from '../../src/platform/node.ts'
import type { Clock, ParameterSource } from '../../src/ports.ts'
import { memorySource } from '../../src/testing/memory-source.ts'
import { localAws } from '../support/aws.ts'
import { type FleetConfig, readingCalls, startInstance, storeFleet } from '../support/fleet.ts'
import { describeWithRedis, type RedisServer, redisClient, startRedis, type TestClient } from '../support/redis.ts'

const size = 30

describeWithRedis('a fleet that starts', () => {
  it('reads AWS once, however many instances start at the same time', async () => {
    const { aws, start } = await fleet()
    const configs = await start(size)

    expect(configs.map(({ current }) => current.limits)).toEqual(Array(size).fill({ jobs: 5 }))
    expect(configs.map(({ current }) => current.token)).toEqual(Array(size).fill('hunter2-of-the-fleet'))
    expect(actions(aws)).toEqual(['ssm:GetParameters', 'ssm:GetParametersByPath'])
  })

  it('makes no call to Parameter Store and Secrets Manager while the cache is fresh', async () => {
    const { aws, start } = await fleet()
    await start(1)
    aws.resetCounts()

    const configs = await start(size)
    expect(configs.map(({ current }) => current.greeting)).toEqual(Array(size).fill('hello'))
    expect(actions(aws)).toEqual([])
  })

  it('is as old as the reading that it shares', async () => {
    const { start } = await fleet()
    await start(1)
    const [later] = await start(1, { clock: clockAhead(40_000) })
    const { loadedAt = 0, verifiedAt = 0, usage } = later?.status() ?? {}

    expect(usage?.calls).toEqual({})
    expect(loadedAt - verifiedAt).toBeGreaterThanOrEqual(40_000)
    expect(loadedAt - (later?.pin().verifiedAt ?? 0)).toBeGreaterThanOrEqual(40_000)
    expect(later?.health().ageMs).toBeGreaterThanOrEqual(40_000)
  })

  it('does not count a reading that AWS has not answered', async () => {
    const { start } = await fleet()
    let aheadMs = 0
    let isAway = false
    const stored = memorySource({ parameters: { '/fleet/greeting': 'hello' } })
    const source: ParameterSource = {
      read: (request, options) => (isAway ? Promise.reject(new Error('away')) : stored.read(request, options)),
    }
    const clock: Clock = { ...platform.clock, now: () => platform.clock.now() + aheadMs }
    const schema = z.object({ greeting: z.string() })
    const options = { schema, source, clock, startup: { timeoutMs: 2_000 } }
    const [first] = await start(1, options)
    aheadMs = 40_000
    isAway = true
    await expect(first?.refresh()).rejects.toMatchObject({ code: 'LOAD_FAILED' })
    const [second] = await start(1, options)

    expect(second?.current).toEqual({ greeting: 'hello' })
    expect(second?.health().ageMs).toBeGreaterThanOrEqual(40_000)
  })

  it('reads AWS if the shared reading would soon be too old', async () => {
    const { aws, start } = await fleet()
    let aheadMs = 0
    const clock: Clock = { ...platform.clock, now: () => platform.clock.now() + aheadMs }
    await start(1, { clock })
    aws.resetCounts()
    aheadMs = 40_000
    const [later] = await start(1, { clock, maxStaleMs: 60_000 })

    expect(later?.health()).toMatchObject({ status: 'up' })
    expect(readingCalls(aws)).toBeGreaterThan(0)
  })

  it('confirms a reading that is older, once for all', async () => {
    const { aws, start } = await fleet()
    await start(1)
    aws.resetCounts()
    const configs = await start(10, { times: { freshMs: 0 } })

    expect(configs.map(({ current }) => current.greeting)).toEqual(Array(10).fill('hello'))
    // The first confirmation may be too old for the last instances.
    expect(readingCalls(aws)).toBeLessThan(10)
  })

  it('reads the secrets of the schema and those that texts refer to, once for all', async () => {
    const { aws, start } = await fleet()
    aws.secrets.create({ name: 'login', value: '{"user":"ada","password":"hunter2"}' })
    aws.secrets.create({ name: 'hidden', value: 'hunter3' })
    aws.secrets.create({ name: 'bytes', value: Uint8Array.of(0, 255) })
    aws.parameters.put({ name: '/fleet/key', value: '/aws/reference/secretsmanager/hidden' })
    aws.parameters.put({ name: '/other/region', value: 'eu' })
    const schema = z.object({
      login: secret('login', z.object({ user: z.string(), password: z.string() })),
      key: sensitive(z.string()),
      bytes: secret('bytes', { binary: true }),
      region: parameter('/other/region', z.string()),
      absent: z.string().optional(),
    })
    const configs = await start(10, { schema })

    const expected = {
      login: { user: 'ada', password: 'hunter2' },
      key: 'hunter3',
      bytes: Uint8Array.of(0, 255),
      region: 'eu',
    }
    for (const config of configs) expect({ ...config.current }).toEqual(expected)
    expect(aws.requests.filter(({ action }) => action === 'secretsmanager:GetSecretValue')).toHaveLength(1)
    const names = aws.requests.flatMap(({ input }) => (Array.isArray(input.Names) ? input.Names : []))
    expect(names.filter((name) => name.includes('hidden'))).toHaveLength(1)
  })

  it('shares nothing between instances with other paths, schemas, apps or keys', async () => {
    const { aws, start } = await fleet()
    await start(1)
    aws.resetCounts()
    aws.parameters.put({ name: '/fleet2/greeting', value: 'other' })
    const schema = z.object({ greeting: z.string() })

    const [other] = await start(1, { path: '/fleet2', schema })
    const [narrow] = await start(1, { schema })
    expect([other?.current.greeting, narrow?.current.greeting]).toEqual(['other', 'hello'])
    expect(readingCalls(aws)).toBe(2)
  })

  it('reports the failure of AWS as without a cache', async () => {
    const { aws, start } = await fleet()
    aws.policy.deny({ action: 'ssm:GetParameters', resource: '*' })

    await expect(start(3)).rejects.toMatchObject({ code: 'LOAD_FAILED' })
  })
})

describeWithRedis('a fleet that runs', () => {
  it('has a change after one reading, which the instance with the lease makes', async () => {
    const { aws, start } = await fleet()
    const configs = await start(size)
    aws.resetCounts()
    aws.parameters.put({ name: '/fleet/greeting', value: 'good evening' })
    await configs[size - 1]?.refresh()

    await expect.poll(() => configs.map(({ current }) => current.greeting)).toEqual(Array(size).fill('good evening'))
    expect(configs.map((config) => config.pin().revision)).toEqual(Array(size).fill(2))
    expect(actions(aws)).toEqual(['ssm:GetParameters', 'ssm:GetParametersByPath'])
  })

  it('shares one reading among the calls of refresh() of all instances', async () => {
    const { aws, start } = await fleet()
    const configs = await start(10)
    aws.resetCounts()
    aws.parameters.put({ name: '/fleet/greeting', value: 'good evening' })
    await Promise.all(configs.map((config) => config.refresh()))

    expect(configs.map(({ current }) => current.greeting)).toEqual(Array(10).fill('good evening'))
    // A second one for the calls that arrived during the first.
    expect(actions(aws).length).toBeLessThanOrEqual(3 * 2)
  })

  it('has a new version of a secret at once, together with the parameters', async () => {
    const { aws, start } = await fleet()
    aws.secrets.create({ name: 'login', value: 'old' })
    const schema = z.object({ greeting: z.string(), login: secret('login', z.string()) })
    const configs = await start(6, { schema })
    aws.resetCounts()
    aws.secrets.put({ id: 'login', value: 'new' })
    aws.parameters.put({ name: '/fleet/greeting', value: 'good evening' })
    const seen = configs.map((config) => {
      const values: unknown[] = []
      config.on('change', ({ current }) => values.push({ ...current }))
      return values
    })
    await configs[3]?.refresh()

    await expect.poll(() => seen).toEqual(Array(6).fill([{ greeting: 'good evening', login: 'new' }]))
    expect(readingCalls(aws)).toBeLessThanOrEqual(2)
  })

  it('replaces a password that is refused, after one reading for all', async () => {
    const { aws, start } = await fleet()
    const configs = await start(6)
    aws.parameters.put({ name: '/fleet/token', value: 'rotated', type: 'SecureString', overwrite: true })
    aws.resetCounts()
    const login = (config: FleetConfig) =>
      config.retryOnAuthError(
        (error) => error instanceof RangeError,
        () => {
          if (config.current.token !== 'rotated') throw new RangeError('login failed')
          return 'logged in'
        },
      )

    expect(await Promise.all(configs.map(login))).toEqual(Array(6).fill('logged in'))
    expect(readingCalls(aws)).toBeLessThan(6)
  })

  it('follows a record that gains and loses names', async () => {
    const { aws, start } = await fleet()
    const configs = await start(5)
    aws.parameters.put({ name: '/fleet/limits/mails', value: '9' })
    aws.parameters.delete('/fleet/limits/jobs')
    await configs[2]?.refresh()

    await expect.poll(() => configs.map(({ current }) => current.limits)).toEqual(Array(5).fill({ mails: 9 }))
  })

  it('keeps an invalid change from every instance, and follows when it is corrected', async () => {
    const { aws, start } = await fleet()
    const configs = await start(4)
    aws.parameters.put({ name: '/fleet/limits/jobs', value: 'many' })
    const outcomes = await Promise.allSettled(configs.map((config) => config.refresh()))
    expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    expect(configs.map(({ current }) => current.limits)).toEqual(Array(4).fill({ jobs: 5 }))

    aws.parameters.put({ name: '/fleet/limits/jobs', value: '7' })
    await configs[0]?.refresh()
    await expect.poll(() => configs.map(({ current }) => current.limits)).toEqual(Array(4).fill({ jobs: 7 }))
  })

  it('leaves the lease to another instance when its holder is closed', async () => {
    const { aws, start } = await fleet()
    const [holder] = await start(1)
    const configs = await start(4)
    aws.resetCounts()
    await holder?.close()
    aws.parameters.put({ name: '/fleet/greeting', value: 'good evening' })

    await expect.poll(() => configs.map(({ current }) => current.greeting)).toEqual(Array(4).fill('good evening'))
    expect(actions(aws)).toEqual(['ssm:GetParameters', 'ssm:GetParametersByPath'])
  })
})

describeWithRedis('what Redis holds', () => {
  it('contains no value and no name of a parameter, nor do messages', async () => {
    const { redis, client, start, aws } = await fleet()
    aws.secrets.create({ name: 'login', value: 'hunter4' })
    const messages: string[] = []
    const listener = client.duplicate()
    await listener.connect()
    await listener.pSubscribe('*', (message) => messages.push(message))
    const schema = z.object({ greeting: z.string(), token: z.string(), login: secret('login', z.string()) })
    const configs = await start(3, { schema })
    aws.parameters.put({ name: '/fleet/greeting', value: 'good evening' })
    await configs[1]?.refresh()
    await expect.poll(() => configs.map(({ current }) => current.greeting)).toEqual(Array(3).fill('good evening'))

    const keys = (await redis.run('KEYS', '*')) as string[]
    const stored = await Promise.all(keys.map(async (key) => (await redis.run('DUMP', key)) ?? ''))
    const body = String(await redis.run('HGET', keys.find((key) => key.endsWith(':entry')) ?? '', 'body'))
    const texts = [...stored.map(String), Buffer.from(body, 'base64').toString('latin1'), ...messages]
    expect(body.length).toBeGreaterThan(100)
    expect(messages.length).toBeGreaterThan(2)
    for (const text of texts) expect(text).not.toMatch(/hello|evening|hunter|greeting/)
    listener.destroy()
  })

  it('is two keys that end by themselves, in one slot of a cluster', async () => {
    const { redis, start } = await fleet()
    await start(2)

    const keys = (await redis.run('KEYS', '*')) as string[]
    expect(keys.map((key) => key.replace(/\{.*\}/, '{}')).sort()).toEqual(['{}:entry', '{}:lease'])
    const remaining = await Promise.all(keys.map((key) => redis.run('PTTL', key)))
    expect(remaining.every((ms) => Number(ms) > 0)).toBe(true)
    expect(new Set(keys.map((key) => /\{(.*)\}/.exec(key)?.[1])).size).toBe(1)
  })
})

interface Fleet {
  readonly aws: LocalAws
  readonly redis: RedisServer
  readonly client: TestClient
  /** Starts instances and waits until all of them are ready. */
  start(count: number, options?: Parameters<typeof startInstance>[3] | object): Promise<FleetConfig[]>
}

async function fleet(): Promise<Fleet> {
  const [aws, redis] = await Promise.all([localAws(), startRedis()])
  storeFleet(aws)
  const { arn } = aws.keys.create()
  const client = await redisClient(redis.port)
  return {
    aws,
    redis,
    client,
    async start(count, options = {}) {
      const configs = Array.from({ length: count }, () => startInstance(aws, client, arn, options))
      await Promise.all(configs.map(({ ready }) => ready))
      return configs
    },
  }
}

/** The clock of an instance that runs so much later. */
function clockAhead(ms: number): Clock {
  return { ...platform.clock, now: () => platform.clock.now() + ms }
}

function actions(aws: LocalAws): string[] {
  return aws.requests
    .map(({ action }) => action)
    .filter((action) => !action.startsWith('kms:'))
    .sort()
}
