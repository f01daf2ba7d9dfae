import { expect, it } from 'vitest'
import * as z from 'zod'
import { loadConfig } from '../../src/index.ts'
import { sqsNotifications } from '../../src/sqs/index.ts'
import { createFakeClock, memorySource } from '../../src/testing/index.ts'
import { scriptedAws } from '../support/scripted-aws.ts'

it.each<[string, object | string]>([
  ['nothing', '{}'],
  ['null', 'null'],
  ['no messages', { Messages: [] }],
  ['null for messages', { Messages: null }],
])('waits longer after each long poll that is answered at once with %s', async (_, body) => {
  const { endpoint, calls } = await scriptedAws(() => ({ body }))
  const clock = createFakeClock(Date.now())
  const notifications = sqsNotifications({ queueUrl: `${endpoint}/123456789012/q`, endpoint, region: 'eu-west-1' })
  const source = memorySource({ parameters: { '/app/a': 'x' } })
  const options = { schema: z.object({ a: z.string() }), path: '/app', poll: false } as const
  const config = await loadConfig({ ...options, source, clock, random: () => 1, notifications })
  const waits: number[] = []
  for (let expected = 2; expected <= 8; expected++) {
    await expect.poll(() => calls.length).toBe(expected)
    // The answer to it, and what follows from that.
    await expect.poll(() => clock.sleepers).toBe(1)
    const before = clock.now()
    while (calls.length === expected && clock.now() - before < 60_000) {
      await clock.advance(1_000)
      if (clock.sleepers === 0) await expect.poll(() => calls.length).toBeGreaterThan(expected)
    }
    waits.push(clock.now() - before)
  }
  await config.close()

  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000])
})
