import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  SetQueueAttributesCommand,
  SQSClient,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'
const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })

describe('a message', () => {
  // The sums that AWS answered: tests/aws/services/sqs/test_sqs.snapshot.json of LocalStack.
  it.each([
    [{ MyAttribute: text('foobar') }, 'adb59cd4678ea5a855436b949cd07ab6'],
    [{ General: text('Kenobi'), Hello: text('There'), 'Help.Me': text('Me') }, '4c360f3fdafd970e05fae2f149d997f5'],
    [{ Hello: text('There') }, 'a311262e065454b75da111d535b8dacd'],
    [undefined, undefined],
  ])('has the MD5 of its attributes: %j', async (MessageAttributes, sum) => {
    const { send, receive } = await queue()

    expect(await send({ MessageAttributes })).toMatchObject({
      MD5OfMessageBody: '6e2baaf3b97dbeef01c0043275f9a0e7',
      ...(sum !== undefined && { MD5OfMessageAttributes: sum }),
    })
    const [message] = await receive({ MessageAttributeNames: ['All'] })
    expect(message?.MD5OfMessageAttributes).toBe(sum)
    expect(message?.MessageAttributes).toEqual(MessageAttributes)
  })

  it('carries text, numbers and bytes, of types with labels too', async () => {
    const { send, receive } = await queue()
    const MessageAttributes = {
      n: text('1.5', 'Number.float'),
      s: text('x', 'String.Array'),
      b: { DataType: 'Binary.gif', BinaryValue: Buffer.from([0, 255]) },
    }
    await send({ MessageAttributes })
    const [message] = await receive({ MessageAttributeNames: ['.*'] })

    expect(message?.MessageAttributes).toEqual({
      ...MessageAttributes,
      b: { DataType: 'Binary.gif', BinaryValue: new Uint8Array([0, 255]) },
    })
  })

  it.each([
    [undefined, []],
    [['All'], ['General', 'Hello', 'Help.Me']],
    [['.*'], ['General', 'Hello', 'Help.Me']],
    [['Hel.*'], ['Hello', 'Help.Me']],
    [['Hello', 'None'], ['Hello']],
    [['None'], []],
  ])('comes with the attributes that are asked for: %j', async (MessageAttributeNames, names) => {
    const { send, receive } = await queue()
    await send({ MessageAttributes: { General: text('Kenobi'), Hello: text('There'), 'Help.Me': text('Me') } })
    const [message] = await receive({ MessageAttributeNames })

    expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(names)
  })

  it('comes with the system attributes that are asked for', async () => {
    const { send, receive } = await queue()
    await send({ MessageSystemAttributes: { AWSTraceHeader: text(trace) }, MessageGroupId: 'tenant-1' })
    const asked = [undefined, ['AWSTraceHeader', 'MessageGroupId'], ['All']] as const
    const shown = []
    for (const MessageSystemAttributeNames of asked) {
      const [message] = await receive({
        MessageSystemAttributeNames: MessageSystemAttributeNames && [...MessageSystemAttributeNames],
        VisibilityTimeout: 0,
      })
      shown.push(message?.Attributes)
    }

    expect(shown).toEqual([
      undefined,
      { AWSTraceHeader: trace, MessageGroupId: 'tenant-1' },
      {
        AWSTraceHeader: trace,
        MessageGroupId: 'tenant-1',
        SenderId: 'AROALOCAL:session',
        SentTimestamp: '1700000000000',
        ApproximateFirstReceiveTimestamp: '1700000000000',
        ApproximateReceiveCount: '3',
      },
    ])
  })

  it('is delayed by its own delay, or by that of the queue', async () => {
    const { send, receive, clock, attributes } = await queue({ DelaySeconds: '10' })
    await send({ MessageBody: 'queue' })
    await send({ MessageBody: 'at once', DelaySeconds: 0 })
    await send({ MessageBody: 'own', DelaySeconds: 900 })
    const bodies = async () => (await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)

    expect(await attributes('ApproximateNumberOfMessagesDelayed', 'ApproximateNumberOfMessages')).toEqual({
      ApproximateNumberOfMessagesDelayed: '2',
      ApproximateNumberOfMessages: '1',
    })
    expect(await bodies()).toEqual(['at once'])
    await clock.advance(10_000)
    expect(await bodies()).toEqual(['queue'])
    await clock.advance(890_000)
    expect(await bodies()).toContain('own')
  })

  it('is kept for the retention period', async () => {
    const { send, receive, clock } = await queue({ MessageRetentionPeriod: '60' })
    await send({})
    await clock.advance(60_000)

    expect(await receive()).toEqual([])
  })
})

