import { choice, list, mapMember, record, required, type Shape, textList, textMapMember, textMember } from './shape.ts'

// The service model of AWS: https://github.com/boto/botocore/blob/develop/botocore/data/sns/2010-03-31
// SNS has its own errors for most missing and invalid members, so the operations check these.

const text = textMember()
const attributes = mapMember(record({ DataType: required(text), StringValue: text, BinaryValue: text }))
const tags = list({ Key: required(textMember({ min: 1, max: 128 })), Value: required(textMember({ max: 256 })) })
const topic: Shape = { TopicArn: text }
const subscription: Shape = { SubscriptionArn: text }
const page: Shape = { NextToken: text }
const message: Shape = {
  Message: textMember({ isSecret: true }),
  Subject: text,
  MessageStructure: text,
  MessageAttributes: attributes,
  MessageGroupId: text,
  MessageDeduplicationId: text,
}

/** The request members of each SNS operation. */
export const topicShapes: Readonly<Record<string, Shape>> = {
  CreateTopic: { Name: text, Attributes: textMapMember(), Tags: tags },
  DeleteTopic: topic,
  ListTopics: page,
  GetTopicAttributes: topic,
  SetTopicAttributes: { ...topic, AttributeName: text, AttributeValue: text },
  Subscribe: {
    ...topic,
    Protocol: text,
    Endpoint: text,
    Attributes: textMapMember(),
    ReturnSubscriptionArn: choice('true', 'false'),
  },
  // The local AWS does not authenticate callers.
  ConfirmSubscription: { ...topic, Token: text, AuthenticateOnUnsubscribe: choice('false') },
  Unsubscribe: subscription,
  ListSubscriptions: page,
  ListSubscriptionsByTopic: { ...topic, ...page },
  GetSubscriptionAttributes: subscription,
  SetSubscriptionAttributes: { ...subscription, AttributeName: text, AttributeValue: text },
  Publish: { ...topic, TargetArn: text, ...message },
  PublishBatch: { ...topic, PublishBatchRequestEntries: list({ Id: text, ...message }) },
  TagResource: { ResourceArn: text, Tags: tags },
  UntagResource: { ResourceArn: text, TagKeys: textList({}) },
  ListTagsForResource: { ResourceArn: text },
}
