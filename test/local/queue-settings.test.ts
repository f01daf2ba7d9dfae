import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { queue } from '../support/queues.ts'
import { rejection } from '../support/rejection.ts'

describe('a queue', () => {
  it.each<[Partial<Record<QueueAttributeName, string>>, string]>([
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

  it('keeps its attributes, and is created again only with the same attributes', async () => {
    const { sqs, attributes, url } = await queue({ KmsMasterKeyId: 'alias/aws/sqs', DelaySeconds: '7' })
    expect(await attributes('KmsMasterKeyId', 'DelaySeconds', 'SqsManagedSseEnabled')).toEqual({
      KmsMasterKeyId: 'alias/aws/sqs',
      DelaySeconds: '7',
      SqsManagedSseEnabled: 'false',
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

  it.each(['a.fifo', 'a b', 'x'.repeat(81)])('cannot have the name %s', async (QueueName) => {
    const { sqs } = await queue()

    expect(await rejection(sqs.send(new CreateQueueCommand({ QueueName })))).toMatchObject({
      message: 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
    })
  })

  it.each([
    ['a', /^The name of a FIFO queue can only include .* must end with \.fifo suffix/],
    ['a.fifo', /does not support FIFO queues/],
  ])('cannot be a FIFO queue: %s', async (QueueName, message) => {
    const { sqs } = await queue()
    const create = new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true' } })

    expect(await rejection(sqs.send(create))).toMatchObject({ message: expect.stringMatching(message) })
  })

  it('is purged once a minute, untagged, and found only in its account', async () => {
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
    const ofOtherAccount = new GetQueueUrlCommand({ QueueName: 'jobs', QueueOwnerAWSAccountId: '210987654321' })
    expect(await rejection(sqs.send(ofOtherAccount))).toMatchObject({ name: 'QueueDoesNotExist' })
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
