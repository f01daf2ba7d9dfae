import { SetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import express from 'express'
import { describe, expect, it, onTestFinished } from 'vitest'
import { signingCertificate as certificate } from '../../src/local/signing-key.ts'
import { webhookNotifications } from '../../src/webhook/index.ts'
import { put } from '../support/aws.ts'
import { changing, load, pattern } from '../support/changes.ts'
import { hooked, key, post, serve, signed, topicArn } from '../support/webhook.ts'
import { confirmation, created, failedImage, unchanged } from './samples.ts'

const event = JSON.stringify(created)
const isJson = { 'content-type': 'application/json; charset=utf-8' }

describe('a webhook behind a topic', () => {
  it.each(['1', '2'])('confirms its subscription and receives changes by signature version %s', async (version) => {
    const aws = await changing()
    const topic = aws.topics.create('config-changes')
    aws.events.route(pattern, topic.arn)
    const webhook = webhookNotifications({ topicArns: topic.arn, endpoint: aws.endpoint })
    const { config } = await load(aws, webhook)
    const url = await serve((incoming, response) => webhook.handler(incoming, response))
    const sns = new SNSClient(aws.clientOptions)
    onTestFinished(() => sns.destroy())
    const attribute = { AttributeName: 'SignatureVersion', AttributeValue: version }
    await sns.send(new SetTopicAttributesCommand({ TopicArn: topic.arn, ...attribute }))
    await sns.send(new SubscribeCommand({ TopicArn: topic.arn, Protocol: 'http', Endpoint: url }))
    await expect.poll(() => aws.topics.subscribers(topic.arn)).toEqual([url])
    await expect.poll(() => config.status().notifications.sources).toEqual([{ name: 'webhook', isHealthy: true }])

    put(aws, { '/app/a': 'moved' })
    await expect.poll(() => config.current.a).toBe('moved')
    aws.secrets.put({ id: 'login', value: 'p2' })
    await expect.poll(() => config.current.login).toBe('p2')
    expect(config.status().notifications).toMatchObject({ ignored: 0, duplicates: 0 })
  })

  it('accepts a message once, for all deliveries within an hour', async () => {
    const { post, told } = await hooked()
    const body = signed({ Message: event, Subject: 'with a subject' })
    expect([await post({ body }), await post({ body }), await post({ body })]).toEqual([200, 200, 200])
    expect(told).toMatchObject([{ kind: 'parameter', name: 'MyExampleParameter' }])
  })

  it('downloads a certificate once', async () => {
    const { post, asked } = await hooked()
    const statuses = await Promise.all(
      ['m1', 'm2', 'm3'].map((MessageId) => post({ body: signed({ MessageId, Message: event }) })),
    )
    await post({ body: signed({ MessageId: 'm4', Message: event }) })

    expect(statuses).toEqual([200, 200, 200])
    expect(asked).toEqual(['/SimpleNotificationService-local.pem'])
  })

  it('acknowledges messages that it does not understand', async () => {
    const { post, told } = await hooked()
    expect(await post({ body: signed({ MessageId: 'm1', Message: 'hello' }) })).toBe(200)
    expect(await post({ body: signed({ MessageId: 'm2', Message: JSON.stringify(failedImage) }) })).toBe(200)
    expect(told).toEqual(['ignored', 'ignored'])
  })

  it('reports that the topic ended the subscription', async () => {
    const { post, told } = await hooked()
    const { SubscribeURL, Token } = confirmation
    expect(await post({ body: signed({ Type: 'UnsubscribeConfirmation', Message: 'bye', Token, SubscribeURL }) })).toBe(
      200,
    )
    expect(told).toEqual([`${topicArn} has ended the subscription of this webhook`])
  })

  it('asks for another delivery while a certificate is not available', async () => {
    let isDown = true
    const { post, told } = await hooked({
      answer(incoming, response) {
        if (isDown) response.writeHead(503).end()
        else response.end(incoming.url?.endsWith('.pem') === true ? certificate : 'ok')
      },
    })
    const body = signed({ Message: event })
    expect(await post({ body })).toBe(503)
    isDown = false
    expect(await post({ body })).toBe(200)
    expect(told).toHaveLength(1)
  })

  it('asks for another delivery before the config starts and after it closes', async () => {
    const { closing, post } = await hooked()
    const waiting = webhookNotifications({ topicArns: topicArn })
    const url = await serve((incoming, response) => waiting.handler(incoming, response))
    expect(await postTo(url, signed({ Message: event }))).toBe(503)
    closing.abort(new Error('closed'))
    await expect.poll(() => post({ body: signed({ Message: event }) })).toBe(503)
  })
})

describe('a webhook behind an API destination', () => {
  it('accepts an event with the key', async () => {
    const { post, told } = await hooked()
    expect(await post({ body: recent(created), headers: { ...isJson, 'x-api-key': key } })).toBe(200)
    expect(await post({ body: recent(unchanged), headers: { ...isJson, 'X-Api-Key': key } })).toBe(200)
    expect(await post({ body: JSON.stringify(created.detail), headers: { ...isJson, 'x-api-key': key } })).toBe(200)

    expect(told).toMatchObject([
      { name: 'MyExampleParameter' },
      { policy: 'NoChangeNotification' },
      { name: 'MyExampleParameter' },
    ])
  })

  it('accepts either of two keys, in any header', async () => {
    const other = 'another key, as long as it has to be'
    const { post } = await hooked({ apiKey: { header: 'Authorization', value: [key, other] } })
    for (const authorization of [key, other]) {
      expect(await post({ body: recent(created), headers: { ...isJson, authorization } })).toBe(200)
    }
    expect(await post({ body: recent(created), headers: { ...isJson, 'x-api-key': key } })).toBe(401)
  })
})

describe('a webhook in Express', () => {
  it.each([
    ['without a parser', []],
    ['behind express.json()', [express.json()]],
    ['behind express.text()', [express.text(), express.json()]],
    ['behind express.raw()', [express.raw({ type: () => true })]],
  ])('%s', async (_, parsers) => {
    const { webhook, told } = await hooked()
    const app = express()
    if (parsers.length > 0) app.use(...parsers)
    app.post('/changes', webhook.handler)
    const url = `${await serve(app)}/changes`

    expect(await postTo(url, signed({ Message: event }))).toBe(200)
    expect(await postTo(url, recent(created), { ...isJson, 'x-api-key': key })).toBe(200)
    expect(told).toHaveLength(2)
  })
})

describe('the options of a webhook', () => {
  it.each([
    [{}, 'give topicArns, apiKey, or both'],
    [{ topicArns: [] }, 'give topicArns, apiKey, or both'],
    [{ topicArns: 'config-changes' }, 'topicArns must be ARNs of SNS topics'],
    [{ topicArns: 'arn:aws:sns:us-east-1.evil.example/:123456789012:x' }, 'topicArns must be ARNs of SNS topics'],
    [{ apiKey: { value: '' } }, 'apiKey.value takes at least 16 characters'],
    [{ apiKey: { value: ['long enough to be a key', 'short'] } }, 'apiKey.value takes at least 16 characters'],
    [{ apiKey: { value: key, header: 'not a header' } }, 'apiKey.header must be the name of a header'],
    [{ topicArns: topicArn, endpoint: 'here' }, 'endpoint must be a URL'],
  ])('%j', (options, message) => {
    expect(() => webhookNotifications(options)).toThrow(message)
  })

  it.each([
    [undefined, 'pass an object with topicArns, apiKey, endpoint'],
    [{ topicArn }, 'there is no option topicArn: did you mean topicArns?'],
    [{ apiKey: 'long enough to be a key' }, 'apiKey must be an object such as { value: key }'],
    [{ apiKey: { key: 'x' } }, 'apiKey: there is no option key: the options are header, value'],
    [{ apiKey: { header: 'x-key' } }, 'give topicArns, apiKey.value, or both'],
  ])('get an error that names the mistake: %j', (options: object | null | undefined, message) => {
    expect(() => Reflect.apply(webhookNotifications, undefined, [options])).toThrow(
      new TypeError(`webhookNotifications(): ${message}`),
    )
  })
})

/** An event of the present time. */
function recent(sample: object): string {
  return JSON.stringify({ ...sample, time: new Date().toISOString() })
}

function postTo(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return post(url, { body, headers })
}
