import { createVerify } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { localAws } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

describe('a topic', () => {
  it.each(['1', '2'])('sends an envelope with signature version %s to a queue', async (version) => {
    const { aws, sns, TopicArn, received } = await topic()
    const attribute = { TopicArn, AttributeName: 'SignatureVersion', AttributeValue: version }
    await sns.send(new SetTopicAttributesCommand(attribute))
    await sns.send(new PublishCommand({ TopicArn, Message: 'a "message" <&>', Subject: 'news' }))
    const envelope = JSON.parse((await received()) ?? '')

    expect(envelope).toMatchObject({ Type: 'Notification', Message: 'a "message" <&>', SignatureVersion: version })
    expect(isSigned(envelope, aws.topics.certificate)).toBe(true)
    expect(isSigned({ ...envelope, Message: 'forged' }, aws.topics.certificate)).toBe(false)
  })

  it('sends the bare message to a raw subscription', async () => {
    const { sns, TopicArn, SubscriptionArn, received } = await topic()
    const raw = { SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'true' }
    await sns.send(new SetSubscriptionAttributesCommand(raw))
    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    await sns.send(new PublishCommand({ TopicArn, Message: 'bare' }))

    expect(Attributes).toMatchObject({ RawMessageDelivery: 'true' })
    expect(await received()).toBe('bare')
  })

  it('sends no message to an HTTP endpoint before it confirms', async () => {
    const { aws, sns, TopicArn } = await topic()
    const { url, requests } = await endpoint()
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: url }))
    await expect.poll(() => requests.length).toBe(1)
    const [confirmation] = requests
    const message = JSON.parse(confirmation?.body ?? '')
    expect(confirmation?.headers).toMatchObject({
      'x-amz-sns-message-type': 'SubscriptionConfirmation',
      'content-type': 'text/plain; charset=UTF-8',
    })
    expect(isSigned(message, aws.topics.certificate)).toBe(true)
    await sns.send(new PublishCommand({ TopicArn, Message: 'too early' }))
    await fetch(message.SubscribeURL)
    await sns.send(new PublishCommand({ TopicArn, Message: 'in time' }))
    await expect.poll(() => requests.length).toBe(2)

    expect(JSON.parse(requests[1]?.body ?? '')).toMatchObject({ Type: 'Notification', Message: 'in time' })
    expect(requests[1]?.headers['x-amz-sns-subscription-arn']).toContain(TopicArn)
  })

  it('takes a confirmation by a call', async () => {
    const { sns, TopicArn } = await topic()
    const { url, requests } = await endpoint()
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: url }))
    await expect.poll(() => requests.length).toBe(1)
    const { Token } = JSON.parse(requests[0]?.body ?? '')
    const { SubscriptionArn = '' } = await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }))

    expect(SubscriptionArn).toContain(TopicArn)
    const bad = sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: 'guessed' }))
    expect(await rejection(bad)).toMatchObject({ name: 'InvalidParameterException' })
  })

  it('is created once, described, listed, unsubscribed from and deleted', async () => {
    const { sns, TopicArn, SubscriptionArn } = await topic()
    expect((await sns.send(new CreateTopicCommand({ Name: 'changes' }))).TopicArn).toBe(TopicArn)
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn }])
    expect((await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes).toMatchObject({ TopicArn })
    const list = new ListSubscriptionsByTopicCommand({ TopicArn })
    expect((await sns.send(list)).Subscriptions).toMatchObject([{ SubscriptionArn, Protocol: 'sqs' }])
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }))
    expect((await sns.send(list)).Subscriptions ?? []).toEqual([])
    await sns.send(new DeleteTopicCommand({ TopicArn }))

    const publish = sns.send(new PublishCommand({ TopicArn, Message: 'x' }))
    expect(await rejection(publish)).toMatchObject({ name: 'NotFoundException', $metadata: { httpStatusCode: 404 } })
  })
})

async function topic() {
  const aws = await localAws()
  const [sns, sqs] = [new SNSClient({ ...aws.clientOptions, maxAttempts: 1 }), new SQSClient(aws.clientOptions)]
  onTestFinished(() => {
    sns.destroy()
    sqs.destroy()
  })
  const { url, arn } = aws.queues.create('inbox')
  const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'changes' }))
  const { SubscriptionArn = '' } = await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn }))
  const received = async () => {
    const answer = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 5 }))
    return answer.Messages?.[0]?.Body
  }
  return { aws, sns, TopicArn, SubscriptionArn, received }
}

async function endpoint() {
  const requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    requests.push({ headers: request.headers, body })
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`, requests }
}

const signed = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
}

function isSigned(message: Record<string, string> & { Type: keyof typeof signed }, certificate: string): boolean {
  const names = signed[message.Type].filter((name) => message[name] !== undefined)
  const text = names.map((name) => `${name}\n${message[name]}\n`).join('')
  const algorithm = message.SignatureVersion === '2' ? 'RSA-SHA256' : 'RSA-SHA1'
  return createVerify(algorithm)
    .update(text)
    .verify(certificate, message.Signature ?? '', 'base64')
}
