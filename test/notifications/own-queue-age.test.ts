import { SNSClient } from '@aws-sdk/client-sns'
import { SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { snsNotifications } from '../../src/sqs/index.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'
import { at } from '../support/aws.ts'
import { withTopic } from '../support/changes.ts'
import { leftBehind, loaded, quietNotifications } from '../support/own-queue.ts'

describe('the age of a queue', () => {
  it.each([
    ['the clock of the sweeping instance is a day ahead', 90_000_000, 0],
    ['the clock of the sweeping instance is a year ahead', 31_536_000_000, 0],
    ['the clock of the living instance is a day behind', 0, -90_000_000],
    ['the clock of the living instance is a day ahead', 0, 90_000_000],
  ])('is measured by the clock of SQS: %s', async (_, sweeperAheadMs, livingAheadMs) => {
    const now = 1_700_000_000_000
    const server = createFakeClock(now)
    const { aws, topic } = await withTopic({ clock: server })
    const listener = (clock: FakeClock) => quietNotifications(aws, topic.arn, clock)
    const living = createFakeClock(now + livingAheadMs)
    const config = await loaded(aws, listener(living), { clock: living, chance: 0.5 })
    const names = [...aws.queues.names]
    // Its name is last in the list: once it is deleted, the other queue has been checked.
    const crashed = createFakeClock(now)
    const dead = await leftBehind(aws, listener(crashed), crashed, 0.9)
    // The instance is older than a day, and has just renewed its heartbeat.
    for (const clock of [server, living]) clock.jump(90_000_000)
    await living.advance(3_600_000)
    await expect.poll(() => aws.counts.calls['sqs:TagQueue']).toBeGreaterThan(0)
    const clock = createFakeClock(server.now() + sweeperAheadMs)
    const sweeper = await loaded(aws, listener(clock), { clock, chance: 0.25 })
    const deleted = aws.counts.calls['sqs:DeleteQueue'] ?? 0
    await clock.advance(150_000)
    await expect.poll(() => aws.queues.names).not.toContain(dead)
    // A deleted queue would be created again, under the same name.
    expect(aws.counts.calls['sqs:DeleteQueue']).toBe(deleted + 1)
    await sweeper.close()

    expect(aws.queues.names).toEqual(names)
    await config.close()
  })

  // A day of long polls.
  it('counts from its creation by SQS, not from its first tag', { timeout: 60_000 }, async () => {
    const server = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock: server })
    const listener = (clock: FakeClock) => quietNotifications(aws, topic.arn, clock)
    const [behind, ahead] = [createFakeClock(1_600_000_000_000), createFakeClock(1_800_000_000_000)]
    const left = [await leftBehind(aws, listener(behind), behind), await leftBehind(aws, listener(ahead), ahead, 0.2)]
    const clock = createFakeClock(server.now())
    const sweeper = await loaded(aws, listener(clock), { clock, chance: 0.5 })
    await clock.advance(300_000)
    await expect.poll(() => aws.counts.calls['sqs:ListQueueTags']).toBe(2)
    expect(aws.queues.names).toEqual(expect.arrayContaining(left))
    server.jump(86_401_000)
    await clock.advance(86_400_000)
    await expect.poll(() => clock.advance(1_000).then(() => aws.queues.names)).toHaveLength(1)
    await sweeper.close()
  })

  it('is unknown without the time of the endpoint, so that no queue is deleted', async () => {
    const server = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock: server })
    const sqsClient = new SQSClient(aws.clientOptions)
    onTestFinished(() => sqsClient.destroy())
    sqsClient.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args)
        Reflect.deleteProperty((result.response as { readonly headers: object }).headers, 'date')
        return result
      },
      { step: 'deserialize', priority: 'low' },
    )
    const notifications = snsNotifications({ topicArn: topic.arn, ...at(aws) })
    const old = createFakeClock(server.now())
    const left = [await leftBehind(aws, notifications, old), await leftBehind(aws, notifications, old, 0.2)]
    server.jump(90_000_000)
    const clock = createFakeClock(server.now())
    const snsClient = new SNSClient(aws.clientOptions)
    onTestFinished(() => snsClient.destroy())
    const sweeper = await loaded(aws, snsNotifications({ topicArn: topic.arn, sqsClient, snsClient }), {
      clock,
      chance: 0.5,
    })
    const described = aws.counts.calls['sqs:GetQueueAttributes'] ?? 0
    await clock.advance(300_000)
    // In sequence: once the second queue is described, the first one has been checked.
    await expect.poll(() => aws.counts.calls['sqs:GetQueueAttributes']).toBe(described + 2)
    expect(aws.queues.names).toEqual(expect.arrayContaining(left))
    await sweeper.close()
  })
})
