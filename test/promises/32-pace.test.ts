import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'
import { at, localAws, put } from '../support/aws.ts'
import { loadError } from '../support/rejection.ts'
import { ssmClient } from '../support/sources.ts'

const keys = Array.from({ length: 600 }, (_, index) => `k${index}`)
const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])))

function fill(aws: LocalAws): void {
  for (const key of keys) put(aws, { [`/app/${key}`]: key })
}

describe('32. sends calls at the rate that AWS accepts', () => {
  it('loads everything behind a quota with few throttled calls', async () => {
    const aws = await localAws()
    fill(aws)
    aws.faults.add({ kind: 'throttle', ratePerSecond: 40, burst: 40 })
    await using config = await loadConfig({ schema, path: '/app', ...at(aws) })

    expect(Object.keys(config.current)).toHaveLength(600)
    // 60 calls do it. What was under way when the first one was refused is lost.
    expect(aws.counts.total).toBeLessThan(60 + 60)
  })

  it('names the pending parameters at the deadline', async () => {
    const aws = await localAws()
    fill(aws)
    aws.faults.add({ kind: 'throttle', ratePerSecond: 2, burst: 40 })
    const { unreadable } = await loadError(
      loadConfig({ schema, path: '/app', startup: { timeoutMs: 1_500 }, ...at(aws) }),
    )

    expect(unreadable.length).toBeGreaterThan(100)
    expect(unreadable.length).toBeLessThan(200)
    expect(new Set(unreadable.map(({ code }) => code))).toEqual(new Set(['THROTTLED']))
    expect(unreadable[0]?.parameter).toMatch(/^\/app\/k\d+$/)
  })

  it('shares the rate among all configs of one client', async () => {
    const clock = createFakeClock(Date.now())
    const aws = await localAws({ clock })
    fill(aws)
    const { client, settle } = pacedClient(aws, clock)
    const quota = aws.faults.add({ kind: 'throttle', ratePerSecond: 40, burst: 40 })
    const options = { schema, path: '/app', client, clock, poll: false, startup: { timeoutMs: 60_000 } } as const
    await using one = await settle(loadConfig(options))
    aws.resetCounts()
    await using other = await settle(loadConfig(options))
    quota.remove()

    // The second one knows from the start.
    expect(aws.counts.total).toBeLessThan(60 + 10)
    expect(other.current).toEqual(one.current)
  })
})

/** A client whose calls take no time on a clock that moves only between them. */
function pacedClient(aws: LocalAws, clock: FakeClock) {
  const client = ssmClient(aws, { maxAttempts: 1 })
  let running = 0
  client.middlewareStack.add(
    (next) => async (call) => {
      running++
      try {
        return await next(call)
      } finally {
        running--
      }
    },
    {},
  )
  return {
    client,
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
