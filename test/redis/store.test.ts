import { createHash } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { platform } from '../../src/platform/node.ts'
import { signHead } from '../../src/redis/head.ts'
import { RedisLink, UnusableAnswer } from '../../src/redis/link.ts'
import { parseAsk, SharedStore } from '../../src/redis/store.ts'
import { describeWithRedis, type RedisServer, redisClient, startRedis, type TestClient } from '../support/redis.ts'

const times = { leaseMs: 30_000, keepMs: 600_000 }
const key = Buffer.alloc(32, 1)

describeWithRedis('the lease', () => {
  it('belongs to one instance at a time', async () => {
    const { first, second } = await stores()

    expect(await first.acquire()).toEqual({ number: expect.any(Number) })
    expect(await second.acquire()).toEqual({ heldForMs: expect.any(Number) })
    expect([await first.renew(), await second.renew()]).toEqual([true, false])
  })

  it('is free again when its holder gives it back, and only its holder can', async () => {
    const { first, second } = await stores()
    await first.acquire()

    await second.release()
    expect(await second.acquire()).toHaveProperty('heldForMs')
    await first.release()
    expect(await second.acquire()).toHaveProperty('number')
  })

  it('ends by itself when its holder does not extend it', async () => {
    const { first, second } = await stores({ leaseMs: 50 })
    await first.acquire()

    await expect.poll(() => second.acquire()).toHaveProperty('number')
    expect(await first.renew()).toBe(false)
    expect(await first.begin()).toBeUndefined()
  })

  it.each([
    ['a list', ['RPUSH', 'k', 'x']],
    ['a text that never ends', ['SET', 'k', 'x']],
  ])('replaces %s of another program', async (_, [command = '', , value = '']) => {
    const { redis, first } = await stores()
    await redis.run(command, '{test}:lease', value)

    expect(await first.acquire()).toHaveProperty('number')
  })
})

describeWithRedis('a number', () => {
  it('is greater than all earlier ones of all instances', async () => {
    const { first, second } = await stores()
    const numbers = [numberOf(await first.acquire())]
    for (let round = 0; round < 20; round++) {
      numbers.push((await first.begin()) ?? 0, await second.ask(nothingAsked))
    }

    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  })

  it('is greater than earlier ones after Redis has lost its data', async () => {
    const { redis, first } = await stores()
    const before = numberOf(await first.acquire())
    await redis.run('FLUSHALL')

    expect(numberOf(await first.acquire())).toBeGreaterThan(before)
  })

  it.each(['rubbish', '9000000000000000', '-1', '', 'nan', 'inf'])('survives %j in its place', async (text) => {
    const { redis, first } = await stores()
    await redis.run('HSET', '{test}:entry', 'last', text, 'number', text)
    const number = numberOf(await first.acquire())

    expect(number).toBeLessThan(Date.now() * 1_000 + 3_600_000_000)
    expect(await first.write(headAt(number), 'body')).toBe('written')
  })
})

describeWithRedis('an answer of Redis to another command', () => {
  const commands = {
    acquire: (store: SharedStore) => store.acquire(),
    begin: (store: SharedStore) => store.begin(),
    renew: (store: SharedStore) => store.renew(),
    ask: (store: SharedStore) => store.ask(nothingAsked),
    write: (store: SharedStore) => store.write(headAt(5), 'body'),
  }
  const names = Object.keys(commands) as (keyof typeof commands)[]

  it.each(names)('is refused by %s', async (asked) => {
    const { client, first } = await stores()
    const sent = vi.spyOn(client, 'sendCommand')
    await first.acquire()
    for (const answered of names) {
      sent.mockReset()
      await commands[answered](first)
      sent.mockReturnValue(sent.mock.results.at(-1)?.value)

      await expect(commands[asked](first), answered).rejects.toThrow(
        'it answered with the result of another command, as a faulty proxy does',
      )
    }
  })

  it('is refused although the instance knows no number', async () => {
    const { client, first } = await stores()
    const sent = vi.spyOn(client, 'sendCommand')
    for (const answer of [7, [7], [7, 8], [7, 'second.1'], ['7', 'first.0'], [['7', '8'], null]]) {
      sent.mockResolvedValue(answer as never)
      for (const name of names) await expect(commands[name](first), name).rejects.toThrow(UnusableAnswer)
    }
  })
})

