import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns'
import { describe, expect, it } from 'vitest'
import { rejection } from '../support/rejection.ts'
import { topic } from '../support/topics.ts'

describe('a subscription', () => {
  it('is created again only with the same attributes, and shows its attributes', async () => {
    const { sns, subscribe, inbox, TopicArn } = await topic()
    const FilterPolicy = '{"shop":["north"]}'
    const SubscriptionArn = await subscribe({ RawMessageDelivery: 'true', FilterPolicy })
    expect(await subscribe({})).toBe(SubscriptionArn)
    expect(await subscribe({ RawMessageDelivery: 'true' })).toBe(SubscriptionArn)
    expect(await rejection(subscribe({ RawMessageDelivery: 'false' }))).toMatchObject({
      message: 'Invalid parameter: Attributes Reason: Subscription already exists with different attributes',
    })

    const { Attributes } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    expect(Attributes).toEqual({
      SubscriptionArn,
      TopicArn,
      Protocol: 'sqs',
      Endpoint: inbox.arn,
      Owner: '123456789012',
      PendingConfirmation: 'false',
      ConfirmationWasAuthenticated: 'true',
      SubscriptionPrincipal: 'arn:aws:sts::123456789012:assumed-role/local/session',
      RawMessageDelivery: 'true',
      FilterPolicy,
      FilterPolicyScope: 'MessageAttributes',
    })
  })

  it('is listed by topic, or with the subscriptions of all topics, in pages', async () => {
    const { aws, sns, TopicArn } = await topic()
    const other = aws.topics.create('other').arn
    for (let index = 0; index < 101; index++) {
      aws.topics.subscribeQueue(index === 0 ? other : TopicArn, `arn:aws:sqs:us-east-1:123456789012:q${index}`)
    }
    const first = await sns.send(new ListSubscriptionsCommand({}))
    const second = await sns.send(new ListSubscriptionsCommand({ NextToken: first.NextToken }))
    const ofTopic = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))

    expect([first, second, ofTopic].map(({ Subscriptions }) => Subscriptions?.length)).toEqual([100, 1, 100])
    expect(second.NextToken).toBeUndefined()
    expect(ofTopic.NextToken).toBeUndefined()
    expect(second.Subscriptions?.[0]).toMatchObject({ Owner: '123456789012', TopicArn: other })
  })

  it('ends by the link in its messages, or by a call that can be repeated', async () => {
    const { aws, sns, subscribe, publish, taken, TopicArn } = await topic()
    const SubscriptionArn = await subscribe({})
    await publish({})
    const [envelope = ''] = taken()
    await fetch(JSON.parse(envelope).UnsubscribeURL)
    expect(aws.topics.subscribers(TopicArn)).toEqual([])
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }))
    const counts = { SubscriptionsDeleted: '1', SubscriptionsConfirmed: '0', SubscriptionsPending: '0' }
    expect((await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes).toMatchObject(counts)
  })

  it.each([
    ['email', 'a@example.com', /The local AWS does not deliver to email: use sqs, http or https/],
    ['lambda', 'arn:aws:lambda:us-east-1:123456789012:function:f', /does not deliver to lambda/],
    ['carrier-pigeon', 'x', /^Invalid parameter: Amazon SNS does not support this protocol string: carrier-pigeon$/],
    ['sqs', 'http://127.0.0.1/1/q', /^Invalid parameter: SQS endpoint ARN$/],
    [
      'sqs',
      'arn:aws:sqs:us-east-1:123456789012:q.fifo',
      /FIFO SQS Queues can not be subscribed to standard SNS topics$/,
    ],
    ['http', 'https://example.com', /Endpoint must match the specified protocol$/],
  ])('is refused: %s %s', async (Protocol, Endpoint, message) => {
    const { sns, TopicArn } = await topic()

    expect(await rejection(sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint })))).toMatchObject({
      message: expect.stringMatching(message),
    })
  })

  it.each([
    ['topic', 'SubscriptionArn Reason: An ARN must have at least 6 elements, not 1'],
    ['arn:aws:sns:us-east-1:123456789012:changes', 'SubscriptionId'],
  ])('is not ended by %s', async (SubscriptionArn, message) => {
    const { sns } = await topic()

    expect(await rejection(sns.send(new UnsubscribeCommand({ SubscriptionArn })))).toMatchObject({
      message: `Invalid parameter: ${message}`,
    })
  })

  it('is not confirmed with a wrong token or with AuthenticateOnUnsubscribe', async () => {
    const { sns, TopicArn } = await topic()
    const unknown = 'a'.repeat(288)
    for (const [topicArn, Token, message] of [
      [TopicArn, 'guessed', 'Invalid token'],
      [TopicArn, unknown, 'Invalid parameter: Token'],
      [`${TopicArn}-none`, unknown, 'Invalid parameter: Token'],
    ] as const) {
      const confirm = new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token })
      expect(await rejection(sns.send(confirm))).toMatchObject({ name: 'InvalidParameterException', message })
    }
    const owned = new ConfirmSubscriptionCommand({ TopicArn, Token: 'a', AuthenticateOnUnsubscribe: 'true' })
    expect(await rejection(sns.send(owned))).toMatchObject({
      message: expect.stringContaining('authenticateOnUnsubscribe'),
    })
  })
})

