import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { queue } from '../support/queues.ts'
import { rejection } from '../support/rejection.ts'

const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })

describe('a batch', () => {
  it('fails only the invalid entries', async () => {
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
      {
        Id: 'long',
        Code: 'InvalidParameterValue',
        SenderFault: true,
        Message: 'One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.',
      },
      { Id: 'late', Code: 'InvalidParameterValue' },
      { Id: 'empty', Code: 'MissingParameter', Message: 'The request must contain the parameter MessageBody.' },
    ])
    expect((await receive({ MaxNumberOfMessages: 10 })).map(({ Body }) => Body)).toEqual(['a'])
  })

  it('of visibility timeouts or deletions fails only the invalid entries', async () => {
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
