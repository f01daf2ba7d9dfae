import { ListDeadLetterSourceQueuesCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { queue } from '../support/queues.ts'
import { rejection } from '../support/rejection.ts'

const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue })

describe('a dead-letter queue', () => {
  it('receives messages over maxReceiveCount, with their attributes and counts', async () => {
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

  it('ends the long poll of a consumer when a dead letter arrives', async () => {
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

async function redriveTo(sqs: SQSClient, QueueUrl: string, deadLetterTargetArn: string, maxReceiveCount: string) {
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount })
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }))
}
