import { SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { snsNotifications, sqsNotifications } from '../../src/sqs/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { at, put } from '../support/aws.ts'
import { changing, listening, load, pattern } from '../support/changes.ts'
import { passing } from '../support/passing.ts'
import { runNode } from '../support/run-process.ts'

describe('a queue that EventBridge sends changes to', () => {
  it('publishes a change when the event arrives', async () => {
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

  it('is cleared of unknown, unrelated and redelivered messages', async () => {
    const { aws, queue, config } = await listening()
    aws.events.faults.add({ kind: 'duplicated', times: 1 })
    put(aws, { '/other/x': '1' })
    aws.queues.send(queue.url, 'hello')
    aws.queues.send(queue.url, '{"source":"shop"}')
    await expect
      .poll(() => config.status().notifications)
      .toMatchObject({ received: 2, duplicates: 1, unrelated: 1, ignored: 2 })

    await expect.poll(() => aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
    expect(config.pin().revision).toBe(1)
  })

  it('takes two calls for a change: one to read, and one to acknowledge', async () => {
    const { aws, config } = await listening()
    await expect.poll(() => aws.counts.calls['sqs:ReceiveMessage']).toBe(2)
    aws.resetCounts()
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => config.current.a).toBe('y')

    expect(aws.counts.calls['ssm:GetParameters']).toBe(1)
    expect(aws.counts.calls['ssm:GetParametersByPath']).toBeUndefined()
    await expect.poll(() => aws.counts.calls['sqs:DeleteMessageBatch']).toBe(1)
  })

  it('is listened to once it exists, with a warning until then', async () => {
    const aws = await changing()
    const clock = createFakeClock(Date.now())
    const queueUrl = `${aws.endpoint}/123456789012/late`
    const { config } = await load(aws, sqsNotifications({ queueUrl, ...at(aws) }), { clock })
    await expect
      .poll(() => config.status().notifications.sources)
      .toMatchObject([{ isHealthy: false, failure: { code: 'AWS_ERROR' } }])
    expect(config.explain().warnings[0]).toMatch(
      /^sqs cannot listen for changes: QueueDoesNotExist.*: create the queue, or correct queueUrl of sqsNotifications\(\)$/,
    )
    const { arn } = aws.queues.create('late')
    aws.events.route(pattern, arn)
    put(aws, { '/app/a': 'y' })
    for (let second = 0; second < 10; second++) await clock.advance(1_000)
    await expect.poll(passing(clock, 1_000, () => config.current.a)).toBe('y')

    expect(config.status().notifications.sources).toMatchObject([{ isHealthy: true }])
  })

  it('needs a region of its own if none is known', async () => {
    const aws = await changing()
    const { url: queueUrl } = aws.queues.create('changes')
    const region = () => Promise.reject(new Error('Region is missing'))
    const client = new SQSClient({ ...aws.clientOptions, region })
    onTestFinished(() => client.destroy())
    const { config } = await load(aws, sqsNotifications({ queueUrl, client }))

    await expect
      .poll(() => config.status().notifications.sources)
      .toMatchObject([
        { failure: { code: 'NO_REGION', remedy: 'set region or client of sqsNotifications(), or AWS_REGION' } },
      ])
  })

  it('is listened to once that is allowed, with a warning until then', async () => {
    const aws = await changing()
    const clock = createFakeClock(Date.now())
    const queue = aws.queues.create('changes')
    aws.events.route(pattern, queue.arn)
    const denial = aws.policy.deny({ action: 'sqs:ReceiveMessage', resource: queue.arn })
    const { config } = await load(aws, sqsNotifications({ queueUrl: queue.url, ...at(aws) }), { clock })
    const source = () => config.status().notifications.sources[0]
    await expect.poll(source).toMatchObject({ isHealthy: false, failure: { code: 'ACCESS_DENIED' } })
    expect(source()?.failure?.remedy).toContain('sqs:ReceiveMessage')
    put(aws, { '/app/a': 'y' })
    await expect.poll(passing(clock, 60_000, () => aws.counts.calls['sqs:ReceiveMessage'])).toBeGreaterThan(10)
    denial.remove()
    await expect.poll(passing(clock, 1_000, () => config.current.a)).toBe('y')

    expect(source()).toMatchObject({ isHealthy: true })
  })

  it('redelivers a message after 10 s if its answer was lost', async () => {
    const clock = createFakeClock(Date.now())
    const aws = await changing({ clock })
    const queue = aws.queues.create('changes')
    aws.events.route(pattern, queue.arn)
    aws.faults.add({
      kind: 'half-body',
      action: 'sqs:ReceiveMessage',
      times: 1,
      when: (input) => input.WaitTimeSeconds !== 0,
    })
    const { config } = await load(aws, sqsNotifications({ queueUrl: queue.url, ...at(aws) }), { clock })
    await expect.poll(() => aws.counts.calls['sqs:ReceiveMessage']).toBe(2)
    put(aws, { '/app/a': 'y' })
    await expect.poll(() => aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 1 })
    await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(false)
    const lostAt = clock.now()
    await expect.poll(passing(clock, 500, () => config.status().notifications.received)).toBe(1)
    expect(clock.now() - lostAt).toBeLessThanOrEqual(11_000)
    await clock.advance(250)

    await expect.poll(() => config.current.a).toBe('y')
  })

  it('delivers a message at once to the next config after a config closes during a long poll', async () => {
    const { aws, queue, config } = await listening()
    await expect.poll(() => aws.counts.calls['sqs:ReceiveMessage']).toBe(2)
    await config.close()
    // By then the queue has seen the end of the long poll.
    await fetch(aws.endpoint)
    put(aws, { '/app/a': 'y' })
    expect(aws.queues.messages(queue.url)).toEqual({ visible: 1, inFlight: 0 })
    const { config: next } = await load(aws, sqsNotifications({ queueUrl: queue.url, ...at(aws) }))

    await expect.poll(() => next.status().notifications, { timeout: 5_000 }).toMatchObject({ received: 1 })
  })

  it('acknowledges ten messages by one call, and recognises them when that fails', async () => {
    const clock = createFakeClock(Date.now())
    const aws = await changing({ clock })
    const queue = aws.queues.create('changes')
    aws.events.route(pattern, queue.arn)
    for (let index = 0; index < 10; index++) put(aws, { '/app/a': `y${index}` })
    const outage = { kind: 'error', status: 500, name: 'InternalFailure', message: '' } as const
    aws.faults.add({ ...outage, action: 'sqs:DeleteMessageBatch', times: 1 })
    const { config } = await load(aws, sqsNotifications({ queueUrl: queue.url, ...at(aws) }), { clock })
    await expect
      .poll(() => config.status().notifications)
      .toMatchObject({ received: 10, sources: [{ isHealthy: false }] })
    await expect
      .poll(passing(clock, 500, () => config.status().notifications))
      .toMatchObject({ received: 20, duplicates: 10 })

    await expect.poll(() => aws.queues.messages(queue.url)).toEqual({ visible: 0, inFlight: 0 })
    expect(aws.counts.calls['sqs:DeleteMessageBatch']).toBe(2)
  })

  it('does not keep the process alive', async () => {
    const { queue, aws } = await listening()
    const script = `
      import { setTimeout } from 'node:timers/promises'
      import * as z from 'zod'
      import { loadConfig } from './src/index.ts'
      import { sqsNotifications } from './src/sqs/index.ts'
      const place = ${JSON.stringify(at(aws))}
      const notifications = sqsNotifications({ queueUrl: '${queue.url}', ...place })
      const config = await loadConfig({ schema: z.object({ a: z.string() }), path: '/app', notifications, ...place })
      while (!config.status().notifications.sources[0]?.isHealthy) await setTimeout(20)
      console.log(config.current.a)`

    expect(await runNode(['--input-type=module', '-e', script])).toEqual({ code: 0, output: 'x\n', errors: '' })
  })
})

describe('notification options', () => {
  it.each([
    () => sqsNotifications({ queueUrl: 'queue' }),
    () => snsNotifications({ topicArn: 'arn:aws:sqs:eu-west-1:123456789012:queue' }),
    () => snsNotifications({ topicArn: 'arn:aws:sns:eu-west-1:123456789012:topic', queuePrefix: 'a b' }),
  ])('are checked at once', (make) => {
    expect(make).toThrow(TypeError)
  })

  const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/changes'
  const aQueue = 'queueUrl must be the URL of a queue, which begins with https://, not its ARN'
  it.each([
    [undefined, 'pass an object with queueUrl, client, region, endpoint'],
    [{}, aQueue],
    [{ queueUrl: 'arn:aws:sqs:eu-west-1:123456789012:changes' }, aQueue],
    [{ queueURL: queueUrl }, 'there is no option queueURL: did you mean queueUrl?'],
    [{ queueUrl, client: {} }, 'client must be an SQSClient'],
    [{ queueUrl, region: 1 }, 'region must be a string'],
    [{ queueUrl, endpoint: 'localhost:4566' }, 'endpoint must be a URL that begins with http:// or https://'],
  ])('of sqsNotifications() get an error that names the mistake: %j', (options: object | null | undefined, message) => {
    expect(() => Reflect.apply(sqsNotifications, undefined, [options])).toThrow(
      new TypeError(`sqsNotifications(): ${message}`),
    )
  })

  const topicArn = 'arn:aws:sns:eu-west-1:123456789012:topic'
  it.each([
    [undefined, 'pass an object with topicArn, queuePrefix, sqsClient, snsClient, region, endpoint'],
    [{}, 'topicArn must be the ARN of a topic'],
    [{ topicArm: topicArn }, 'there is no option topicArm: did you mean topicArn?'],
    [{ topicArn, snsClient: {} }, 'snsClient must be an SNSClient'],
  ])('of snsNotifications() get an error that names the mistake: %j', (options: object | null | undefined, message) => {
    expect(() => Reflect.apply(snsNotifications, undefined, [options])).toThrow(
      new TypeError(`snsNotifications(): ${message}`),
    )
  })
})
