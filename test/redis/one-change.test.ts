import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { DataKeyLimits } from '../../src/redis/index.ts'
import type { Hint, Inbox, NotificationSource } from '../../src/source/index.ts'
import { localAws } from '../support/aws.ts'
import { type FleetConfig, readingCalls, startInstance, storeFleet } from '../support/fleet.ts'
import { describeWithRedis, redisClient, startRedis } from '../support/redis.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

// The holder of the lease is the first.
const size = 8

describeWithRedis('one change', () => {
  it('costs one reading if all instances are notified at the same time', async () => {
    const { all, change, outcome } = await fleet()
    change.notify(all)

    expect(await outcome()).toEqual({ readings: 1, greetings: 'changed' })
  })

  it('costs one reading if the others are notified after they have it', async () => {
    const { all, change, outcome } = await fleet()
    const [holder, ...others] = all
    change.notify([holder])
    await expect.poll(() => all.every(({ config }) => config.current.greeting === 'changed')).toBe(true)
    change.notify(others)

    expect(await outcome()).toEqual({ readings: 1, greetings: 'changed' })
  })

  it('costs one reading if the others are notified one after another', async () => {
    const { all, change, outcome } = await fleet()
    for (const instance of all) {
      change.notify([instance])
      await instance.handled()
    }

    expect(await outcome()).toEqual({ readings: 1, greetings: 'changed' })
  })

  it('costs one reading if the holder of the lease is notified last', async () => {
    const { all, change, outcome } = await fleet()
    const [holder, ...others] = all
    change.notify(others)
    await expect.poll(() => all.every(({ config }) => config.current.greeting === 'changed')).toBe(true)
    change.notify([holder])

    expect(await outcome()).toEqual({ readings: 1, greetings: 'changed' })
  })

  it.each([
    ['only others, and then the holder of the lease, ', [1, 2, 3], [0]],
    ['some others', [0, 1, 2, 3], [4, 5, 6, 7]],
    ['all others', [0], [1, 2, 3, 4, 5, 6, 7]],
  ])('costs one reading if %s receive the event during the reading', async (_, before, during) => {
    const { all, aws, change, outcome } = await fleet()
    const some = (indexes: readonly number[]) => all.filter((_, index) => indexes.includes(index))
    aws.mode = 'stall'
    const { requests } = aws
    change.notify(some(before))
    await expect.poll(() => aws.requests).toBeGreaterThan(requests)
    change.notify(some(during))
    aws.mode = 'pass'

    expect(await outcome()).toEqual({ readings: 1, greetings: 'changed' })
  })

  it('costs one reading if every instance receives the event several times', async () => {
    const { all, change, outcome } = await fleet()
    const [holder, ...others] = all
    change.notify([holder, ...all])
    await expect.poll(() => all.every(({ config }) => config.current.greeting === 'changed')).toBe(true)
    change.notify([...others, ...all])

    expect(await outcome()).toEqual({ readings: 1, greetings: 'changed' })
  })

  it('is read once more for all if AWS returned the old value at first', async () => {
    const { all, readings, change, outcome } = await fleet({ isLate: true })
    change.notify(all)
    await expect.poll(readings).toBe(1)
    change.write()

    expect(await outcome()).toEqual({ readings: 2, greetings: 'changed' })
  })

  it('is read three times for all if AWS keeps the old value', async () => {
    const { all, change, outcome } = await fleet({ isLate: true })
    const [holder, ...others] = all
    change.notify([holder, ...others.slice(0, 3)])
    await holder.handled()
    change.notify(others)

    expect(await outcome('hello')).toEqual({ readings: 3, greetings: 'hello' })
  })

  it('is read again by another instance if the holder of the lease closes before its second reading', async () => {
    const { all, readings, change, outcome } = await fleet({ isLate: true })
    const [holder] = all
    change.notify(all)
    await expect.poll(readings).toBe(1)
    change.write()
    await holder.config.close()

    const { greetings } = await outcome()
    expect(greetings).toBe('changed')
  })

  it('without an identity reaches every instance', async () => {
    const { all, change, outcome } = await fleet({ hint: {} })
    const [holder, ...others] = all
    change.notify([holder])
    await holder.handled()
    change.notify(others)

    const { greetings } = await outcome()
    expect(greetings).toBe('changed')
  })
})