describe('a dead-letter queue', () => {
  it('gets what was received too often, with its attributes and counts', async () => {
    const { aws, sqs, url, send, receive, clock } = await queue({ VisibilityTimeout: '5' })
    const dead = aws.queues.create('dead')
    await redriveTo(sqs, url, dead.arn, '2')
    await send({ MessageAttributes: { Hello: text('There') } })
    const counts = []
    for (let time = 0; time < 3; time++) {
      counts.push(
        (await receive({ MessageSystemAttributeNames: ['All'] })).map((one) => one.Attributes?.ApproximateReceiveCount),
      )
      await clock.advance(5_000)
    }

    expect(counts).toEqual([['1'], ['2'], []])
    const [message] = await receive({
      QueueUrl: dead.url,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    })
    expect(message).toMatchObject({
      Body: 'msg',
      MessageAttributes: { Hello: text('There') },
      Attributes: {
        ApproximateReceiveCount: '3',
        DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:123456789012:jobs',
        SentTimestamp: '1700000000000',
      },
    })
    expect((await sqs.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.url }))).queueUrls).toEqual([url])
  })

  it('wakes a consumer that waits for dead letters', async () => {
    const { aws, sqs, url, send, receive, clock } = await queue({ VisibilityTimeout: '0' })
    const dead = aws.queues.create('dead')
    await redriveTo(sqs, url, dead.arn, '1')
    const waiting = receive({ QueueUrl: dead.url, WaitTimeSeconds: 20 })
    await expect.poll(() => clock.sleepers).toBe(1)
    await send({})
    await receive()
    await receive()

    expect((await waiting).map(({ Body }) => Body)).toEqual(['msg'])
  })

  it.each<[{ readonly deadLetterTargetArn?: string; readonly maxReceiveCount?: number }, string | RegExp]>([
    [{ maxReceiveCount: 1 }, "The required parameter 'deadLetterTargetArn' is missing"],
    [{ deadLetterTargetArn: 'jobs' }, "The required parameter 'maxReceiveCount' is missing"],
    [{ deadLetterTargetArn: 'none', maxReceiveCount: 1 }, /Reason: Dead letter target does not exist\.$/],
    [{ deadLetterTargetArn: 'jobs', maxReceiveCount: 0 }, /valid values are from 1 to 1000 both inclusive\.$/],
    [{ deadLetterTargetArn: 'closed', maxReceiveCount: 1 }, /does not have permissions to redrive/],
    [{ deadLetterTargetArn: 'jobs', maxReceiveCount: 1, ...{ delay: 1 } }, /Only following attributes are supported/],
  ])('is refused: %j', async ({ deadLetterTargetArn: name, ...policy }, message) => {
    const { aws, sqs, url } = await queue()
    const closed = aws.queues.create('closed')
    const Attributes = { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' }
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: closed.url, Attributes }))
    const target = name && { deadLetterTargetArn: `arn:aws:sqs:us-east-1:123456789012:${name}` }
    const RedrivePolicy = JSON.stringify({ ...target, ...policy })

    expect(
      await rejection(sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy } }))),
    ).toMatchObject({ message: expect.stringMatching(message) })
  })
})

