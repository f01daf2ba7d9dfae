import { randomUUID } from 'node:crypto'
import { describe, it } from 'vitest'
import { lambdaNotifications } from '../../src/lambda/lambda-changes.ts'
import type { LocalAws } from '../../src/local/index.ts'
import { snsNotifications, sqsNotifications } from '../../src/sqs/index.ts'
import { type NotificationsUnderTest, notificationSourceContract } from '../../src/testing/index.ts'
import { webhookNotifications } from '../../src/webhook/index.ts'
import { at, localAws } from '../support/aws.ts'
import { Bus, busNotifications } from '../support/bus.ts'
import { key, post, type Sent, serve, serveSns, signed, topicArn } from '../support/webhook.ts'

const routes: Readonly<Record<string, () => Promise<NotificationsUnderTest>>> = {
  async sqsNotifications() {
    const aws = await localAws()
    const { url } = aws.queues.create('changes')
    return {
      source: sqsNotifications({ queueUrl: url, ...at(aws) }),
      send: (message) => aws.queues.send(url, message),
      outage: () => outageOf(aws),
    }
  },
  async snsNotifications() {
    const aws = await localAws()
    const topic = aws.topics.create('changes')
    return {
      source: snsNotifications({ topicArn: topic.arn, ...at(aws) }),
      send: (message) => aws.topics.publish(topic.arn, message),
      outage: () => outageOf(aws),
    }
  },
  async 'webhookNotifications, through SNS'() {
    const source = webhookNotifications({ topicArns: topicArn, endpoint: (await serveSns()).endpoint })
    const url = await serve(source.handler)
    return { source, send: (Message) => deliver(url, { body: signed({ Message, MessageId: randomUUID() }) }) }
  },
  async 'webhookNotifications, through an API destination'() {
    const source = webhookNotifications({ apiKey: { value: key } })
    const url = await serve(source.handler)
    const headers = { 'content-type': 'application/json', 'x-api-key': key }
    return { source, send: (body) => deliver(url, { body, headers }) }
  },
  async 'lambdaNotifications, through EventBridge'() {
    const source = lambdaNotifications()
    return { source, send: (message) => source.handler(eventIn(message)) }
  },
  async 'lambdaNotifications, through SQS'() {
    const source = lambdaNotifications()
    const recordOf = (body: string) => ({ eventSource: 'aws:sqs', messageId: randomUUID(), body })
    return { source, send: (message) => source.handler({ Records: [recordOf(message)] }) }
  },
  async 'lambdaNotifications, through SNS'() {
    const source = lambdaNotifications()
    const recordOf = (Message: string) => ({ EventSource: 'aws:sns', Sns: { Message } })
    return { source, send: (message) => source.handler({ Records: [recordOf(message)] }) }
  },
  async 'a source of one’s own'() {
    const bus = new Bus()
    return { source: busNotifications(bus), send: (message) => bus.publish(message), outage: () => bus.fail() }
  },
}

describe.each(Object.entries(routes))('%s', (_, setUp) => {
  for (const { name, run } of notificationSourceContract) it(name, () => run(setUp))
})

function outageOf(aws: LocalAws): Disposable {
  const action = ['sqs:ReceiveMessage', 'sqs:DeleteMessageBatch', 'sqs:CreateQueue']
  const fault = aws.faults.add({ kind: 'error', status: 500, name: 'InternalFailure', message: '', action })
  return { [Symbol.dispose]: () => fault.remove() }
}

async function deliver(url: string, sent: Sent): Promise<void> {
  const status = await post(url, sent)
  if (status !== 200) throw new Error(`it was refused with ${status}`)
}

// EventBridge always sends an object.
function eventIn(message: string): object {
  const event: unknown = JSON.parse(message)
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new TypeError('this is no event')
  return event
}
