import { list, mapMember, numberMember, record, type Shape, textList, textMapMember, textMember } from './shape.ts'

// The service model of AWS: https://github.com/boto/botocore/blob/develop/botocore/data/sqs/2012-11-05
// SQS has its own errors for missing members and bounds, so the operations check these.

const text = textMember()
const queue: Shape = { QueueUrl: text }
const attributes = mapMember(record({ DataType: text, StringValue: text, BinaryValue: text }))
const message: Shape = {
  MessageBody: textMember({ isSecret: true }),
  DelaySeconds: numberMember(),
  MessageAttributes: attributes,
  MessageSystemAttributes: attributes,
  MessageGroupId: text,
  MessageDeduplicationId: text,
}
const visibility: Shape = { ReceiptHandle: text, VisibilityTimeout: numberMember() }
const page: Shape = { NextToken: text, MaxResults: numberMember() }

/** The request members of each SQS operation. */
export const queueShapes: Readonly<Record<string, Shape>> = {
  CreateQueue: { QueueName: text, Attributes: textMapMember(), tags: textMapMember() },
  GetQueueUrl: { QueueName: text, QueueOwnerAWSAccountId: text },
  SendMessage: { ...queue, ...message },
  SendMessageBatch: { ...queue, Entries: list({ Id: text, ...message }) },
  ReceiveMessage: {
    ...queue,
    AttributeNames: textList({}),
    MessageSystemAttributeNames: textList({}),
    MessageAttributeNames: textList({}),
    MaxNumberOfMessages: numberMember(),
    VisibilityTimeout: numberMember(),
    WaitTimeSeconds: numberMember(),
  },
  DeleteMessage: { ...queue, ReceiptHandle: text },
  DeleteMessageBatch: { ...queue, Entries: list({ Id: text, ReceiptHandle: text }) },
  ChangeMessageVisibility: { ...queue, ...visibility },
  ChangeMessageVisibilityBatch: { ...queue, Entries: list({ Id: text, ...visibility }) },
  GetQueueAttributes: { ...queue, AttributeNames: textList({}) },
  SetQueueAttributes: { ...queue, Attributes: textMapMember() },
  TagQueue: { ...queue, Tags: textMapMember() },
  UntagQueue: { ...queue, TagKeys: textList({}) },
  ListQueueTags: queue,
  ListQueues: { QueueNamePrefix: text, ...page },
  ListDeadLetterSourceQueues: { ...queue, ...page },
  PurgeQueue: queue,
  DeleteQueue: queue,
}
