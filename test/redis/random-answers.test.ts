import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { checkEncryption } from '../../src/backup/encryption-options.ts'
import { loadConfig } from '../../src/index.ts'
import type { RedisClient, RedisSubscriber } from '../../src/redis/index.ts'
import { makeCache } from '../../src/redis/redis-cache.ts'
import { ask } from '../../src/redis/scripts.ts'
import { type MemorySource, memorySource } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'
import { startInstance, storeFleet } from '../support/fleet.ts'
import { makeNotifier } from '../support/notifier.ts'
import { describeWithRedis, redisClient, startRedis, type TestClient } from '../support/redis.ts'
import { isWholeSuite } from '../support/suite.ts'

const schema = z.object({ count: z.number() })
const times = { freshMs: 60_000, leaseMs: 2_000, keepMs: 60_000, commandMs: 50 }
const runs = isWholeSuite ? 25 : 8

/** What a client answers a command. `replayed`: the answer to an earlier command of the same name. */
type Answer =
  | { readonly kind: 'right' | 'never' | 'replayed' | 'thrown' | 'late' }
  | { readonly kind: 'wrong'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }

const head = `1.${'9'.repeat(15)}.1.1.${'0'.repeat(32)}.1..${'0'.repeat(64)}`
const scalar = fc.oneof(
  fc.constantFrom('0', '1', '-1', '1e400', 'written', 'older', 'absent', head, null, undefined, Number.NaN, 1e30, -1),
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.uint8Array({ maxLength: 50 }),
  fc.constant('x'.repeat(2_000_000)),
  fc.dictionary(fc.string(), fc.integer()),
)
const wrong = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 4 }),
  fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }),
)
const error = fc.oneof(
  fc
    .constantFrom('WRONGTYPE x', 'NOSCRIPT x', 'OOM x', 'READONLY x', 'LOADING x', 'hunter2')
    .map((text) => new Error(text)),
  wrong,
)
const anAnswer: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'right' } as const) },
  { weight: 1, arbitrary: fc.constantFrom('never', 'replayed', 'thrown', 'late').map((kind) => ({ kind }) as Answer) },
  { weight: 2, arbitrary: wrong.map((value) => ({ kind: 'wrong', value }) as const) },
  { weight: 1, arbitrary: error.map((thrown) => ({ kind: 'error', error: thrown }) as const) },
)
const right: Answer = { kind: 'right' }
const wrongly = (value: unknown): Answer => ({ kind: 'wrong', value })
const answers = fc.array(anAnswer, { minLength: 1, maxLength: 30 })
const messages = fc.array(fc.oneof(fc.string(), fc.constant(JSON.stringify({ type: 'reading', head })), fc.json()), {
  maxLength: 5,
})

describeWithRedis('with any answers of Redis', () => {
  it('configs have the values of AWS, never go back, and warn once at most', async () => {
    const [aws, redis] = await Promise.all([localAws(), startRedis()])
    const { arn: keyId } = aws.keys.create()
    const real = await redisClient(redis.port)
    const source = memorySource({ parameters: { '/app/count': '0' } })
    let count = 0
    const write = () => source.put('/app/count', String(++count))
    const start = async (client: RedisClient, app: string) => {
      const notifications = makeNotifier()
      const encryption = checkEncryption('test', { keyId, endpoint: aws.endpoint })
      const sharedCache = makeCache({ client, app, encryption, times })
      const config = await loadConfig({
        path: '/app',
        schema,
        source: source as MemorySource,
        poll: false,
        logger: false,
        notifications,
        sharedCache,
      })
      const seen = [config.current.count]
      const warnings: string[] = []
      config.on('change', ({ current }) => void seen.push(current.count))
      config.on('warning', ({ message }) => void warnings.push(message))
      return { config, notifications, seen, warnings }
    }
    const property = fc.asyncProperty(answers, answers, messages, async (first, second, received) => {
      const app = randomUUID()
      write()
      const clients = [first, second].map((script) => flawed(real, script))
      const instances = await Promise.all(clients.map(({ client }) => start(client, app)))
      try {
        expect(instances.map(({ config }) => config.current.count)).toEqual([count, count])
        for (const { receive } of clients) for (const message of received) receive(message)
        for (const { config } of instances) {
          write()
          await config.refresh()
          expect(config.current.count).toBe(count)
        }
        write()
        const hint = { kind: 'parameter', name: '/app/count', operation: 'put', eventId: randomUUID() } as const
        for (const { notifications } of instances) notifications.inbox.hint(hint)
        const served = () => instances.map(({ config }) => config.current.count)
        await expect.poll(served, { timeout: 20_000 }).toEqual([count, count])
        for (const { seen, warnings } of instances) {
          expect(seen).toEqual([...seen].sort((one, other) => one - other))
          expect(new Set(warnings).size).toBe(warnings.length)
          expect(warnings.join()).not.toContain('hunter2')
        }
      } finally {
        for (const client of clients) client.repair()
        await Promise.all(instances.map(({ config }) => config.close()))
      }
    })
    // An instance that knows no number yet, and is answered one that is too small.
    const small: Answer[] = [wrongly([]), right, right, right, wrongly(2_042_074_945), right, { kind: 'thrown' }, right]
    await fc.assert(property, { numRuns: runs, endOnFailure: true, examples: [[small, [right], []]] })
  })
})

