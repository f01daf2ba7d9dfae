import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type ReceiveMessageCommandInput,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { queue } from '../support/queues.ts'
import { rejection } from '../support/rejection.ts'

const trace = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1'
const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })

describe('a message', () => {
  // Recorded on AWS: tests/aws/services/sqs/test_sqs.snapshot.json of LocalStack.
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

  it('carries text, numbers and bytes, also of labelled types', async () => {
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
  ])('comes with the requested attributes: %j', async (MessageAttributeNames, names) => {
    const { send, receive } = await queue()
    await send({ MessageAttributes: { General: text('Kenobi'), Hello: text('There'), 'Help.Me': text('Me') } })
    const [message] = await receive({ MessageAttributeNames })

    expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(names)
  })

  it('comes with the requested system attributes', async () => {
    const { send, receive } = await queue()
    await send({ MessageSystemAttributes: { AWSTraceHeader: text(trace) }, MessageGroupId: 'tenant-1' })
    const requested = [undefined, ['AWSTraceHeader', 'MessageGroupId'], ['All']] as const
    const shown = []
    for (const MessageSystemAttributeNames of requested) {
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

  it('is delayed by its own delay, or by the delay of the queue', async () => {
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

describe('a message is refused:', () => {
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
    [
      { MessageAttributes: { a: text('x\b') } },
      /^Invalid binary character '#x8' was found in the message attribute 'a' value/,
    ],
    [{ MessageAttributes: { 'a!': text('x') } }, /^The message attribute name 'a!' is invalid/],
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

describe('a receive is refused:', () => {
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
  it('of another queue or in the wrong form is refused', async () => {
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

  it('hides a message that is visible again, and is refused after the deletion', async () => {
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

  it('of an earlier receive deletes nothing', async () => {
    const { aws, sqs, url, send, receive } = await queue()
    await send({})
    const [first] = await receive({ VisibilityTimeout: 0 })
    await receive()
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first?.ReceiptHandle }))

    expect(aws.queues.messages(url)).toEqual({ visible: 0, inFlight: 1 })
  })
})
