import { expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { encryptedBackup } from '../../src/backup/index.ts'
import { loadConfig, sensitive } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import type { RedisClient } from '../../src/redis/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { memorySnapshotStore } from '../support/backup.ts'
import { startInstance } from '../support/fleet.ts'
import { patientClock } from '../support/patient-clock.ts'
import { describeWithRedis, redisClient, startRedis, type TestClient } from '../support/redis.ts'
import { isWholeSuite } from '../support/suite.ts'

// Ten parameters take one call. docs/operations.md and docs/outages.md state what this test counts.
const names = Array.from({ length: 10 }, (_, index) => `p${index}`)
const schema = z.object(Object.fromEntries(names.map((name) => [name, sensitive(z.string())])))
const hours = isWholeSuite ? 24 : 2
const timeout = 240_000
const random = () => 0.5

it('a quiet day with a backup takes one call a minute, a data key an hour at most, and no decryption', {
  timeout,
}, async () => {
  const aws = await quietAws()
  const store = memorySnapshotStore()
  const keysFor = () => calls(aws)['kms:GenerateDataKey'] ?? 0
  // The data key of a write is a write that is running.
  const clock = patientClock(() => keysFor() > store.writes)
  // The cache of the AWS Encryption SDK reads the system clock, on which no hour passes between two writes.
  const backup = encryptedBackup(store, {
    keyId: aws.keys.create().arn,
    endpoint: aws.endpoint,
    cache: { maxAgeMs: 1 },
  })
  const config = await loadConfig({ schema, path: '/quiet', logger: false, clock, random, backup, ...at(aws) })
  onTestFinished(() => config.close())
  await expect.poll(() => store.writes).toBe(1)
  aws.resetCounts()
  store.writes = 0
  await clock.pass(hours * 3_600_000)

  const { 'kms:GenerateDataKey': dataKeys, ...others } = calls(aws)
  expect(others).toEqual({ 'ssm:GetParameters': hours * 60 })
  expect(dataKeys).toBe(store.writes)
  // The first poll after an hour renews the backup.
  expect(hours - store.writes).toBeOneOf([0, 1])
  expect(aws.counts.decryptions).toBe(0)
  expect(config.explain().warnings).toEqual([])
})

describeWithRedis('a quiet day of a fleet', () => {
  it('takes one call a minute, no data key, no decryption and the documented commands', { timeout }, async () => {
    const [aws, redis] = await Promise.all([quietAws(), startRedis()])
    const { arn } = aws.keys.create()
    const own = await redisClient(redis.port)
    const subscribers: TestClient[] = []
    // Redis answers after the messages that it has sent before.
    const delivered = () => Promise.allSettled(subscribers.map((subscriber) => subscriber.ping()))
    let running = 0
    const client: RedisClient = {
      get isReady() {
        return own.isReady
      },
      duplicate() {
        const subscriber = own.duplicate()
        subscribers.push(subscriber)
        return subscriber
      },
      async sendCommand(command, options) {
        running++
        try {
          return await own.sendCommand(command, options)
        } finally {
          void delivered().finally(() => running--)
        }
      },
    }
    const clock = patientClock(() => running > 0)
    const storedBytes = async () => {
      const [entry = ''] = (await redis.run('KEYS', '*:entry')) as string[]
      return redis.run('HSTRLEN', entry, 'body')
    }
    const configs = []
    for (let instance = 0; instance < 3; instance++) {
      const config = startInstance(aws, client, arn, { schema, path: '/quiet', clock, random } as object)
      await config.ready
      configs.push(config)
      // The clock stands still, and an instance that waits for the first reading would wait for it.
      await expect.poll(storedBytes).toBeGreaterThan(0)
    }
    const listening = async () => String(await redis.run('CLIENT', 'LIST', 'TYPE', 'pubsub')).match(/^id=/gm)?.length
    await expect.poll(listening).toBe(configs.length)
    await clock.pass(60_000)
    aws.resetCounts()
    await redis.run('CONFIG', 'RESETSTAT')
    await clock.pass(hours * 3_600_000)

    expect(calls(aws)).toEqual({ 'ssm:GetParameters': hours * 60 })
    expect(aws.counts.decryptions).toBe(0)
    // The holder extends the lease every 4 s, and begins and confirms each reading. The others compare numbers.
    expect(commands(String(await redis.run('INFO', 'commandstats')))).toEqual({
      evalsha: hours * (900 + 120),
      hmget: hours * 2 * 60,
    })
    expect(configs.flatMap((config) => config.explain().warnings)).toEqual([])
  })
})

async function quietAws(): Promise<LocalAws> {
  const aws = await localAws()
  put(aws, Object.fromEntries(names.map((name) => [`/quiet/${name}`, ['SecureString', 'hunter2'] as const])))
  return aws
}

function calls(aws: LocalAws): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { action } of aws.requests) counts[action] = (counts[action] ?? 0) + 1
  return counts
}

/** The commands that clients have sent, without those in scripts. */
function commands(stats: string): Record<string, number> {
  const found = [...stats.matchAll(/cmdstat_(evalsha|eval|hmget):calls=(\d+)/g)]
  return Object.fromEntries(found.map(([, name, count]) => [name, Number(count)]))
}
