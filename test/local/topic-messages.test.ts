import { once } from 'node:events'
import { createServer } from 'node:http'
import {
  type BatchResultErrorEntry,
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTagsForResourceCommand,
  PublishBatchCommand,
  PublishCommand,
  type PublishCommandInput,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns'
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { localAws } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })
const attributes = {
  shop: text('north'),
  price: text('9.5', 'Number'),
  tags: text('["new","red"]', 'String.Array'),
  ip: text('10.0.0.7'),
  bytes: { DataType: 'Binary', BinaryValue: Buffer.from([2, 3, 4]) },
}
const body = JSON.stringify({
  shop: 'north',
  price: 9.5,
  tags: ['new', 'red'],
  order: { id: 7, lines: [{ sku: 'a' }] },
})

// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
describe('a filter policy lets pass', () => {
  it.each<[object, boolean]>([
    [{}, true],
    [{ shop: ['north', 'south'] }, true],
    [{ shop: ['south'] }, false],
    [{ none: ['x'] }, false],
    [{ shop: ['north'], price: [{ numeric: ['>', 10] }] }, false],
    [{ shop: [{ prefix: 'no' }] }, true],
    [{ shop: [{ suffix: 'th' }] }, true],
    [{ shop: [{ 'equals-ignore-case': 'NORTH' }] }, true],
    [{ shop: [{ 'anything-but': 'north' }] }, false],
    [{ shop: [{ 'anything-but': ['south', 'west'] }] }, true],
    [{ shop: [{ 'anything-but': { prefix: 'no' } }] }, false],
    [{ price: [9.5] }, true],
    [{ price: ['9.5'] }, false],
    [{ price: [{ numeric: ['>=', 9, '<', 10] }] }, true],
    [{ price: [{ numeric: ['=', 9] }] }, false],
    [{ ip: [{ cidr: '10.0.0.0/24' }] }, true],
    [{ tags: ['red'] }, true],
    [{ tags: ['blue'] }, false],
    [{ tags: [{ 'anything-but': ['new'] }] }, true],
    [{ bytes: [{ exists: true }] }, false],
    [{ shop: [{ exists: true }] }, true],
    [{ none: [{ exists: false }] }, true],
    [{ $or: [{ shop: ['south'] }, { price: [{ numeric: ['<', 10] }] }] }, true],
    [{ $or: [{ shop: ['south'] }, { price: [{ numeric: ['>', 10] }] }] }, false],
  ])('messages by attributes: %j: %s', async (policy, isDelivered) => {
    const { subscribe, publish, taken } = await topic()
    await subscribe({ FilterPolicy: JSON.stringify(policy) })
    await publish({ MessageAttributes: attributes })

    expect(taken()).toHaveLength(isDelivered ? 1 : 0)
  })

  it.each<[object, string, boolean]>([
    [{ shop: ['north'] }, body, true],
    [{ shop: ['south'] }, body, false],
    [{ order: { id: [{ numeric: ['>', 6] }], lines: { sku: ['a'] } } }, body, true],
    [{ order: { id: [8] } }, body, false],
    [{ tags: ['red'] }, body, true],
    [{ shop: ['north'] }, 'not JSON', false],
    [{ none: [{ exists: false }] }, 'not JSON', false],
    [{ none: [{ exists: false }] }, '["a"]', false],
  ])('messages by their body: %j', async (policy, Message, isDelivered) => {
    const { subscribe, publish, taken } = await topic()
    await subscribe({ FilterPolicy: JSON.stringify(policy), FilterPolicyScope: 'MessageBody' })
    await publish({ Message, MessageAttributes: { shop: text('south') } })

    expect(taken()).toHaveLength(isDelivered ? 1 : 0)
  })

  it('messages from the moment at which it is changed', async () => {
    const { sns, subscribe, publish, taken } = await topic()
    const SubscriptionArn = await subscribe({ FilterPolicy: '{"shop":["south"]}' })
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }))
    await publish({ MessageAttributes: attributes })
    await set('FilterPolicy', '{"shop":["north"]}')
    await publish({ Message: 'one', MessageAttributes: attributes })
    await set('FilterPolicyScope', 'MessageBody')
    await publish({ Message: 'two', MessageAttributes: attributes })
    await publish({ Message: '{"shop":"north"}' })
    await set('FilterPolicy', '')
    await publish({ Message: 'three' })

    expect(taken().map((one) => JSON.parse(one).Message)).toEqual(['one', '{"shop":"north"}', 'three'])
  })
})