describeWithRedis('several changes', () => {
  it('of one parameter cost one reading each if their notifications arrive in another order', async () => {
    const { all, change, outcome } = await fleet()
    const [holder, ...others] = all
    change.notify([holder])
    await expect.poll(() => all.every(({ config }) => config.current.greeting === 'changed')).toBe(true)
    const second = change.next('changed again')
    second.notify(all)
    await expect.poll(() => all.every(({ config }) => config.current.greeting === 'changed again')).toBe(true)
    change.notify(others)

    expect(await outcome('changed again')).toEqual({ readings: 2, greetings: 'changed again' })
  })

  it('all reach every instance if the second is read before the first is encrypted', async () => {
    const { all, keys, change, secondChange, outcome } = await fleet({ cache: { maxMessages: 1 } })
    const [holder, ...others] = all
    const seen = others.map(({ config }) => {
      const greetings: string[] = []
      config.on('change', ({ current }) => greetings.push(current.greeting))
      return greetings
    })
    const outage = keys.hang()
    change.notify([holder])
    await expect.poll(() => holder.config.current.greeting).toBe('changed')
    secondChange.notify([holder])
    await expect.poll(() => holder.config.current.token).toBe('rotated')
    outage.remove()

    await expect.poll(() => others.every(({ config }) => config.current.token === 'rotated')).toBe(true)
    expect(await outcome()).toEqual({ readings: 2, greetings: 'changed' })
    for (const greetings of seen) expect(new Set(greetings)).toEqual(new Set(['changed']))
  })
})

interface Instance {
  readonly config: FleetConfig
  readonly inbox: Inbox
  /** Resolves when no hint waits for its first reading. */
  handled(): Promise<void>
}

interface Change {
  /** Stores the value, if it was not stored at first. */
  write(): void
  notify(instances: readonly Instance[]): void
  next(value: string): Change
}

interface FleetOptions {
  readonly cache?: DataKeyLimits
  /** Whether the notification arrives before the value. */
  readonly isLate?: boolean
  readonly hint?: Partial<Hint>
}

async function fleet({ isLate = false, hint, cache }: FleetOptions = {}) {
  const [aws, redis] = await Promise.all([localAws(), startRedis()])
  storeFleet(aws)
  const { arn } = aws.keys.create()
  const client = await redisClient(redis.port)
  const slowAws = await startProxy(Number(new URL(aws.endpoint).port))
  const start = async (endpoint: string): Promise<Instance> => {
    const { notifications, opened } = listener()
    const config = startInstance(aws, client, arn, { poll: false, notifications, endpoint, ...(cache && { cache }) })
    await config.ready
    const { inbox, handled } = await opened
    return { config, inbox, handled }
  }
  const holder = await start(`http://127.0.0.1:${slowAws.port}`)
  await expect.poll(async () => ((await redis.run('KEYS', '*:lease')) as unknown[]).length).toBe(1)
  const others = await Promise.all(Array.from({ length: size - 1 }, () => start(aws.endpoint)))
  const all: [Instance, ...Instance[]] = [holder, ...others]
  await settled(all)
  aws.resetCounts()
  const makeChange = (value: string, name = '/fleet/greeting'): Change => {
    const write = () => void aws.parameters.put({ name, value })
    if (!isLate) write()
    const occurredAt = Math.floor(Date.now() / 1_000) * 1_000
    const about = { kind: 'parameter', name, operation: 'put' } as const
    const sent = { ...about, ...(hint ?? { occurredAt, eventId: randomUUID() }) }
    return {
      write,
      notify: (instances) => instances.forEach(({ inbox }) => void inbox.hint(sent)),
      next: (later) => makeChange(later),
    }
  }
  return {
    all,
    aws: slowAws as TcpProxy,
    change: makeChange('changed'),
    /** Of another parameter. */
    secondChange: makeChange('rotated', '/fleet/token'),
    keys: { hang: () => aws.faults.add({ kind: 'hang', action: 'kms:GenerateDataKey' }) },
    readings: () => readingCalls(aws),
    /** What has happened when every instance has the greeting, and waits for nothing more. */
    async outcome(greeting = 'changed') {
      const open = () => all.filter(({ config }) => config.status().state !== 'closed')
      const greetings = () => [...new Set(open().map(({ config }) => config.current.greeting))].join()
      await expect.poll(greetings, { timeout: 40_000 }).toBe(greeting)
      await settled(all)
      return { readings: readingCalls(aws), greetings: greetings() }
    },
  }
}

/** Waits until no instance has work, now or later. */
async function settled(all: readonly Instance[]): Promise<void> {
  const isIdle = ({ handled }: Instance) => Promise.race([handled().then(() => true), setImmediate(false)])
  const isSettled = async () => {
    const isScheduled = all.some(({ config }) => config.status().nextPollAt !== undefined)
    return !isScheduled && (await Promise.all(all.map(isIdle))).every((idle) => idle)
  }
  await expect.poll(isSettled, { timeout: 40_000, interval: 100 }).toBe(true)
}

function listener() {
  let open: (inbox: { inbox: Inbox; handled(): Promise<void> }) => void = () => undefined
  const opened = new Promise<{ inbox: Inbox; handled(): Promise<void> }>((resolve) => {
    open = resolve
  })
  const notifications: NotificationSource = {
    name: 'test',
    async listen(inbox, { signal, idle }) {
      inbox.healthy()
      open({ inbox, handled: idle })
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
  }
  return { notifications, opened }
}