describeWithRedis('a reading', () => {
  it('is stored with its head', async () => {
    const { first, second } = await stores()
    const head = headAt(numberOf(await first.acquire()))

    expect(await first.write(head, 'body')).toBe('written')
    expect(await second.read()).toEqual({ head, body: 'body' })
    expect(await second.readHead()).toEqual(head)
  })

  it('is not replaced by an older one, nor by the same one again', async () => {
    const { first, second } = await stores({ leaseMs: 50 })
    const paused = headAt(numberOf(await first.acquire()))
    await expect.poll(() => second.acquire()).toHaveProperty('number')
    const newer = headAt((await second.begin()) ?? 0)
    await second.write(newer, 'new')

    expect(await first.write(paused, 'old')).toBe('older')
    expect(await second.write(newer, 'again')).toBe('older')
    expect(await first.read()).toEqual({ head: newer, body: 'new' })
  })

  it('is confirmed without its content, unless that is another one', async () => {
    const { redis, first } = await stores()
    const [one, two, three] = [numberOf(await first.acquire()), (await first.begin()) ?? 0, (await first.begin()) ?? 0]
    await first.write(headAt(one), 'body')

    expect(await first.write(headAt(two), '')).toBe('written')
    expect(await first.read()).toEqual({ head: headAt(two), body: 'body' })
    expect(await first.write(headAt(three, 'another'), '')).toBe('absent')
    await redis.run('DEL', '{test}:entry')
    expect(await first.write(headAt(three), '')).toBe('absent')
  })

  it('is discarded only while it is the stored one', async () => {
    const { first } = await stores()
    const [one, two] = [headAt(numberOf(await first.acquire())), headAt((await first.begin()) ?? 0)]
    await first.write(one, 'one')
    await first.write(two, 'two')

    await first.discard(one)
    expect(await first.read()).toEqual({ head: two, body: 'two' })
    await first.discard(two)
    expect(await first.read()).toBeUndefined()
  })

  it('ends by itself when no instance confirms it', async () => {
    const { redis, first } = await stores({ keepMs: 5_000 })
    await first.write(headAt(numberOf(await first.acquire())), 'body')

    expect(await redis.run('PTTL', '{test}:entry')).toSatisfy((ms: number) => ms > 0 && ms <= 5_000)
  })

  it('takes the place of a value of another program', async () => {
    const { redis, first } = await stores()
    await redis.run('SET', '{test}:entry', 'x')

    expect(await first.read()).toBeUndefined()
    const head = headAt(numberOf(await first.acquire()))
    expect(await first.write(head, 'body')).toBe('written')
    expect(await first.readHead()).toEqual(head)
  })
})

describeWithRedis('a request for a reading', () => {
  it('reaches the listeners of its channel with its number', async () => {
    const { client, first } = await stores()
    const received: string[] = []
    const listener = client.duplicate()
    await listener.connect()
    await listener.subscribe(first.asks, (message) => received.push(message))
    const hint = { kind: 'parameter', name: '/a', operation: 'put', occurredAt: 3, eventId: 'e' } as const
    const hints = [{ hint, attempts: 1 }]

    const number = await first.ask({ ...nothingAsked, hints, isNow: true })
    await expect.poll(() => received.map(parseAsk)).toEqual([{ hints, isNow: true, after: 0, since: 0, number }])
    listener.destroy()
  })

  it.each([
    ['no number', '{"hints":[],"after":0,"since":0}'],
    ['no list', '1 {"hints":{},"after":0,"since":0}'],
    ['no JSON', '1 {'],
    ['nothing', ''],
  ])('of another form is ignored: %s', (_, message) => {
    expect(parseAsk(message)).toBeUndefined()
  })

  it('asks for everything if it names too much, and drops hints of another form', () => {
    const many = Array.from({ length: 101 }, (_, index) => ({ kind: 'parameter', name: `/${index}`, operation: 'put' }))
    const odd = [{ kind: 'x', name: '/a', operation: 'put' }, { kind: 'secret', name: 7, operation: 'put' }, null]

    expect(parseAsk(`1 ${JSON.stringify({ ...nothingAsked, hints: many })}`)?.hints).toEqual([])
    expect(parseAsk(`1 ${JSON.stringify({ ...nothingAsked, hints: odd })}`)?.hints).toEqual([])
  })
})

const nothingAsked = { hints: [], isNow: false, after: 0, since: 0 }

interface Stores {
  readonly redis: RedisServer
  readonly client: TestClient
  readonly first: SharedStore
  readonly second: SharedStore
}

/** Two instances at one Redis. `own` are times of the first one. */
async function stores(own: Partial<typeof times> = {}): Promise<Stores> {
  const redis = await startRedis()
  const client = await redisClient(redis.port)
  const link = new RedisLink({
    client,
    clock: platform.clock,
    random: () => 0,
    commandMs: 20_000,
    warn: () => undefined,
  })
  const first = new SharedStore(link, 'test', 'first', { ...times, ...own })
  return { redis, client, first, second: new SharedStore(link, 'test', 'second', times) }
}

function headAt(number: number, content = 'content') {
  const id = createHash('md5').update(content).digest('hex')
  return signHead(
    { number, full: number, asked: 0, verifiedAt: 5, events: new Map([['12345678', 2]]), id },
    key,
    'test',
  )
}

function numberOf(taken: Awaited<ReturnType<SharedStore['acquire']>>): number {
  return 'number' in taken ? taken.number : 0
}
