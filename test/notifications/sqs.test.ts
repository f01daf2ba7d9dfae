import { GetQueueAttributesCommand, GetQueueUrlCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { snsNotifications, sqsNotifications } from '../../src/notifications/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, put } from '../support/aws.ts'
import { changing, listening, load, pattern, withTopic } from '../support/changes.ts'
import { runNode } from '../support/run-process.ts'

describe('a queue that EventBridge sends changes to', () => {
  it('has a change published as soon as it is told of', async () => {
    const { aws, queue, config } = await listening()
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => config.current.a).toBe('y')
    aws.secrets.put({ id: 'login', value: 'p2' })
    await expect.poll(() => config.current.login).toBe('p2')
    aws.parameters.delete('/app/more/m')
    await expect.poll(() => config.current.more).toEqual({})

    await expect.poll(() => aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
    expect(config.pin().revision).toBe(4)
    expect(config.status().notifications).toMatchObject({ received: 3, sources: [{ name: 'sqs', isHealthy: true }] })
  })

  it('is cleared of what is not understood, foreign, or delivered again', async () => {
    const { aws, queue, config } = await listening()
    aws.events.faults.add({ kind: 'duplicated', times: 1 })
    put(aws, { '/other/x': '1' })
    aws.queues.send(queue.url, 'hello')
    aws.queues.send(queue.url, '{"source":"shop"}')
    await expect
      .poll(() => config.status().notifications)
      .toMatchObject({ received: 2, duplicates: 1, foreign: 1, ignored: 2 })

    await expect.poll(() => aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
    expect(config.pin().revision).toBe(1)
  })

  it('costs two calls for a parameter: one to read it, one to acknowledge', async () => {
    const { aws, config } = await listening()
    await expect.poll(() => aws.counts.calls['sqs:ReceiveMessage']).toBe(2)
    aws.resetCounts()
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => config.current.a).toBe('y')

    expect(aws.counts.calls['ssm:GetParameters']).toBe(1)
    expect(aws.counts.calls['ssm:GetParametersByPath']).toBeUndefined()
    await expect.poll(() => aws.counts.calls['sqs:DeleteMessageBatch']).toBe(1)
  })

  it('is listened to again once it is there, and says meanwhile why not', async () => {
    const aws = await changing()
    const clock = createFakeClock(Date.now())
    const queueUrl = `${aws.endpoint}/123456789012/late`
    const { config } = await load(aws, sqsNotifications({ queueUrl, ...at(aws) }), { clock })
    await expect
      .poll(() => config.status().notifications.sources)
      .toMatchObject([{ isHealthy: false, failure: { code: 'AWS_ERROR' } }])
    expect(config.explain().warnings[0]).toMatch(/^sqs cannot listen for changes for now: QueueDoesNotExist/)
    const { arn } = aws.queues.create('late')
    aws.events.route(pattern, arn)
    put(aws, { '/app/a': 'y' })
    for (let second = 0; second < 10; second++) await clock.advance(1_000)
    await expect
      .poll(async () => {
        await clock.advance(1_000)
        return config.current.a
      })
      .toBe('y')

    expect(config.status().notifications.sources).toMatchObject([{ isHealthy: true }])
  })

  it('does not keep the process alive', async () => {
    const { queue, aws } = await listening()
    const script = `
      import { setTimeout } from 'node:timers/promises'
      import * as z from 'zod'
      import { loadConfig } from './src/index.ts'
      import { sqsNotifications } from './src/notifications/index.ts'
      const place = ${JSON.stringify(at(aws))}
      const notifications = sqsNotifications({ queueUrl: '${queue.url}', ...place })
      const config = await loadConfig({ schema: z.object({ a: z.string() }), path: '/app', notifications, ...place })
      while (!config.status().notifications.sources[0]?.isHealthy) await setTimeout(20)
      console.log(config.current.a)`

    expect(await runNode(['--input-type=module', '-e', script])).toEqual({ code: 0, output: 'x\n', errors: '' })
  })
})

describe('a queue of its own behind a topic', () => {
  it('lets the topic send to it and nobody else, and says every hour that it is alive', async () => {
    const { aws, topic } = await withTopic()
    const clock = createFakeClock(1_700_000_000_000)
    const { config } = await load(aws, snsNotifications({ topicArn: topic.arn, ...at(aws) }), { clock })
    await expect.poll(() => aws.counts.calls['sqs:ListQueues']).toBe(1)
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

  it('that belonged to an instance that died a day ago is swept, and no other', async () => {
    const { aws, topic } = await withTopic()
    const clock = createFakeClock(1_700_000_000_000)
    const notifications = snsNotifications({ topicArn: topic.arn, ...at(aws) })
    aws.faults.add({
      kind: 'error',
      status: 403,
      name: 'AccessDenied',
      message: '',
      action: ['sqs:DeleteQueue', 'sns:Unsubscribe'],
    })
    const dead = await load(aws, notifications, { clock })
    await expect.poll(() => dead.config.status().notifications.sources[0]?.isHealthy).toBe(true)
    await dead.config.close()
    aws.faults.clear()
    const [left = ''] = aws.queues.names
    aws.queues.create('liveparam-config-changes-unrelated')
    clock.jump(86_000_000)
    const living = await load(aws, notifications, { clock })
    await expect.poll(() => aws.counts.calls['sqs:ListQueueTags']).toBe(2)
    expect(aws.queues.names).toContain(left)
    clock.jump(500_000)
    const sweeper = await load(aws, notifications, { clock })
    await expect.poll(() => aws.queues.names.includes(left)).toBe(false)

    expect(aws.queues.names).toHaveLength(3)
    expect(aws.topics.subscribers(topic.arn)).toHaveLength(2)
    await living.config.close()
    await sweeper.config.close()
  })
})

describe('notification options', () => {
  it.each([
    () => sqsNotifications({ queueUrl: 'queue' }),
    () => snsNotifications({ topicArn: 'arn:aws:sqs:eu-west-1:123456789012:queue' }),
    () => snsNotifications({ topicArn: 'arn:aws:sns:eu-west-1:123456789012:topic', queuePrefix: 'a b' }),
  ])('are checked when they are given', (make) => {
    expect(make).toThrow(TypeError)
  })
})
