import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { localAws } from '../support/aws.ts'
import { readingCalls, startInstance, storeFleet } from '../support/fleet.ts'
import { describeWithRedis, redisClient, startRedis } from '../support/redis.ts'
import { isWholeSuite } from '../support/suite.ts'
import { startProxy } from '../support/tcp-proxy.ts'

// The lease of redisCache() in `npm run test:all`.
const leaseMs = isWholeSuite ? 12_000 : 3_000
const takeoverMs = leaseMs + 3_000
// GetParameters and GetParametersByPath.
const callsEach = 2

describeWithRedis('the process that has the lease', () => {
  it('is replaced in time when it is killed', async () => {
    const { aws, holder, others } = await processes()
    holder.child.kill('SIGKILL')
    aws.parameters.put({ name: '/fleet/greeting', value: 'after' })

    const startedAt = Date.now()
    await Promise.all(others.map((other) => other.prints('after')))
    expect(Date.now() - startedAt).toBeLessThan(isWholeSuite ? takeoverMs : 15_000)
    expect(readingCalls(aws)).toBe(callsEach)
  })

  it('is replaced in time when it is stopped, and follows when it is resumed', async () => {
    const { aws, holder, others } = await processes()
    holder.child.kill('SIGSTOP')
    aws.parameters.put({ name: '/fleet/greeting', value: 'meanwhile' })
    await Promise.all(others.map((other) => other.prints('meanwhile')))
    holder.child.kill('SIGCONT')
    await holder.prints('meanwhile')

    expect(holder.greetings).toEqual(['before', 'meanwhile'])
    expect(others.map(({ greetings }) => greetings)).toEqual([
      ['before', 'meanwhile'],
      ['before', 'meanwhile'],
    ])
    // The resumed process may have begun a reading before it knew.
    expect(readingCalls(aws)).toBeLessThanOrEqual(2 * callsEach)
  })
})

describeWithRedis('an instance whose lease has ended while it was reading', () => {
  it('does not replace newer data, and publishes nothing older', async () => {
    const [aws, redis] = await Promise.all([localAws(), startRedis()])
    storeFleet(aws)
    const { arn } = aws.keys.create()
    const slowAws = await startProxy(Number(new URL(aws.endpoint).port))
    const ownRedis = await startProxy(redis.port)
    const times = { leaseMs: 1_000 }
    const endpoint = `http://127.0.0.1:${slowAws.port}`
    const slow = startInstance(aws, await redisClient(ownRedis.port), arn, { times, endpoint })
    await slow.ready
    const other = startInstance(aws, await redisClient(redis.port), arn, { times })
    await other.ready
    const seen: string[] = []
    slow.on('change', ({ current }) => seen.push(current.greeting))

    // It reads the first change, and its answer arrives after the second.
    aws.parameters.put({ name: '/fleet/greeting', value: 'first' })
    slowAws.mode = 'stall'
    const refreshed = slow.refresh()
    await expect.poll(() => slowAws.requests).toBeGreaterThan(0)
    ownRedis.mode = 'stall'
    aws.parameters.put({ name: '/fleet/greeting', value: 'second' })
    await expect.poll(() => other.current.greeting).toBe('second')
    ownRedis.mode = 'pass'
    slowAws.mode = 'pass'
    await refreshed
    await expect.poll(() => slow.current.greeting).toBe('second')

    const third = startInstance(aws, await redisClient(redis.port), arn, { times })
    await third.ready
    expect([third, other].map(({ current }) => current.greeting)).toEqual(['second', 'second'])
    expect(seen.join()).toMatch(/^(first,)?second$/)
  })
})

interface FleetProcess {
  readonly child: ChildProcess
  readonly greetings: readonly string[]
  /** Waits until it serves this greeting. */
  prints(greeting: string): Promise<void>
}

/** Three processes. The first one has the lease. */
async function processes() {
  const [aws, redis] = await Promise.all([localAws(), startRedis()])
  storeFleet(aws)
  aws.parameters.put({ name: '/fleet/greeting', value: 'before' })
  const { arn } = aws.keys.create()
  const start = async () => {
    const started = startProcess(aws, redis.port, arn)
    await started.prints('before')
    return started
  }
  const holder = await start()
  const others = await Promise.all([start(), start()])
  aws.resetCounts()
  return { aws, holder, others }
}

function startProcess(aws: LocalAws, port: number, keyId: string): FleetProcess {
  const program = fileURLToPath(new URL('../support/fleet-process.ts', import.meta.url))
  const own = { REDIS_PORT: String(port), KEY_ID: keyId, LEASE_MS: String(leaseMs) }
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { ...process.env, ...aws.environment, ...own },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const greetings: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => greetings.push(JSON.parse(line).greeting))
  return {
    child,
    greetings,
    prints: (greeting) => expect.poll(() => greetings, { timeout: 50_000 }).toContain(greeting),
  }
}
