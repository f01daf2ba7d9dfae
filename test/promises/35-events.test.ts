import { describe, expect, it } from 'vitest'
import { changeHandler } from '../../src/lambda/index.ts'
import type { Hint, PolicyNotice } from '../../src/source/index.ts'
import { webhookNotifications } from '../../src/webhook/index.ts'
import { created, stageMoved, unchanged } from '../notifications/samples.ts'
import { listening, load } from '../support/changes.ts'
import { key, post, serve, signed, topicArn } from '../support/webhook.ts'

// Of a time to come: whatever is held is older.
const time = new Date(Date.now() + 60_000).toISOString()
const ours = { ...created, time, detail: { ...created.detail, name: '/app/a' } }
const event = JSON.stringify(ours)
const envelope = JSON.stringify({ Type: 'Notification', MessageId: 'm', TopicArn: 't', Message: event })

describe('35. understands an event from every route', () => {
  it.each([
    ['the bare event', event],
    ['the detail alone', JSON.stringify(ours.detail)],
    ['an SNS envelope', envelope],
  ])('reads a queue message: %s', async (_, body) => {
    const { aws, queue, config } = await listening()
    aws.parameters.put({ name: '/app/a', value: 'moved' })
    aws.queues.take(queue.url)
    aws.queues.send(queue.url, body)

    await expect.poll(() => config.current.a).toBe('moved')
  })

  it.each([
    ['of a topic', { body: signed({ Message: event }) }],
    ['of an API destination', { body: event, headers: { 'content-type': 'application/json', 'x-api-key': key } }],
  ])('reads a webhook post %s', async (_, sent) => {
    const { aws } = await listening()
    const webhook = webhookNotifications({ topicArns: topicArn, apiKey: { value: key }, endpoint: aws.endpoint })
    const { config } = await load(aws, webhook)
    const url = await serve((incoming, response) => webhook.handler(incoming, response))
    aws.parameters.put({ name: '/app/a', value: 'moved' })
    expect(await post(url, sent)).toBe(200)

    await expect.poll(() => config.current.a).toBe('moved')
  })

  it('reads the events of a function, and skips unknown events', async () => {
    const taken: (Hint | PolicyNotice)[] = []
    const handler = changeHandler((change) => taken.push(change))
    const record = (body: unknown) => ({ eventSource: 'aws:sqs', messageId: 'm', body: JSON.stringify(body) })
    await handler(ours)
    await handler({ Records: [record(stageMoved), record({ source: 'shop' })] })
    await handler({ Records: [{ EventSource: 'aws:sns', Sns: { Message: JSON.stringify(unchanged) } }] })

    expect(taken).toMatchObject([
      { kind: 'parameter', name: '/app/a' },
      { kind: 'secret', name: 'mySecret' },
      { parameter: 'foo', policy: 'NoChangeNotification' },
    ])
  })
})
