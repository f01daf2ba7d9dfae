import { request } from 'node:http'
import { CreateTopicCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { localAws, put } from '../support/aws.ts'

const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request'
const read = { 'x-amz-target': 'AmazonSSM.GetParameter', 'content-type': 'application/x-amz-json-1.1' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const target = JSON.stringify({ Name: '/app/a' })

interface Answer {
  readonly status: number
  readonly text: string
}

async function stored(): Promise<LocalAws> {
  const aws = await localAws()
  put(aws, { '/app/a': 'hunter2' })
  return aws
}

/** Sends exactly these headers; `fetch` would add and forbid some. */
function send(
  aws: LocalAws,
  headers: Readonly<Record<string, string>>,
  { method = 'POST', body = target, path = '/' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(aws.endpoint, { method, path, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    outgoing.once('error', reject).end(method === 'GET' ? undefined : body)
  })
}

describe('the local AWS refuses', () => {
  it.each([
    'evil.example',
    'evil.example:80',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil-localhost',
    'evil-test',
    'test',
    'aws.test.evil.example',
    '127.evil.example',
    '10.0.0.1',
    '169.254.169.254',
    '[::2]',
    'localhost@evil.example',
    'localhost evil.example',
    '0x7f.0.0.1.nip.io',
  ])('the host name %j', async (host) => {
    const { status, text } = await send(await stored(), { ...read, host })
    expect(status).toBe(403)
    expect(text).toContain('send the request to 127.0.0.1 or localhost')
    expect(text).not.toContain('hunter2')
  })

  it.each([
    ['a page', { origin: 'https://evil.example' }],
    ['a sandboxed page', { origin: 'null' }],
    ['a page of another port', { origin: 'http://localhost:3000' }],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }],
    ['a page of the same site', { 'sec-fetch-site': 'same-site' }],
  ])('a call from %s, and its preflight request', async (_, headers) => {
    const aws = await stored()
    for (const method of ['POST', 'GET', 'OPTIONS']) {
      const { status, text } = await send(aws, { ...read, ...headers }, { method })
      expect([status, text]).toEqual([403, expect.stringContaining('not from a web page')])
    }
    expect(aws.counts.total).toBe(0)
  })

  it.each([
    ['a form', form],
    ['a plain text form', { 'content-type': 'text/plain' }],
    ['a multipart form', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['a form with another authorization', { ...form, authorization: 'Basic bG9jYWw6bG9jYWw=' }],
  ])('%s', async (_, headers) => {
    const aws = await stored()
    const body = 'Action=CreateTopic&Name=forged'
    expect(await send(aws, headers, { body })).toMatchObject({ status: 403 })
    const list = await send(aws, { ...form, authorization }, { body: 'Action=ListTopics' })
    expect([list.status, list.text]).toEqual([200, expect.not.stringContaining('forged')])
  })

  it('an image of a page that confirms a subscription', async () => {
    const aws = await stored()
    const path = '/?Action=ConfirmSubscription&Token=x'
    expect(await send(aws, { 'sec-fetch-site': 'cross-site' }, { method: 'GET', path })).toMatchObject({ status: 403 })
    expect(await send(aws, {}, { method: 'GET', path })).toMatchObject({ status: 400 })
  })
})

describe('the local AWS answers', () => {
  it.each([
    '127.0.0.1',
    '127.0.0.1:80',
    'localhost',
    'LOCALHOST:4566',
    'sqs.localhost:1',
    '[::1]:80',
    '127.1.2.3',
    'aws.test:1',
  ])('requests to the host %s', async (host) => {
    const aws = await stored()
    expect(await send(aws, { ...read, host })).toMatchObject({ status: 200 })
    const own = { origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }
    expect(await send(aws, { ...read, host, ...own })).toMatchObject({ status: 200 })
  })

  it('SDK clients of the JSON and query protocols', async () => {
    const aws = await stored()
    const ssm = new SSMClient(aws.clientOptions)
    const sns = new SNSClient(aws.clientOptions)
    const sqs = new SQSClient(aws.clientOptions)
    onTestFinished(() => {
      for (const client of [ssm, sns, sqs]) client.destroy()
    })

    expect((await ssm.send(new GetParameterCommand({ Name: '/app/a' }))).Parameter?.Value).toBe('hunter2')
    await sns.send(new CreateTopicCommand({ Name: 'topic' }))
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toHaveLength(1)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'queue' }))
    expect(await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'm' }))).toHaveProperty('MessageId')
  })
})
