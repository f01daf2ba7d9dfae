import { expect, it } from 'vitest'
import * as z from 'zod'
import { sqsNotifications } from '../../src/sqs/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, put } from '../support/aws.ts'
import { changing, load, pattern } from '../support/changes.ts'

async function listeningStill() {
  const aws = await changing()
  const queue = aws.queues.create('changes')
  aws.events.route(pattern, queue.arn)
  // The clock stands still, so that all messages arrive at the same time.
  const clock = createFakeClock(Date.now())
  const schema = z.object({ a: z.string(), more: z.record(z.string(), z.string()) })
  const { config } = await load(aws, sqsNotifications({ queueUrl: queue.url, ...at(aws) }), { clock, schema })
  const attempts: string[] = []
  for (const event of ['change', 'unchanged'] as const)
    config.on(event, ({ cause }) => attempts.push(`${event} ${cause}`))
  await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
  aws.resetCounts()
  return { aws, config, clock, attempts }
}

const received = { timeout: 20_000 }

// The messages may take as long as the limit of a test allows by default.
const limits = { timeout: 60_000 }

it('a thousand events about a hundred new parameters cause one refresh with one listing', limits, async () => {
  const { aws, config, clock, attempts } = await listeningStill()
  for (let index = 0; index < 1_000; index++) put(aws, { [`/app/more/k${index % 100}`]: String(index) })
  await expect.poll(() => config.status().notifications.received, received).toBe(1_000)
  await clock.advance(2_000)
  await expect.poll(() => Object.keys(config.current.more).length).toBe(101)
  expect(config.current.more).toMatchObject({ k0: '900', k99: '999' })
  expect(aws.counts.calls).toMatchObject({ 'ssm:GetParameters': 1, 'ssm:GetParametersByPath': 11 })
  await clock.advance(10_000)

  expect(attempts).toEqual(['change notification'])
  expect(config.pin().revision).toBe(2)
})

it('a thousand events about unrelated parameters cause no refresh and no call', limits, async () => {
  const { aws, config, clock, attempts } = await listeningStill()
  for (let index = 0; index < 1_000; index++) put(aws, { [`/other/k${index}`]: String(index) })
  await expect.poll(() => config.status().notifications, received).toMatchObject({ received: 1_000, unrelated: 1_000 })
  await clock.advance(10_000)

  expect(attempts).toEqual([])
  expect(Object.keys(aws.counts.calls).filter((action) => action.startsWith('ssm:'))).toEqual([])
})
