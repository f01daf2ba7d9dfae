import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { signingCertificate } from '../../src/local/signing-key.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { WebhookReceiver } from '../../src/webhook/webhook-receiver.ts'
import { runs } from '../support/suite.ts'
import { hooked, key, receiving, type Sent, signed, topicArn } from '../support/webhook.ts'
import { confirmation, created } from './samples.ts'

const Message = JSON.stringify(created)
const isJson = { 'content-type': 'application/json' }
const { Token, SubscribeURL } = confirmation
const goodCertificate = 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem'

function link(origin: string, query: object = {}): string {
  const parameters = { Action: 'ConfirmSubscription', TopicArn: topicArn, Token, ...query }
  return `${origin}/?${new URLSearchParams(parameters)}`
}

function tamper(message: string, change: object): string {
  return JSON.stringify({ ...JSON.parse(message), ...change })
}

/** Checks that a request is refused without an effect, and that the webhook still works. */
async function refuse(sent: Sent, { status, fetches = [] }: { status: number; fetches?: readonly string[] }) {
  const { post, told, asked } = await hooked()
  expect(await post(sent)).toBe(status)
  expect(told).toEqual([])
  expect(asked).toEqual(fetches)
  expect(await post({ body: signed({ MessageId: 'genuine', Message }) })).toBe(200)
  expect(told).toHaveLength(1)
}

const certificatePath = ['/SimpleNotificationService-local.pem']