describe('a batch', () => {
  it('fails the entries that are wrong, and sends the others', async () => {
    const { sqs, url, receive } = await queue({ MaximumMessageSize: '1024' })
    const Entries = [
      { Id: 'good', MessageBody: 'a', MessageAttributes: { Hello: text('There') }, DelaySeconds: 0 },
      { Id: 'long', MessageBody: 'x'.repeat(1_025) },
      { Id: 'late', MessageBody: 'b', DelaySeconds: 901 },
      { Id: 'empty', MessageBody: '' },
    ]
    const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))

    expect(answer.Successful).toMatchObject([
      { Id: 'good', MD5OfMessageAttributes: 'a311262e065454b75da111d535b8dacd' },
    ])
    expect(answer.Failed).toMatchObject([
      { Id: 'long', Code: 'InvalidParameterValue', SenderFault: true },
      { Id: 'late', Code: 'InvalidParameterValue' },
      { Id: 'empty', Code: 'MissingParameter', Message: 'The request must contain the parameter MessageBody.' },
    ])
    expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['a'])
  })

  it('of visibilities and deletions fails the entries that are wrong', async () => {
    const { sqs, url, send, receive, aws } = await queue()
    await send({})
    const [message] = await receive()
    const wrong = { Id: 'wrong', ReceiptHandle: 'none' }
    const right = { Id: 'right', ReceiptHandle: message?.ReceiptHandle }
    const changes = [right, wrong].map((entry) => ({ ...entry, VisibilityTimeout: 0 }))
    const changed = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: changes }))
    expect(aws.queues.messages(url)).toEqual({ visible: 1, inFlight: 0 })
    const deleted = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: [right, wrong] }))
    expect(aws.queues.messages(url)).toEqual({ visible: 0, inFlight: 0 })

    for (const { Successful, Failed } of [changed, deleted]) {
      expect(Successful).toEqual([{ Id: 'right' }])
      expect(Failed).toMatchObject([{ Id: 'wrong', Code: 'ReceiptHandleIsInvalid', SenderFault: true }])
    }
  })

  it.each([
    [[], 'EmptyBatchRequest', 'There should be at least one SendMessageBatchRequestEntry in the request.'],
    [ids(20), 'TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10. You have sent 20.'],
    [['a', 'a'], 'BatchEntryIdsNotDistinct', 'Id a repeated.'],
    [
      ['a:b'],
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    ],
    [['x'.repeat(81)], 'InvalidBatchEntryId', /^A batch entry id can only contain/],
  ])('is refused: %j', async (given, name, message) => {
    const { sqs, url } = await queue()
    const Entries = given.map((Id) => ({ Id, MessageBody: 'x' }))

    expect(await rejection(sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries })))).toMatchObject({
      name,
      message: expect.stringMatching(message),
    })
  })

  it('is refused if it is too long', async () => {
    const { sqs, url } = await queue()
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: Id.repeat(524_289) }))

    expect(await rejection(sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries })))).toMatchObject({
      name: 'BatchRequestTooLong',
      message: 'Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.',
    })
  })

  function ids(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `id-${index}`)
  }
})

