import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { onTestFinished } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws } from './aws.ts'

/** Creates a queue of a local AWS, with a fake clock. */
export async function queue(
  Attributes: Partial<Record<QueueAttributeName, string>> = {},
  tags: Record<string, string> = {},
) {
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
