import {
  PublishBatchCommand,
  type PublishCommandInput,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
} from '@aws-sdk/client-sns'
import { describe, expect, it } from 'vitest'
import { rejection } from '../support/rejection.ts'
import { attributes, endpoint, text, topic } from '../support/topics.ts'

describe('a message', () => {
  it('has its attributes in the envelope, or in the queue message if it is raw', async () => {
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
    // The MD5 is recorded on AWS.
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

  it('keeps its message group in a queue', async () => {
    const { subscribe, publish, received } = await topic()
    await subscribe({})
    await publish({ MessageGroupId: 'tenant-1' })

    expect((await received())[0]?.Attributes).toMatchObject({ MessageGroupId: 'tenant-1' })
  })

  it('can have a different text for each protocol', async () => {
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

  it('goes to the dead-letter queue of the subscription if its delivery fails', async () => {
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
  it('sends each entry to the subscribers whose filter it passes', async () => {
    const { sns, subscribe, taken, TopicArn } = await topic()
    await subscribe({ FilterPolicy: '{"shop":["north"]}', RawMessageDelivery: 'true' })
    const { Successful, Failed } = await sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: [
          { Id: '1', Message: 'one', MessageAttributes: attributes },
          { Id: '2', Message: 'two', MessageAttributes: { shop: text('south') } },
        ],
      }),
    )

    expect(Successful?.map(({ Id }) => Id)).toEqual(['1', '2'])
    expect(Failed).toEqual([])
    expect(taken()).toEqual(['one'])
  })

  it('sends no entry if one entry is invalid', async () => {
    const { sns, subscribe, taken, TopicArn } = await topic()
    await subscribe({})
    const PublishBatchRequestEntries = [
      { Id: '1', Message: 'one' },
      { Id: '2', Message: 'two', MessageStructure: 'json' },
    ]

    expect(await rejection(sns.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries })))).toMatchObject({
      message: 'Invalid parameter: Message Structure - JSON message body failed to parse',
    })
    expect(taken()).toEqual([])
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