describe('a message is refused', () => {
  it.each<[Partial<SendMessageCommandInput>, string | RegExp]>([
    [{ MessageBody: '' }, 'The request must contain the parameter MessageBody.'],
    [
      { MessageBody: 'x'.repeat(1_048_577) },
      'One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.',
    ],
    [{ MessageBody: 'a\u0000' }, /^Invalid characters found\. Valid unicode characters are #x9/],
    [{ DelaySeconds: 901 }, /^Value 901 for parameter DelaySeconds is invalid\./],
    [{ DelaySeconds: -1 }, /^Value -1 for parameter DelaySeconds is invalid\./],
    [{ MessageDeduplicationId: 'a' }, /parameter that is not valid for this queue type/],
    [
      { MessageGroupId: 'a b' },
      'Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    ],
    [
      { MessageAttributes: { a: text('') } },
      "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
    ],
    [
      { MessageAttributes: { a: text('x', 'Number') } },
      "Can't cast the value of message (user) attribute 'a' to a number.",
    ],
    [{ MessageAttributes: { a: text('x', 'Text') } }, /has an invalid message attribute type/],
    [{ MessageAttributes: { 'AWS.a': text('x') } }, /^The message attribute name 'AWS.a' is invalid/],
    [{ MessageAttributes: { 'a.': text('x') } }, /^The message attribute name 'a\.' is invalid/],
    [
      { MessageAttributes: Object.fromEntries([...'abcdefghijk'].map((name) => [name, text('x')])) },
      'Number of message attributes [11] exceeds the allowed maximum [10].',
    ],
    [
      { MessageAttributes: { a: { ...text('x'), StringListValues: ['y'] } } },
      /member messageAttributes\.a\.member\.StringListValues of sqs:SendMessage/,
    ],
    [
      { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'Binary', BinaryValue: Buffer.from('x') } } },
      /AWSTraceHeader/,
    ],
  ])('%.80j', async (given, message) => {
    const { send } = await queue()

    expect(await rejection(send(given))).toMatchObject({
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
  })
})

describe('a receive is refused', () => {
  it.each<[Partial<ReceiveMessageCommandInput>, string]>([
    [
      { MaxNumberOfMessages: 11 },
      'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    ],
    [
      { MaxNumberOfMessages: 0 },
      'Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    ],
    [
      { WaitTimeSeconds: 21 },
      'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
    ],
    [
      { WaitTimeSeconds: -1 },
      'Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
    ],
    [
      { VisibilityTimeout: 43_201 },
      'Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.',
    ],
    [{ AttributeNames: ['Policy'] }, 'Unknown Attribute Policy.'],
    [
      { ReceiveRequestAttemptId: 'a' },
      'The local AWS does not support the member ReceiveRequestAttemptId of sqs:ReceiveMessage: remove it, or test this against AWS',
    ],
  ])('%j', async (given, message) => {
    const { receive } = await queue()

    expect(await rejection(receive(given))).toMatchObject({ message })
  })
})

describe('a receipt handle', () => {
  it('is refused if it is of another queue or none', async () => {
    const { aws, sqs, url, send, receive } = await queue()
    await send({})
    const [message] = await receive()
    const other = aws.queues.create('other').url
    for (const [QueueUrl, ReceiptHandle] of [
      [url, 'none'],
      [other, message?.ReceiptHandle],
    ] as const) {
      expect(await rejection(sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })))).toMatchObject({
        name: 'ReceiptHandleIsInvalid',
        message: `The input receipt handle "${ReceiptHandle}" is not a valid receipt handle.`,
      })
    }
  })

  it('hides a message that is visible again, and is refused once the message is gone', async () => {
    const { aws, sqs, url, send, receive } = await queue()
    await send({})
    const [message] = await receive({ VisibilityTimeout: 0 })
    const handle = { QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }
    const change = () => sqs.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 9 }))
    await change()
    expect(aws.queues.messages(url)).toEqual({ visible: 0, inFlight: 1 })
    await sqs.send(new DeleteMessageCommand(handle))

    expect(await rejection(change())).toMatchObject({
      message: expect.stringMatching(
        /Reason: Message does not exist or is not available for visibility timeout change\.$/,
      ),
    })
  })

  it('that is older than the last receive deletes nothing', async () => {
    const { aws, sqs, url, send, receive } = await queue()
    await send({})
    const [first] = await receive({ VisibilityTimeout: 0 })
    await receive()
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first?.ReceiptHandle }))

    expect(aws.queues.messages(url)).toEqual({ visible: 0, inFlight: 1 })
  })
})

