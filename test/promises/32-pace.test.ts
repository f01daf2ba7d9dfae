import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type AwsClient, type LightClient, loadConfig } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { lightClientOf } from '../support/clients.ts'
import { loadError } from '../support/rejection.ts'
import { ssmClient } from '../support/sources.ts'

const keys = Array.from({ length: 600 }, (_, index) => `k${index}`)
const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))

const clients = [
  ['the AWS SDK', countedSdk],
  ['lightClient()', countedLight],
] as const

describe.each(clients)('32. sends calls at the rate that AWS accepts, with %s', (_, clientOf) => {
  it('loads everything behind a quota with few throttled calls', async () => {
    const { aws, options, settle } = await paced(clientOf)
    aws.faults.add({ kind: 'throttle', ratePerSecond: 40, burst: 40 })
    await using config = await settle(loadConfig(options))

    expect(Object.keys(config.current)).toHaveLength(600)
    // 60 calls do it. What was under way when the first one was refused is lost.
    expect(aws.counts.total).toBeLessThan(60 + 60)
  })

  it('names the pending parameters at the deadline', async () => {
    const { aws, options, settle } = await paced(clientOf)
    aws.faults.add({ kind: 'throttle', ratePerSecond: 2, burst: 40 })
    const { unreadable } = await settle(loadError(loadConfig({ ...options, startup: { timeoutMs: 1_500 } })))

    // 40 calls of ten names at once, and at most three within the time that is left.
    expect(unreadable.length).toBeGreaterThanOrEqual(170)
    expect(unreadable.length).toBeLessThanOrEqual(200)
    expect(new Set(unreadable.map(({ code }) => code))).toEqual(new Set(['THROTTLED']))
    expect(unreadable[0]?.parameter).toMatch(/^\/app\/k\d+$/)
  })

  it('shares the rate among all configs of one client', async () => {
    const { aws, options, settle } = await paced(clientOf)
    const quota = aws.faults.add({ kind: 'throttle', ratePerSecond: 40, burst: 40 })
    await using one = await settle(loadConfig(options))
    aws.resetCounts()
    await using other = await settle(loadConfig(options))
    quota.remove()

    // The second one knows from the start.
    expect(aws.counts.total).toBeLessThan(60 + 10)
    expect(other.current).toEqual(one.current)
  })
})

type Count = <Output>(call: Promise<Output>) => Promise<Output>

function countedSdk(aws: LocalAws, count: Count): AwsClient {
  const client = ssmClient(aws, { maxAttempts: 1 })
  client.middlewareStack.add((next) => (call) => count(next(call)), {})
  return client
}

function countedLight(aws: LocalAws, count: Count): LightClient {
  const { ssm, ...others } = lightClientOf(at(aws))
  return { ...others, ssm: { host: undefined, drop: () => ssm.drop(), call: (...call) => count(ssm.call(...call)) } }
}

/** 600 stored parameters, and a client whose calls take no time on a clock that moves only between them. */
async function paced(clientOf: (aws: LocalAws, count: Count) => AwsClient | LightClient) {
  const clock = createFakeClock(Date.now())
  const aws = await localAws({ clock })
  put(aws, Object.fromEntries(keys.map((key) => [`/app/${key}`, key])))
  let running = 0
  const client = clientOf(aws, async (call) => {
    running++
    try {
      return await call
    } finally {
      running--
    }
  })
  return {
    aws,
    options: { schema, path: '/app', client, clock, poll: false, startup: { timeoutMs: 60_000 } } as const,
    async settle<Result>(work: Promise<Result>): Promise<Result> {
      let isOver = false
      const end = () => {
        isOver = true
      }
      work.then(end, end)
      while (!isOver) {
        await setImmediate()
        if (running === 0) await clock.advance(5)
      }
      return work
    },
  }
}