describeWithRedis('a refresh whose request Redis answers with an earlier number', () => {
  it.each([
    ['the smallest', () => '1'],
    ['a negative one', () => -1],
    ['that of an earlier request', ([earlier]: readonly unknown[][]) => earlier?.[0]],
  ])('reads AWS (%s)', async (_, numberOf) => {
    const [aws, redis] = await Promise.all([localAws(), startRedis()])
    storeFleet(aws)
    const { arn } = aws.keys.create()
    const [holding, asking] = await Promise.all([redisClient(redis.port), redisClient(redis.port)])
    const holder = startInstance(aws, holding, arn)
    await holder.ready
    const asked: unknown[][] = []
    let isWrong = false
    const client = Object.create(asking, {
      sendCommand: {
        value: async (command: string[]) => {
          const isRequest = command[1] === ask.sha || command[1] === ask.text
          if (isRequest && isWrong) return [numberOf(asked), command.at(-1)]
          const answer = await asking.sendCommand(command)
          if (isRequest) asked.push(answer as unknown as unknown[])
          return answer
        },
      },
    }) as RedisClient
    const config = startInstance(aws, client, arn)
    await config.ready
    await config.refresh()
    expect(asked.length).toBeGreaterThan(0)

    isWrong = true
    aws.parameters.put({ name: '/fleet/greeting', value: 'new' })
    await config.refresh()
    expect(config.current.greeting).toBe('new')
  })
})

/** A client that answers by a script, again and again from the beginning. */
function flawed(real: TestClient, script: readonly Answer[]) {
  let index = 0
  let isRepaired = false
  const earlier = new Map<string, unknown>()
  const listeners = new Map<string, (message: string) => void>()
  const answer = async (command: readonly string[]): Promise<unknown> => {
    const next = isRepaired ? undefined : script[index++ % script.length]
    const name = command.slice(0, 2).join()
    if (next?.kind === 'wrong') return next.value
    if (next?.kind === 'error') throw next.error
    if (next?.kind === 'never') return new Promise(() => undefined)
    if (next?.kind === 'replayed' && earlier.has(name)) return earlier.get(name)
    const found = await real.sendCommand([...command])
    if (!earlier.has(name)) earlier.set(name, found)
    if (next?.kind === 'late') await new Promise((resolve) => setTimeout(resolve, times.commandMs + 10))
    return found
  }
  const client: RedisClient = {
    isReady: true,
    sendCommand(command) {
      if (!isRepaired && script[index % script.length]?.kind === 'thrown') {
        index++
        throw new TypeError('thrown')
      }
      return answer(command)
    },
    duplicate(): RedisSubscriber {
      const subscriber = real.duplicate()
      subscriber.on('error', () => undefined)
      return {
        on: (event, listener) => subscriber.on(event, listener),
        connect: () => subscriber.connect(),
        subscribe(channel, listener) {
          listeners.set(channel, listener)
          return subscriber.subscribe(channel, listener)
        },
        unsubscribe: (channel) => subscriber.unsubscribe(channel),
        destroy: () => subscriber.destroy(),
      }
    },
  }
  return {
    client,
    receive: (message: string) => listeners.forEach((listener) => void listener(message)),
    repair() {
      isRepaired = true
    },
  }
}
