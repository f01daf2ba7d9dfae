import { GetQueueAttributesCommand, GetQueueUrlCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Clock, NotificationSource } from '../../src/index.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { snsNotifications } from '../../src/notifications/index.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/index.ts'
import { at, put } from '../support/aws.ts'
import { load, withTopic } from '../support/changes.ts'

describe('a queue of its own behind a topic', () => {
  it('lets the topic send to it and nobody else, and says every hour that it is alive', async () => {
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

  it('has what was written while it was made looked at', async () => {
    const { aws, topic } = await withTopic()
    aws.faults.add({ kind: 'latency', action: 'sqs:CreateQueue', ms: 300 })
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }))
    put(aws, { '/app/a': 'told to nobody' })
    await expect.poll(() => config.current.a).toBe('told to nobody')

    expect(config.status().missedByPush).toBe(0)
  })

  it('is made again when somebody deletes it', async () => {
    const { aws, topic } = await withTopic()
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }))
    await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
    const [name = ''] = aws.queues.names
    aws.queues.delete(name)
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => config.current.a).toBe('y')

    expect(aws.queues.names).not.toContain(name)
  })

  it('stays through a call that fails, and brings what was sent meanwhile', async () => {
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

  it('that belonged to an instance that died a day ago is swept within ten minutes, and no other', async () => {
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

  it('goes on saying that it is alive, and is swept by nobody, where queues may not be listed', async () => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock })
    const notifications = snsNotifications({ topicArn: topic.arn, ...at(aws) })
    aws.policy.deny({ action: 'sqs:ListQueues', resource: '*' })
    const config = await loaded(aws, notifications, { clock, chance: 0.5 })
    const [name] = aws.queues.names
    // An hour that it lives through, and two in which it stands still.
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

  it('of a long life sweeps every day', async () => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock })
    const notifications = snsNotifications({ topicArn: topic.arn, ...at(aws) })
    const left = await leftBehind(aws, notifications, clock)
    const config = await loaded(aws, notifications, { clock, chance: 0.5 })
    await clock.advance(300_000)
    await expect.poll(() => aws.counts.calls['sqs:ListQueueTags']).toBe(1)
    expect(aws.queues.names).toContain(left)
    await clock.advance(86_400_000)

    await expect.poll(() => aws.queues.names).not.toContain(left)
    await config.close()
  })
})

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
    const notifications = snsNotifications({ topicArn: topic.arn, ...at(aws) })
    const living = createFakeClock(now + livingAheadMs)
    const config = await loaded(aws, notifications, { clock: living, chance: 0.5 })
    const names = [...aws.queues.names]
    // It has lived for more than a day, and said so a moment ago.
    for (const clock of [server, living]) clock.jump(90_000_000)
    await living.advance(3_600_000)
    await expect.poll(() => aws.counts.calls['sqs:TagQueue']).toBeGreaterThan(0)
    const clock = createFakeClock(server.now() + sweeperAheadMs)
    const sweeper = await loaded(aws, notifications, { clock, chance: 0.25 })
    await clock.advance(150_000)
    await expect.poll(() => aws.counts.calls['sqs:ListQueueTags'] ?? 0).toBeGreaterThan(0)
    await sweeper.close()

    expect(aws.queues.names).toEqual(names)
    await config.close()
  })

  it('counts from the time at which SQS made it, not from its first tag', async () => {
    const server = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic({ clock: server })
    const notifications = snsNotifications({ topicArn: topic.arn, ...at(aws) })
    const [behind, ahead] = [createFakeClock(1_600_000_000_000), createFakeClock(1_800_000_000_000)]
    const left = [await leftBehind(aws, notifications, behind), await leftBehind(aws, notifications, ahead, 0.2)]
    const clock = createFakeClock(server.now())
    const sweeper = await loaded(aws, notifications, { clock, chance: 0.5 })
    await clock.advance(300_000)
    await expect.poll(() => aws.counts.calls['sqs:ListQueueTags']).toBe(2)
    expect(aws.queues.names).toEqual(expect.arrayContaining(left))
    server.jump(86_401_000)
    await clock.advance(86_400_000)
    await expect.poll(() => aws.queues.names).toHaveLength(1)
    await sweeper.close()
  })
})

describe('a role that may not do all of it', () => {
  it.each([
    ['subscribe nor delete', ['sns:Subscribe', 'sqs:DeleteQueue']],
    ['subscribe', ['sns:Subscribe']],
    ['set attributes nor delete', ['sqs:SetQueueAttributes', 'sqs:DeleteQueue']],
    ['get attributes nor delete', ['sqs:GetQueueAttributes', 'sqs:DeleteQueue']],
  ])('leaves one queue however often it is tried: it may not %s', async (_, denied) => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic()
    const denials = denied.map((action) => aws.policy.deny({ action, resource: '*' }))
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }), { clock })
    const [call = ''] = denied
    const attempts = () => aws.counts.calls[call] ?? 0
    await expect.poll(attempts).toBe(1)
    const names = [...aws.queues.names]
    expect(names).toHaveLength(1)
    for (let seen = 1; seen < 8; seen = attempts()) {
      await clock.advance(60_000)
      await expect.poll(attempts).toBeGreaterThan(seen)
      expect(aws.queues.names).toEqual(names)
    }
    for (const denial of denials) denial.remove()
    const isHealthy = () => config.status().notifications.sources[0]?.isHealthy
    await expect.poll(afterSome(clock, isHealthy)).toBe(true)
    put(aws, { '/app/a': 'y' })
    await expect.poll(afterSome(clock, () => config.current.a)).toBe('y')
    await config.close()

    expect(aws.queues.names).toEqual([])
    expect(aws.topics.subscribers(topic.arn)).toEqual([])
  })

  it('makes one queue although the answer to its making is lost', async () => {
    const clock = createFakeClock(1_700_000_000_000)
    const { aws, topic } = await withTopic()
    aws.faults.add({ kind: 'half-body', action: 'sqs:CreateQueue', times: 3 })
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }), { clock })
    const isHealthy = () => config.status().notifications.sources[0]?.isHealthy
    await expect.poll(afterSome(clock, isHealthy)).toBe(true)

    expect(aws.queues.names).toHaveLength(1)
  })
})

/** Reads something each time after a while, by which time a retry may have been due. */
function afterSome<Value>(clock: FakeClock, read: () => Value): () => Promise<Value> {
  return async () => {
    await clock.advance(5_000)
    return read()
  }
}

/** A config that listens; its first sweep comes after that share of ten minutes. */
async function loaded(
  aws: LocalAws,
  notifications: NotificationSource,
  { clock, chance }: { readonly clock: Clock; readonly chance: number },
) {
  const { config } = await load(aws, notifications, { clock, random: () => chance })
  await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
  return config
}

/** The name of a queue whose instance has died. */
async function leftBehind(
  aws: LocalAws,
  notifications: NotificationSource,
  clock: Clock,
  chance = 0.1,
): Promise<string> {
  const denials = ['sqs:DeleteQueue', 'sns:Unsubscribe'].map((action) => aws.policy.deny({ action, resource: '*' }))
  const config = await loaded(aws, notifications, { clock, chance })
  await config.close()
  for (const denial of denials) denial.remove()
  return aws.queues.names.at(-1) ?? ''
}
