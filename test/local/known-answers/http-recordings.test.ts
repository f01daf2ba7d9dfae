import { PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { localAws } from '../../support/aws.ts'
import { endpoint } from '../../support/topics.ts'
import { account, text } from './story.ts'

const TopicArn = `arn:aws:sns:us-east-1:${account}:changes`

async function clients() {
  const aws = await localAws()
  const [sns, sqs] = [new SNSClient(aws.clientOptions), new SQSClient(aws.clientOptions)]
  onTestFinished(() => {
    sns.destroy()
    sqs.destroy()
  })
  return { aws, sns, sqs }
}

describe('what AWS answered in a recording', () => {
  it.each([true, false])('an HTTP endpoint, raw: %s', async (isRaw) => {
    const { aws, sns } = await clients()
    aws.topics.create('changes')
    const { url, nextRequest: next } = await endpoint()
    const given = { TopicArn, Protocol: 'http', Endpoint: url, ReturnSubscriptionArn: true }
    const Attributes = { RawMessageDelivery: String(isRaw) }
    const { SubscriptionArn = '' } = await sns.send(new SubscribeCommand({ ...given, Attributes }))
    const signed = { MessageId: text, Signature: text, SignatureVersion: '1', SigningCertURL: text, Timestamp: text }
    const link = { ...signed, SubscribeURL: text, Token: text, TopicArn }
    const headers = {
      'accept-encoding': 'gzip,deflate',
      connection: text,
      'content-length': text,
      host: text,
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-id': text,
      'x-amz-sns-topic-arn': TopicArn,
    }
    const confirmation = await next()
    const { Token, SubscribeURL } = JSON.parse(confirmation.body)
    expect(JSON.parse(confirmation.body)).toEqual({
      ...link,
      Type: 'SubscriptionConfirmation',
      Message: `You have chosen to subscribe to the topic ${TopicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    })
    expect(SubscribeURL).toBe(`${aws.endpoint}/?Action=ConfirmSubscription&TopicArn=${TopicArn}&Token=${Token}`)
    expect(confirmation.headers).toEqual({ ...headers, 'x-amz-sns-message-type': 'SubscriptionConfirmation' })

    const follow = async (arn: string, token: string) => {
      const response = await fetch(`${aws.endpoint}/?Action=ConfirmSubscription&TopicArn=${arn}&Token=${token}`)
      return response.text()
    }
    const fails = (message: string) =>
      expect.stringMatching(
        `^<ErrorResponse [^>]*><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>Invalid parameter: ${message}</Message></Error><RequestId>[^<]+</RequestId></ErrorResponse>$`,
      )
    const succeeds = expect.stringMatching(
      `^<ConfirmSubscriptionResponse [^>]*><ConfirmSubscriptionResult><SubscriptionArn>${SubscriptionArn}</SubscriptionArn></ConfirmSubscriptionResult><ResponseMetadata>`,
    )
    expect(await follow('not-an-arn', Token)).toEqual(fails('Topic'))
    expect(await follow(TopicArn, 'abc123')).toEqual(fails('Token'))
    expect(await follow(TopicArn.replace('us-east-1', 'eu-central-1'), Token)).toEqual(fails('Topic'))
    expect(await follow(`${TopicArn}-none`, Token)).toEqual(succeeds)
    expect(await follow(TopicArn, Token)).toEqual(succeeds)

    await sns.send(new PublishCommand({ TopicArn, Message: 'test' }))
    const notification = await next()
    const subscribed = { ...headers, 'x-amz-sns-subscription-arn': SubscriptionArn }
    const unsubscribeUrl = `${aws.endpoint}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`
    expect(notification.headers).toEqual({
      ...subscribed,
      'x-amz-sns-message-type': 'Notification',
      ...(isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
    })
    if (isRaw) expect(notification.body).toBe('test')
    else {
      expect(JSON.parse(notification.body)).toEqual({
        ...signed,
        Type: 'Notification',
        Message: 'test',
        TopicArn,
        UnsubscribeURL: unsubscribeUrl,
      })
    }

    const unsubscribed = await fetch(unsubscribeUrl)
    expect(await unsubscribed.text()).toMatch(
      /^<UnsubscribeResponse [^>]*><ResponseMetadata><RequestId>[^<]+<\/RequestId><\/ResponseMetadata><\/UnsubscribeResponse>$/,
    )
    const end = await next()
    expect(JSON.parse(end.body)).toEqual({
      ...link,
      Type: 'UnsubscribeConfirmation',
      Message: `You have chosen to deactivate subscription ${SubscriptionArn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
    })
    expect(end.headers).toEqual({ ...subscribed, 'x-amz-sns-message-type': 'UnsubscribeConfirmation' })

    expect(aws.topics.subscribers(TopicArn)).toEqual([])
    await fetch(JSON.parse(end.body).SubscribeURL)
    expect(aws.topics.subscribers(TopicArn)).toEqual([url])
  })

  it('a trace that a message is part of', async () => {
    const { aws, sns, sqs } = await clients()
    const AWSTraceHeader = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1'
    const { url: QueueUrl, arn } = aws.queues.create('inbox')
    aws.topics.subscribeQueue(aws.topics.create('changes').arn, arn)
    const traced = <Args extends { readonly request: unknown }>(args: Args) => {
      Object.assign(Object(args.request).headers, { 'x-amzn-trace-id': AWSTraceHeader })
      return args
    }
    sns.middlewareStack.add((next) => (args) => next(traced(args)), { step: 'build' })
    sqs.middlewareStack.add((next) => (args) => next(traced(args)), { step: 'build' })
    await sns.send(new PublishCommand({ TargetArn: TopicArn, Message: 'X-Ray' }))
    const timestamp = { StringValue: '1493147359900', DataType: 'Number' }
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'test', MessageAttributes: { timestamp } }))
    const requested = {
      MessageSystemAttributeNames: ['SentTimestamp' as const, 'AWSTraceHeader' as const],
      MessageAttributeNames: ['All'],
    }
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...requested }))

    const received = { MessageId: text, ReceiptHandle: text, MD5OfBody: text }
    const Attributes = { AWSTraceHeader, SentTimestamp: text }
    expect(Messages).toEqual([
      { ...received, Attributes, Body: expect.stringContaining('"Message":"X-Ray"') },
      {
        ...received,
        Attributes,
        Body: 'test',
        MD5OfMessageAttributes: '235c5c510d26fb653d073faed50ae77c',
        MessageAttributes: { timestamp },
      },
    ])
  })

  it('a form in the query', async () => {
    const { aws } = await clients()
    const { url, arn } = aws.queues.create('inbox')
    aws.topics.subscribeQueue(aws.topics.create('changes').arn, arn)
    const query = new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', TopicArn, Message: 'direct' })
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request' }
    const response = await fetch(`${aws.endpoint}/?${query}`, { method: 'POST', headers })

    expect(await response.text()).toMatch(/^<PublishResponse [^>]*><PublishResult><MessageId>[\da-f-]{36}<\/MessageId>/)
    expect(aws.queues.take(url).map((body) => JSON.parse(body))).toMatchObject([{ TopicArn, Message: 'direct' }])
  })
})
