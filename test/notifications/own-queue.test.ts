import { GetQueueAttributesCommand, GetQueueUrlCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { snsNotifications } from '../../src/sqs/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, put } from '../support/aws.ts'
import { load, withTopic } from '../support/changes.ts'
import { leftBehind, loaded, quietNotifications } from '../support/own-queue.ts'

describe('a queue of its own behind a topic', () => {
  it('accepts messages only from its topic, and renews its heartbeat every hour', async () => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock })
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }), { clock })
    await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
    const sqs = new SQSClient(aws.clientOptions)
    onTestFinished(() => sqs.destroy())
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: aws.queues.names[0] }))
    const describe = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })
    const { Attributes = {} } = await sqs.send(describe)
    const [statement] = JSON.parse(Attributes.Policy ?? '').Statement
    const tags = async () => (await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags ?? {}

    expect(statement).toMatchObject({
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Attributes.QueueArn,
      Condition: { ArnEquals: { 'aws:SourceArn': topic.arn } },
    })
    expect(await tags()).toEqual({ 'liveparam:topic': topic.arn, 'liveparam:heartbeat': '2023-11-14T22:13:20.000Z' })
    await clock.advance(3_600_000)
    await expect.poll(async () => (await tags())['liveparam:heartbeat']).toBe('2023-11-14T23:13:20.000Z')
    await config.close()
  })

  it('is followed by a refresh that reads the changes made during its creation', async () => {
    const { aws, topic } = await withTopic()
    aws.faults.add({ kind: 'latency', action: 'sqs:CreateQueue', ms: 300 })
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }))
    put(aws, { '/app/a': 'written before the subscription' })
    await expect.poll(() => config.current.a).toBe('written before the subscription')

    expect(config.status().missedNotifications).toBe(0)
  })

  it('is created again after it was deleted', async () => {
    const { aws, topic } = await withTopic()
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }))
    await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
    const [name = ''] = aws.queues.names
    aws.queues.delete(name)
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => config.current.a).toBe('y')

    expect(aws.queues.names).not.toContain(name)
  })

  it('stays after a failed call, and delivers the messages sent meanwhile', async () => {
    const { aws, topic } = await withTopic()
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }))
    await expect.poll(() => aws.counts.calls['sqs:ReceiveMessage']).toBe(2)
    const { names } = aws.queues
    aws.faults.add({ kind: 'reset', action: 'sqs:ReceiveMessage', times: 1 })
    aws.queues.send(names[0] ?? '', 'ends the long poll')
    await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(false)
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => config.current.a).toBe('y')

    expect(aws.queues.names).toEqual(names)
  })

  it('of an instance that crashed a day ago is deleted within ten minutes, and no other queue', async () => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock })
    const notifications = snsNotifications({ topicArn: topic.arn, ...at(aws) })
    const left = await leftBehind(aws, notifications, clock)
    aws.queues.create('liveparam-config-changes-unrelated')
    aws.faults.add({ kind: 'sparse-pages', action: 'sqs:ListQueues' })
    clock.jump(86_000_000)
    const living = await loaded(aws, notifications, { clock, chance: 0.5 })
    await clock.advance(300_000)
    await expect.poll(() => aws.counts.calls['sqs:ListQueueTags']).toBe(2)
    expect(aws.queues.names).toContain(left)
    clock.jump(100_000)
    const sweeper = await loaded(aws, notifications, { clock, chance: 0.25 })
    await clock.advance(150_000)
    await expect.poll(() => aws.queues.names).not.toContain(left)

    expect(aws.queues.names).toHaveLength(3)
    expect(aws.topics.subscribers(topic.arn)).toHaveLength(2)
    await living.close()
    await sweeper.close()
  })

  it('renews its heartbeat, and is not deleted, without the permission to list queues', async () => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock })
    const notifications = quietNotifications(aws, topic.arn, clock)
    aws.policy.deny({ action: 'sqs:ListQueues', resource: '*' })
    const config = await loaded(aws, notifications, { clock, chance: 0.5 })
    const [name] = aws.queues.names
    // One hour of running, and two hours of suspension.
    for (let hours = 1; hours <= 10; hours++) {
      await clock.advance(3_600_000)
      await expect.poll(() => aws.counts.calls['sqs:TagQueue']).toBe(hours)
      clock.jump(7_200_000)
    }
    aws.policy.clear()
    const sweeper = await loaded(aws, notifications, { clock, chance: 0.25 })
    await clock.advance(150_000)
    await expect.poll(() => aws.counts.calls['sqs:ListQueueTags']).toBe(1)
    await sweeper.close()

    expect(aws.queues.names).toEqual([name])
    await config.close()
  })

  it('sweeps every day', async () => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock })
    const notifications = quietNotifications(aws, topic.arn, clock)
    const left = await leftBehind(aws, notifications, clock)
    const config = await loaded(aws, notifications, { clock, chance: 0.5 })
    await clock.advance(300_000)
    await expect.poll(() => aws.counts.calls['sqs:ListQueueTags']).toBe(1)
    expect(aws.queues.names).toContain(left)
    // Each advance ends where calls begin: they have limits of time on this clock.
    for (let hours = 1; hours <= 24; hours++) {
      await clock.advance(hours === 1 ? 3_300_000 : 3_600_000)
      await expect.poll(() => aws.counts.calls['sqs:TagQueue']).toBe(hours)
    }
    await clock.advance(300_000)
    await expect.poll(() => clock.advance(1_000).then(() => aws.queues.names)).not.toContain(left)
    await config.close()
  })
})