describe('a webhook refuses', () => {
  it.each([
    ['a signature that is not one', { Signature: 'bm90IGEgc2lnbmF0dXJl' }],
    ['a signature that is no text', { Signature: '%%%' }],
    [
      'another message under a genuine signature',
      { Message: JSON.stringify({ ...created, detail: { ...created.detail, name: '/other' } }) },
    ],
    ['another id under a genuine signature', { MessageId: 'm2' }],
    ['another subject under a genuine signature', { Subject: 'forged' }],
    ['another signature version than that of the signature', { SignatureVersion: '1' }],
  ])('%s', async (_, change) => {
    await refuse({ body: tamper(signed({ Message }), change) }, { status: 403, fetches: certificatePath })
  })

  it('a redelivery that was tampered with, after the genuine message', async () => {
    const { post, told } = await hooked()
    const genuine = signed({ Message })
    expect(await post({ body: genuine })).toBe(200)
    expect(await post({ body: tamper(genuine, { Message: 'forged' }) })).toBe(403)
    expect(told).toHaveLength(1)
  })

  it('a redelivery whose subject was moved into its id, which keeps its signature', async () => {
    const { post, told } = await hooked()
    const genuine = signed({ Message, Subject: 'a change' })
    expect(await post({ body: genuine })).toBe(200)
    const moved = tamper(genuine, { Subject: undefined, MessageId: 'm1\nSubject\na change' })
    expect(await post({ body: moved })).toBe(401)
    expect(told).toHaveLength(1)
  })

  it.each([
    'https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-local.pem',
    'https://evil.example/sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-local.pem',
    'https://evil@sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-local.pem',
    'http://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws.com.cn/SimpleNotificationService-local.pem',
    'https://ѕns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws。com/SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws.com./SimpleNotificationService-local.pem',
    'https://SNS.us-east-1.amazonaws.com/SimpleNotificationService-local.pem',
    'HTTPS://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws.com:443/SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%2e%2e%2fevil.pem',
    ' https://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem',
    'https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-local.pem',
    'data:application/x-pem-file,SimpleNotificationService-local.pem',
    'javascript:SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws.com/../SimpleNotificationService-local.pem',
    'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-/../evil.pem',
    'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem?x=.pem',
    'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-local.pem#.pem',
    'https://sns.us-east-1.amazonaws.com\\@evil.example/SimpleNotificationService-local.pem',
    'https://bucket.s3.amazonaws.com/SimpleNotificationService-local.pem',
    'https://127.0.0.1/SimpleNotificationService-local.pem',
    'file:///etc/passwd',
    'not a URL',
  ])('a certificate from %s, without a download', async (SigningCertURL) => {
    await refuse({ body: signed({ Message, SigningCertURL }) }, { status: 403 })
  })

  it.each([
    ['is not there', 404, {}],
    ['is said to be elsewhere', 302, { location: 'http://127.0.0.1:1/' }],
  ])('a certificate that %s, without following it', async (_, status, headers) => {
    const { post, told, asked } = await hooked({
      answer: (_, response) => void response.writeHead(status, headers).end(),
    })
    expect(await post({ body: signed({ Message }) })).toBe(403)
    expect({ told, asked }).toEqual({ told: [], asked: certificatePath })
  })

  it.each([
    ['is none', 'hello'],
    ['has no end', `-----BEGIN CERTIFICATE-----\n${'A'.repeat(200_000)}`],
  ])('a certificate that %s', async (_, answer) => {
    const { post, told } = await hooked({ answer: (_, response) => void response.end(answer) })
    expect(await post({ body: signed({ Message }) })).toBeGreaterThanOrEqual(400)
    expect(told).toEqual([])
  })

  it('to download any number of certificates', async () => {
    const { post, asked } = await hooked({ answer: (_, response) => void response.writeHead(404).end() })
    for (let attempt = 0; attempt < 30; attempt++) {
      const SigningCertURL = goodCertificate.replace('local', `forged${attempt}`)
      expect(await post({ body: signed({ Message, SigningCertURL }) })).toBeGreaterThanOrEqual(400)
    }
    expect(asked.length).toBeLessThan(15)
  })

  it.each([
    ['of more than an hour ago', -3_600_001],
    ['of long ago', -86_400_000],
    ['of a time to come', 310_000],
  ])('a message %s', async (_, shiftMs) => {
    const Timestamp = new Date(Date.now() + shiftMs).toISOString()
    await refuse({ body: signed({ Message, Timestamp }) }, { status: 400 })
  })

  it('a message without a time', async () => {
    await refuse({ body: signed({ Message, Timestamp: 'now' }) }, { status: 400 })
  })

  it.each([
    'arn:aws:sns:us-east-1:123456789012:config-changes-2',
    'arn:aws:sns:us-east-1:210987654321:config-changes',
    'arn:aws:sns:us-east-1.evil.example/:123456789012:config-changes',
  ])('a message of %s', async (TopicArn) => {
    await refuse({ body: signed({ Message, TopicArn }) }, { status: 403, fetches: certificatePath })
  })

  it('a message that is delivered raw, without a signature', async () => {
    const headers = { 'x-amz-sns-rawdelivery': 'true', 'x-amz-sns-topic-arn': topicArn }
    await refuse({ body: Message, headers }, { status: 400 })
    await refuse({ body: recent(), headers: { ...isJson, ...headers, 'x-api-key': key } }, { status: 400 })
  })

  it.each([
    link('https://sns.us-east-1.amazonaws.com'),
    link('http://127.0.0.1:9'),
    link('http://169.254.169.254/latest/meta-data'),
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    'not a URL',
    SubscribeURL,
  ])('to confirm at %s, without a request to it', async (url) => {
    const body = signed({ Type: 'SubscriptionConfirmation', Message: 'm', Token, SubscribeURL: url })
    await refuse({ body }, { status: 403, fetches: certificatePath })
  })

  it('to confirm at its own endpoint with another token, topic, user or action', async () => {
    const { post, asked, endpoint, told } = await hooked()
    const user = endpoint.replace('http://', 'http://user:password@')
    const links = [
      link(endpoint, { Token: 'other' }),
      link(endpoint, { TopicArn: `${topicArn}-2` }),
      link(endpoint, { Action: 'Unsubscribe' }),
      link(user),
      link(`${endpoint}/admin`),
    ]
    for (const SubscribeURL of links) {
      const body = signed({ Type: 'SubscriptionConfirmation', Message: 'm', Token, SubscribeURL })
      expect(await post({ body })).toBe(403)
    }
    expect({ asked, told }).toEqual({ asked: certificatePath, told: [] })

    const body = signed({ Type: 'SubscriptionConfirmation', Message: 'm', Token, SubscribeURL: link(endpoint) })
    expect(await post({ body })).toBe(200)
    expect({ asked: asked.length, told }).toEqual({ asked: 2, told: ['opened'] })
  })

  it.each<[string, Record<string, string>]>([
    ['no key', {}],
    ['another key', { 'x-api-key': `${key}!` }],
    ['half of a key', { 'x-api-key': key.slice(0, -1) }],
    ['an empty key', { 'x-api-key': '' }],
    ['a key in another header', { authorization: key }],
  ])('an event with %s', async (_, headers) => {
    await refuse({ body: recent(), headers: { ...isJson, ...headers } }, { status: 401 })
  })

  it('an event that is older than an hour', async () => {
    await refuse({ body: Message, headers: { ...isJson, 'x-api-key': key } }, { status: 400 })
  })

  it.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s', async (method) => {
    await refuse({ method, body: '' }, { status: 405 })
  })

  it.each([
    ['compressed', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(10_000_000))],
    ['of another kind', { 'content-type': 'application/xml' }, Buffer.from(signed({ Message }))],
    ['a form', { 'content-type': 'multipart/form-data; boundary=x' }, Buffer.from('--x--')],
  ])('a body that is %s', async (_, headers, body) => {
    await refuse({ body, headers }, { status: 415 })
  })

  it.each(['', 'hello', '[]', 'null', '{"Type":"Notification"', '"'.repeat(1_000), `${'['.repeat(100_000)}`])(
    'a body that is no object: %.20s',
    async (body) => {
      await refuse({ body }, { status: 400 })
    },
  )

  it('a body that is too long, with or without a content-length', async () => {
    const chunk = Buffer.alloc(64 * 1_024, ' ')
    await refuse({ body: '', headers: { 'content-length': '1000000000' }, isEndless: true }, { status: 413 })
    await refuse({ body: Array<Buffer>(9).fill(chunk), isEndless: true }, { status: 413 })
  })

  it('a body that takes too long', async () => {
    const clock = createFakeClock(Date.now())
    const { post, told } = await hooked({ clock })
    const slow = post({ body: '{"Type":', isEndless: true })
    await expect.poll(() => clock.sleepers).toBeGreaterThan(1)
    await clock.advance(3_000)

    expect(await slow).toBe(408)
    expect(told).toEqual([])
  })

  it('any garbage, and keeps working', async () => {
    const { post, told, asked } = await hooked()
    const bodies = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .dictionary(
          fc.constantFrom('Type', 'TopicArn', 'Message', 'SignatureVersion', 'SigningCertURL'),
          fc.jsonValue(),
        )
        .map((object) => JSON.stringify(object)),
    )
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const status = await post({ body: body === '' ? ' ' : body })
        expect(status).toBeGreaterThanOrEqual(400)
        expect(status).toBeLessThan(500)
      }),
      { numRuns: runs(200) },
    )
    expect({ told, asked }).toEqual({ told: [], asked: [] })
  })
})

it('a webhook without an endpoint option contacts only Amazon for certificates and confirmations', async () => {
  const urls: string[] = []
  const receiver = new WebhookReceiver({
    topicArns: new Set([topicArn]),
    keys: [],
    header: 'x-api-key',
    endpoint: undefined,
    async fetch(url) {
      urls.push(String(url))
      return new Response(String(url).endsWith('.pem') ? signingCertificate : 'ok')
    },
  })
  const { post, told } = await receiving({
    listen: (inbox, how) => receiver.listen(inbox, how),
    handler: (incoming, response) => void receiver.serve(incoming, response),
  })
  const SubscribeURL = link('https://sns.us-east-1.amazonaws.com')
  expect(await post({ body: signed({ Type: 'SubscriptionConfirmation', Message: 'm', Token, SubscribeURL }) })).toBe(
    200,
  )
  expect(told).toEqual(['opened'])
  expect(urls).toEqual([goodCertificate, SubscribeURL])
})

function recent(): string {
  return JSON.stringify({ ...created, time: new Date().toISOString() })
}