// Recorded on AWS: tests/aws/services/sns/test_sns_filter_policy.snapshot.json of LocalStack.
describe('an attribute of a subscription is refused', () => {
  const tooMany = Object.fromEntries([...'abcdef'].map((name) => [name, ['x']]))
  const numbers = Array.from({ length: 13 }, (_, index) => index)

  it.each<[Record<string, string>, string]>([
    [{ RawMessageDelivery: 'maybe' }, 'RawMessageDelivery: Invalid value [maybe]. Must be true or false.'],
    [
      { FilterPolicyScope: 'Body' },
      'FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes',
    ],
    [{ FilterPolicy: 'invalid' }, 'FilterPolicy: failed to parse JSON.'],
    [{ FilterPolicy: '[]' }, 'FilterPolicy: Filter is not an object'],
    [policy({ a: 'x' }), 'FilterPolicy: "a" must be an object or an array'],
    [policy({ a: [] }), 'FilterPolicy: Empty arrays are not allowed'],
    [policy({ a: [{ regex: 'x' }] }), 'FilterPolicy: Unrecognized match type regex'],
    [policy({ a: [{ wildcard: 'x*' }] }), 'FilterPolicy: Unrecognized match type wildcard'],
    [policy({ a: [{ 'anything-but': { suffix: 'x' } }] }), 'FilterPolicy: Unsupported anything-but pattern: suffix'],
    [policy({ a: [{ suffix: 100 }] }), 'FilterPolicy: suffix match pattern must be a string'],
    [policy({ a: { b: ['x'] } }), 'Filter policy scope MessageAttributes does not support nested filter policy'],
    [policy(tooMany), 'FilterPolicy: Filter policy can not have more than 5 keys'],
    [policy({ a: numbers, b: numbers }), 'FilterPolicy: Filter policy is too complex'],
    [
      { ...policy({ a: { b: numbers, c: numbers.slice(0, 3) } }), FilterPolicyScope: 'MessageBody' },
      'FilterPolicy: Filter policy is too complex',
    ],
    [{ RedrivePolicy: '{"deadLetterTargetArn":"queue"}' }, 'RedrivePolicy: deadLetterTargetArn is an invalid arn'],
    [{ RedrivePolicy: '{' }, 'RedrivePolicy: failed to parse JSON.'],
    [
      { DeliveryPolicy: '{}' },
      'The local AWS does not support the attribute DeliveryPolicy of subscriptions: remove it, or test this against AWS',
    ],
    [{ Color: 'red' }, 'AttributeName'],
  ])('%j', async (given, message) => {
    const { subscribe, sns } = await topic()
    expect(await rejection(subscribe(given))).toMatchObject({
      name: 'InvalidParameterException',
      message: `Invalid parameter: Attributes Reason: ${message}`,
    })

    const [[AttributeName, AttributeValue] = ['', '']] = Object.entries(given)
    const SubscriptionArn = await subscribe({
      FilterPolicyScope: given.FilterPolicyScope === 'MessageBody' ? 'MessageBody' : 'MessageAttributes',
    })
    const set = new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue })
    expect(await rejection(sns.send(set))).toMatchObject({ message: `Invalid parameter: ${message}` })
  })

  function policy(FilterPolicy: object): Record<string, string> {
    return { FilterPolicy: JSON.stringify(FilterPolicy) }
  }
})