describe('a topic', () => {
  it('keeps its attributes and tags, and is created again only with the same', async () => {
    const { sns } = await topic()
    const create = (value: string, ...Tags: { Key: string; Value: string }[]) =>
      sns.send(new CreateTopicCommand({ Name: 'own', Attributes: { DisplayName: value }, Tags }))
    const tag = { Key: 'team', Value: 'shop' }
    const { TopicArn } = await create('mine', tag)
    expect((await create('mine')).TopicArn).toBe(TopicArn)
    expect(await rejection(create('other'))).toMatchObject({
      message: 'Invalid parameter: Attributes Reason: Topic already exists with different attributes',
    })
    expect(await rejection(create('mine', { Key: 'more', Value: 'x' }))).toMatchObject({
      message: 'Invalid parameter: Tags Reason: Topic already exists with different tags',
    })
    expect(await rejection(create('mine', tag, tag))).toMatchObject({
      message: 'Invalid parameter: Duplicated keys are not allowed.',
    })
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }))
    expect(Attributes).toMatchObject({ DisplayName: 'mine', Owner: '123456789012', SubscriptionsConfirmed: '0' })

    await sns.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags: [{ Key: 'stage', Value: 'dev' }] }))
    await sns.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: ['team'] }))
    expect((await sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }))).Tags).toEqual([
      { Key: 'stage', Value: 'dev' },
    ])
    await sns.send(new DeleteTopicCommand({ TopicArn }))
    await sns.send(new DeleteTopicCommand({ TopicArn }))
    expect(await rejection(sns.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn })))).toMatchObject({
      name: 'ResourceNotFoundException',
    })
  })

  it('takes messages up to its MaximumMessageSize', async () => {
    const { sns, publish, subscribe, taken, TopicArn } = await topic()
    await subscribe({ RawMessageDelivery: 'true' })
    const attribute = { TopicArn, AttributeName: 'MaximumMessageSize', AttributeValue: '300000' }
    await sns.send(new SetTopicAttributesCommand(attribute))
    await publish({ Message: '%'.repeat(300_000) })

    expect(taken()).toHaveLength(1)
    expect(await rejection(publish({ Message: 'x'.repeat(300_001) }))).toMatchObject({
      message: 'Invalid parameter: Message too long',
    })
  })

  it.each([
    ['a.fifo', { FifoTopic: 'true' }, /The local AWS does not support FIFO topics/],
    ['a', { FifoTopic: 'x' }, /^Invalid parameter: Attributes Reason: FifoTopic$/],
    ['a b', {}, /^Invalid parameter: Topic Name$/],
    ['a', { DeliveryPolicy: '{}' }, /The local AWS does not support the attribute DeliveryPolicy of topics/],
    ['a', { TracingConfig: 'Active' }, /does not support the attribute TracingConfig of topics/],
    ['a', { Color: 'red' }, /^Invalid parameter: Attributes Reason: AttributeName$/],
    ['a', { SignatureVersion: '3' }, /^Invalid parameter: Attributes Reason: SignatureVersion$/],
  ])('is not created: %s %j', async (Name, Attributes: Record<string, string>, message) => {
    const { sns } = await topic()

    expect(await rejection(sns.send(new CreateTopicCommand({ Name, Attributes })))).toMatchObject({
      message: expect.stringMatching(message),
    })
  })

  it('cannot have a data protection policy', async () => {
    const { sns } = await topic()

    expect(await rejection(sns.send(new CreateTopicCommand({ Name: 'a', DataProtectionPolicy: '{}' })))).toMatchObject({
      message: expect.stringContaining('member DataProtectionPolicy of sns:CreateTopic'),
    })
  })
})
