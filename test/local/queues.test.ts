import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  TagQueueCommand,
} from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

describe('a queue', () => {
  it('delivers a message, hides it, and removes it when it is deleted', async () => {
    const { sqs, QueueUrl, receive, aws, clock } = await queue()
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }))
    const Entries = ['two', 'three'].map((MessageBody) => ({ Id: MessageBody, MessageBody }))
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }))
    const first = await receive({ MaxNumberOfMessages: 10, VisibilityTimeout: 5 })
    expect(first.map(({ Body }) => Body)).toEqual(['one', 'two', 'three'])
    expect(first[0]?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' })
    expect(await receive()).toEqual([])
    expect(aws.queues.messages(QueueUrl)).toEqual({ visible: 0, inFlight: 3 })

    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first[0]?.ReceiptHandle }))
    await clock.advance(5_000)
    const again = await receive({ MaxNumberOfMessages: 10 })
    expect(again.map(({ Body, Attributes }) => [Body, Attributes?.ApproximateReceiveCount])).toEqual([
      ['two', '2'],
      ['three', '2'],
    ])
    const handles = again.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }))
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }))
    expect(aws.queues.messages(QueueUrl)).toEqual({ visible: 0, inFlight: 0 })
  })

  it('ends a long poll when a message arrives', async () => {
    const { aws, QueueUrl, receive } = await queue()
    const polling = receive({ WaitTimeSeconds: 20 })
    await expect.poll(() => aws.counts.calls['sqs:ReceiveMessage']).toBe(1)
    aws.queues.send(QueueUrl, 'late')

    expect((await polling).map(({ Body }) => Body)).toEqual(['late'])
  })

  it('ends a long poll without messages after its wait time', async () => {
    const { aws, receive, clock } = await queue()
    const polling = receive({ WaitTimeSeconds: 20 })
    await expect.poll(() => aws.counts.calls['sqs:ReceiveMessage']).toBe(1)
    await expect.poll(() => clock.sleepers).toBe(1)
    await clock.advance(20_000)

    expect(await polling).toEqual([])
  })

  it('keeps a message when the caller disconnects', async () => {
    const { aws, sqs, QueueUrl, receive, clock } = await queue()
    const abort = new AbortController()
    const polling = rejection(
      sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: abort.signal }),
    )
    await expect.poll(() => clock.sleepers).toBe(1)
    abort.abort()
    await polling
    await expect.poll(() => clock.sleepers).toBe(0)
    aws.queues.send(QueueUrl, 'for the next')

    expect((await receive()).map(({ Body }) => Body)).toEqual(['for the next'])
  })

  it('shows a message before its visibility timeout on request', async () => {
    const { aws, sqs, QueueUrl, receive } = await queue()
    aws.queues.send(QueueUrl, 'x')
    const [message] = await receive()
    const ReceiptHandle = message?.ReceiptHandle
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))

    expect(await receive()).toHaveLength(1)
  })

  it('is created once, described, tagged, listed, purged and deleted', async () => {
    const { aws, sqs, QueueUrl } = await queue()
    const again = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs', tags: { team: 'a' } }))
    expect(again.QueueUrl).toBe(QueueUrl)
    await sqs.send(new TagQueueCommand({ QueueUrl, Tags: { env: 'dev' } }))
    expect((await sqs.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ team: 'a', env: 'dev' })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: '{}' } }))
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
    expect(Attributes).toMatchObject({ QueueArn: 'arn:aws:sqs:us-east-1:123456789012:jobs', Policy: '{}' })
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'jobs' }))).QueueUrl).toBe(QueueUrl)
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'jo' }))).QueueUrls).toEqual([QueueUrl])
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'x' }))).QueueUrls).toBeUndefined()
    aws.queues.send(QueueUrl, 'x')
    await sqs.send(new PurgeQueueCommand({ QueueUrl }))
    expect(aws.queues.messages(QueueUrl).visible).toBe(0)
    await sqs.send(new DeleteQueueCommand({ QueueUrl }))

    expect(await rejection(sqs.send(new ReceiveMessageCommand({ QueueUrl })))).toMatchObject({
      name: 'QueueDoesNotExist',
      $metadata: { httpStatusCode: 400 },
    })
  })
})

async function queue() {
  const clock = createFakeClock(1_700_000_000_000)
  const aws = await localAws({ clock })
  const sqs = new SQSClient({ ...aws.clientOptions, maxAttempts: 1 })
  onTestFinished(() => sqs.destroy())
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: 'jobs' }))
  const receive = async (options: object = {}) => {
    const requested = { QueueUrl, MessageSystemAttributeNames: ['All' as const], ...options }
    return (await sqs.send(new ReceiveMessageCommand(requested))).Messages ?? []
  }
  return { aws, clock, sqs, QueueUrl, receive }
}