describe('a message', () => {
  it('has its attributes in the envelope, and as attributes of the queue when it is raw', async () => {
    const { sns, received, subscribe, publish } = await topic()
    const SubscriptionArn = await subscribe({})
    const MessageAttributes = { shop: text('north'), bytes: attributes.bytes }
    const { MessageId } = await publish({ MessageAttributes, Subject: 'news' })
    const [wrapped] = await received()
    expect(wrapped?.MessageAttributes).toBeUndefined()
    const envelope = JSON.parse(wrapped?.Body ?? '')
    expect(envelope).toMatchObject({
      MessageId,
      Subject: 'news',
      MessageAttributes: { shop: { Type: 'String', Value: 'north' }, bytes: { Type: 'Binary', Value: 'AgME' } },
    })
    expect(Object.keys(envelope)).toEqual([
      'Type',
      'MessageId',
      'TopicArn',
      'Subject',
      'Message',
      'Timestamp',
      'SignatureVersion',
      'Signature',
      'SigningCertURL',
      'UnsubscribeURL',
      'MessageAttributes',
    ])

    const raw = { SubscriptionArn, AttributeName: 'RawMessageDelivery', AttributeValue: 'true' }
    await sns.send(new SetSubscriptionAttributesCommand(raw))
    await publish({ MessageAttributes: { attr1: text('99.12', 'Number') } })
    // The MD5 that AWS answers.
    expect(await received()).toMatchObject([
      {
        Body: 'Test msg',
        MessageAttributes: { attr1: text('99.12', 'Number') },
        MD5OfMessageAttributes: 'd302007e9aa062660afc85fd0a482472',
      },
    ])
  })

  it('is not sent raw to a queue with more than ten attributes', async () => {
    const { subscribe, publish, taken } = await topic()
    await subscribe({ RawMessageDelivery: 'true' })
    const many = Object.fromEntries([...'abcdefghijk'].map((name) => [name, text('x')]))
    await publish({ MessageAttributes: many })

    expect(taken()).toEqual([])
  })

  it('hands its group to a queue', async () => {
    const { subscribe, publish, received } = await topic()
    await subscribe({})
    await publish({ MessageGroupId: 'tenant-1' })

    expect((await received())[0]?.Attributes).toMatchObject({ MessageGroupId: 'tenant-1' })
  })

  it('has a text of its own for each protocol', async () => {
    const { sns, subscribe, publish, taken, TopicArn } = await topic()
    const { url, next } = await endpoint()
    await subscribe({ RawMessageDelivery: 'true' })
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: url }))
    const confirmation = JSON.parse(await next())
    await fetch(confirmation.SubscribeURL)
    await publish({ MessageStructure: 'json', Message: '{"default":"all","sqs":"{\\"a\\":1}","http":5}' })

    expect(taken()).toEqual(['{"a":1}'])
    expect(JSON.parse(await next()).Message).toBe('all')
  })

  it.each<[Partial<PublishCommandInput>, string]>([
    [{ Message: '' }, 'Invalid parameter: Empty message'],
    [{ Message: 'x'.repeat(262_145) }, 'Invalid parameter: Message too long'],
    [{ Subject: '' }, 'Invalid parameter: Subject'],
    [{ Subject: 'a\nb' }, 'Invalid parameter: Subject'],
    [{ Subject: 'x'.repeat(101) }, 'Invalid parameter: Subject'],
    [{ MessageStructure: 'xml' }, 'Invalid parameter: Invalid parameter: MessageStructure'],
    [
      { MessageStructure: 'json', Message: 'x' },
      'Invalid parameter: Message Structure - JSON message body failed to parse',
    ],
    [
      { MessageStructure: 'json', Message: '{"sqs":"x"}' },
      'Invalid parameter: Message Structure - No default entry in JSON message body',
    ],
    [
      { MessageDeduplicationId: 'a' },
      'Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
    ],
    [{ TopicArn: undefined }, 'Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter'],
    [{ TopicArn: 'topic' }, 'Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1'],
    [
      { PhoneNumber: '+15551234567' },
      'The local AWS does not support the member PhoneNumber of sns:Publish: remove it, or test this against AWS',
    ],
    [
      { MessageAttributes: { '.a': text('x') } },
      "Invalid message attribute name starting with character '.' was found.",
    ],
    [{ MessageAttributes: { 'a.': text('x') } }, "Invalid message attribute name ending with character '.' was found."],
    [
      { MessageAttributes: { 'a^b': text('x') } },
      "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ],
    [
      { MessageAttributes: { a: text('x', 'Text') } },
      "The message attribute 'a' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    ],
    [
      { MessageAttributes: { a: text('') } },
      "The message attribute 'a' must contain non-empty message attribute value for message attribute type 'String'.",
    ],
    [
      { MessageAttributes: { a: text('x', 'Binary') } },
      "The message attribute 'a' with type 'Binary' must use field 'Binary'.",
    ],
    [
      { MessageAttributes: { a: { DataType: undefined, StringValue: 'x' } } },
      "1 validation error detected: Value null at 'messageAttributes.a.member.dataType' failed to satisfy constraint: Member must not be null",
    ],
  ])('is refused: %.90j', async (given, message) => {
    const { publish } = await topic()

    expect(await rejection(publish(given))).toMatchObject({ message })
  })

  it('goes to the dead-letter queue of a subscription that cannot be delivered to', async () => {
    const { aws, sns, subscribe, publish, inbox, TopicArn } = await topic()
    const dead = aws.queues.create('dead')
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn })
    await subscribe({ RawMessageDelivery: 'true', RedrivePolicy })
    aws.queues.delete(inbox.url)
    await publish({ Message: 'no queue' })
    expect(aws.queues.take(dead.url)).toEqual(['no queue'])

    const { url, next, fail } = await endpoint()
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: url, Attributes: { RedrivePolicy } }))
    await fetch(JSON.parse(await next()).SubscribeURL)
    fail()
    await publish({ Message: 'no answer' })
    await expect.poll(() => aws.queues.messages(dead.url).visible).toBe(2)
    expect(
      aws.queues
        .take(dead.url)
        .map((one) => (one.startsWith('{') ? JSON.parse(one).Message : one))
        .sort(),
    ).toEqual(['no answer', 'no answer'])
  })
})

