import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
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

  // In real time: a machine that stands still for a moment lets calls pile up.
  it('shares the rate among all configs of one client', { retry: 2 }, async () => {
    const aws = await localAws()
    fill(aws)
    const client = ssmClient(aws, { maxAttempts: 1 })
    const quota = aws.faults.add({ kind: 'throttle', ratePerSecond: 40, burst: 40 })
    await using one = await loadConfig({ schema, path: '/app', client, startup: { timeoutMs: 60_000 } })
    aws.resetCounts()
    await using other = await loadConfig({ schema, path: '/app', client, startup: { timeoutMs: 60_000 } })
    quota.remove()

    // The second one knows from the start.
    expect(aws.counts.total).toBeLessThan(60 + 10)
    expect(other.current).toEqual(one.current)
  })
})