describe('a queue', () => {
  it.each<[Partial<Record<QueueAttributeName, string>>, string]>([
    [{ FifoQueue: 'true' }, 'The local AWS does not have FIFO queues: use a standard one, or test this against AWS'],
    [{ FifoQueue: 'false' }, 'Unknown Attribute FifoQueue.'],
    [{ ContentBasedDeduplication: 'true' }, 'Unknown Attribute ContentBasedDeduplication.'],
    [
      { FifoThroughputLimit: 'perQueue' },
      'You can specify the FifoThroughputLimit only when FifoQueue is set to true.',
    ],
    [{ QueueArn: 'x' }, 'Unknown Attribute QueueArn.'],
    [{ VisibilityTimeout: '43201' }, 'Invalid value for the parameter VisibilityTimeout.'],
    [{ DelaySeconds: 'x' }, 'Invalid value for the parameter DelaySeconds.'],
    [{ MaximumMessageSize: '1023' }, 'Invalid value for the parameter MaximumMessageSize.'],
    [{ MessageRetentionPeriod: '59' }, 'Invalid value for the parameter MessageRetentionPeriod.'],
    [{ Policy: 'x' }, 'Invalid value for the parameter Policy.'],
    [{ RedrivePolicy: '[]' }, 'Invalid value for the parameter RedrivePolicy.'],
    [{ RedriveAllowPolicy: '{"redrivePermission":"byQueue"}' }, 'Invalid value for the parameter RedriveAllowPolicy.'],
  ])('is not created with %j', async (Attributes, message) => {
    const { sqs } = await queue()

    expect(await rejection(sqs.send(new CreateQueueCommand({ QueueName: 'new', Attributes })))).toMatchObject({
      message,
    })
  })

  it('keeps what is set, and is the same queue only with the same attributes', async () => {
    const { sqs, attributes, url } = await queue({ KmsMasterKeyId: 'alias/aws/sqs', DelaySeconds: '7' })
    expect(await attributes('KmsMasterKeyId', 'DelaySeconds', 'SqsManagedSseEnabled')).toEqual({
      KmsMasterKeyId: 'alias/aws/sqs',
      DelaySeconds: '7',
      SqsManagedSseEnabled: 'true',
    })
    const again = (DelaySeconds: string) =>
      sqs.send(new CreateQueueCommand({ QueueName: 'jobs', Attributes: { DelaySeconds } }))
    expect((await again('7')).QueueUrl).toBe(url)
    expect(await rejection(again('8'))).toMatchObject({
      name: 'QueueNameExists',
      message: 'A queue already exists with the same name and a different value for attribute DelaySeconds',
    })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { KmsMasterKeyId: '' } }))
    expect(await attributes('KmsMasterKeyId')).toBeUndefined()
    expect(await rejection(attributes('Color' as QueueAttributeName))).toMatchObject({
      message: 'Unknown Attribute Color.',
    })
  })

  it.each(['a.fifo', 'a b', 'x'.repeat(81)])('is not called %s', async (QueueName) => {
    const { sqs } = await queue()
    const message = QueueName.endsWith('.fifo')
      ? /does not have FIFO queues/
      : /^Can only include alphanumeric characters/

    expect(await rejection(sqs.send(new CreateQueueCommand({ QueueName })))).toMatchObject({
      message: expect.stringMatching(message),
    })
  })

  it('is purged once a minute, untagged, and of one account', async () => {
    const { sqs, url, clock } = await queue({}, { team: 'a', env: 'dev' })
    await sqs.send(new UntagQueueCommand({ QueueUrl: url, TagKeys: ['team'] }))
    expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags).toEqual({ env: 'dev' })
    const purge = () => sqs.send(new PurgeQueueCommand({ QueueUrl: url }))
    await purge()
    expect(await rejection(purge())).toMatchObject({
      name: 'PurgeQueueInProgress',
      message: 'Only one PurgeQueue operation on jobs is allowed every 60 seconds.',
    })
    await clock.advance(60_000)
    await purge()
    const foreign = new GetQueueUrlCommand({ QueueName: 'jobs', QueueOwnerAWSAccountId: '210987654321' })
    expect(await rejection(sqs.send(foreign))).toMatchObject({ name: 'QueueDoesNotExist' })
  })

  it('is listed in pages', async () => {
    const { aws, sqs } = await queue()
    for (const name of ['job-1', 'job-2']) aws.queues.create(name)
    const first = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'job', MaxResults: 2 }))
    const second = await sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: 'job', MaxResults: 2, NextToken: first.NextToken }),
    )
    const names = [first, second].map(({ QueueUrls }) => QueueUrls?.map((url) => url.split('/').at(-1)))

    expect(names).toEqual([['job-1', 'job-2'], ['jobs']])
    expect(await rejection(sqs.send(new ListQueuesCommand({ MaxResults: 1_001 })))).toMatchObject({
      message: expect.stringMatching(/^Value 1001 for parameter MaxResults is invalid/),
    })
  })
})

async function redriveTo(sqs: SQSClient, QueueUrl: string, deadLetterTargetArn: string, maxReceiveCount: string) {
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }))
}

async function queue(Attributes: Partial<Record<QueueAttributeName, string>> = {}, tags: Record<string, string> = {}) {
  const clock = createFakeClock(1_700_000_000_000)
  const aws = await localAws({ clock })
  const sqs = new SQSClient({ ...aws.clientOptions, maxAttempts: 1 })
  onTestFinished(() => sqs.destroy())
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs', Attributes, tags }))
  const send = (given: Partial<SendMessageCommandInput>) =>
    sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'msg', ...given }))
  const receive = async (given: Partial<ReceiveMessageCommandInput> = {}) =>
    (await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, ...given }))).Messages ?? []
  const attributes = async (...AttributeNames: QueueAttributeName[]) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames }))).Attributes
  return { aws, clock, sqs, url, send, receive, attributes }
}