describe('PublishBatch', () => {
  it('fails the entries that are wrong, and sends the others', async () => {
    const { sns, subscribe, taken, TopicArn } = await topic()
    await subscribe({ FilterPolicy: '{"shop":["north"]}', RawMessageDelivery: 'true' })
    const { Successful, Failed } = await sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: [
          { Id: '1', Message: 'one', MessageAttributes: attributes },
          { Id: '2', Message: 'two', MessageAttributes: { shop: text('south') } },
          { Id: '3', Message: 'three', MessageStructure: 'json' },
        ],
      }),
    )

    expect(Successful?.map(({ Id }) => Id)).toEqual(['1', '2'])
    expect(Failed).toEqual<BatchResultErrorEntry[]>([
      {
        Id: '3',
        Code: 'InvalidParameter',
        Message: 'Invalid parameter: Message Structure - JSON message body failed to parse',
        SenderFault: true,
      },
    ])
    expect(taken()).toEqual(['one'])
  })

  it.each([
    [[], 'EmptyBatchRequestException', "The batch request doesn't contain any entries."],
    [
      [...'abcdefghijk'],
      'TooManyEntriesInBatchRequestException',
      'The batch request contains more entries than permissible.',
    ],
    [['a', 'a'], 'BatchEntryIdsNotDistinctException', 'Two or more batch entries in the request have the same Id.'],
    [
      ['a.b'],
      'InvalidBatchEntryIdException',
      'The Id of a batch entry in the batch request contains an impermissible character: a.b',
    ],
  ])('is refused: %j', async (ids, name, message) => {
    const { sns, TopicArn } = await topic()
    const PublishBatchRequestEntries = ids.map((Id) => ({ Id, Message: 'x' }))

    expect(await rejection(sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries })))).toMatchObject({
      name,
      message,
    })
  })

  it('is refused if it is too long', async () => {
    const { sns, TopicArn } = await topic()
    const PublishBatchRequestEntries = ['a', 'b'].map((Id) => ({ Id, Message: Id.repeat(131_073) }))

    expect(await rejection(sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries })))).toMatchObject({
      name: 'BatchRequestTooLongException',
    })
  })
})

describe('a subscription', () => {
  it('is the same with the same attributes, and shows all of them', async () => {
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

  it('is listed with those of other topics, in pages', async () => {
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

  it('ends by the link in its messages, or by a call, which succeeds again', async () => {
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

  it('is not confirmed with a wrong token, or so that only its owner may end it', async () => {
    const { sns, TopicArn } = await topic()
    for (const Token of ['guessed', 'a'.repeat(200)]) {
      expect(await rejection(sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token })))).toMatchObject({
        message: 'Invalid parameter: Token',
      })
    }
    const owned = new ConfirmSubscriptionCommand({ TopicArn, Token: 'a', AuthenticateOnUnsubscribe: 'true' })
    expect(await rejection(sns.send(owned))).toMatchObject({
      message: expect.stringContaining('authenticateOnUnsubscribe'),
    })
  })
})

describe('a topic', () => {
  it('keeps its attributes and tags, and is the same topic only with them', async () => {
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

  it('takes longer messages where its attribute allows them', async () => {
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
    ['a.fifo', {}, /The local AWS does not have FIFO topics/],
    ['a', { FifoTopic: 'true' }, /The local AWS does not have FIFO topics/],
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

  it('is not created with a data protection policy', async () => {
    const { sns } = await topic()

    expect(await rejection(sns.send(new CreateTopicCommand({ Name: 'a', DataProtectionPolicy: '{}' })))).toMatchObject({
      message: expect.stringContaining('member DataProtectionPolicy of sns:CreateTopic'),
    })
  })
})

async function topic() {
  const aws = await localAws()
  const [sns, sqs] = [new SNSClient({ ...aws.clientOptions, maxAttempts: 1 }), new SQSClient(aws.clientOptions)]
  onTestFinished(() => {
    sns.destroy()
    sqs.destroy()
  })
  const inbox = aws.queues.create('inbox')
  const { arn: TopicArn } = aws.topics.create('changes')
  const subscribe = async (Attributes: Record<string, string>) => {
    const given = { TopicArn, Protocol: 'sqs', Endpoint: inbox.arn, Attributes }
    return (await sns.send(new SubscribeCommand(given))).SubscriptionArn ?? ''
  }
  const publish = (given: Partial<PublishCommandInput>) =>
    sns.send(new PublishCommand({ TopicArn, Message: 'Test msg', ...given }))
  const asked = { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] }
  const received = async () =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl: inbox.url, ...asked }))).Messages ?? []
  return { aws, sns, inbox, TopicArn, subscribe, publish, received, taken: () => aws.queues.take(inbox.url) }
}

/** An HTTP endpoint whose requests can be awaited, until it fails. */
async function endpoint() {
  const bodies: string[] = []
  let status = 200
  const server = createServer(async (request, response) => {
    let received = ''
    for await (const chunk of request) received += String(chunk)
    bodies.push(received)
    response.writeHead(status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const next = async () => {
    await expect.poll(() => bodies.length).toBeGreaterThan(0)
    return bodies.shift() ?? ''
  }
  const fail = () => {
    status = 500
  }
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`, next, fail }
}
