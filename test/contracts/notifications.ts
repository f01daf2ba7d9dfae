import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { CreateTopicCommand, ListSubscriptionsByTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import {
  DeleteParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import { loadConfig, parameter } from '../../src/index.ts'
import type { NotificationSource } from '../../src/source/index.ts'
import { snsNotifications, sqsNotifications } from '../../src/sqs/index.ts'
import type { AwsUnderTest } from './workbench.ts'

/** The sender of events: the implementation itself, or the test if the implementation sends none. */
export type Teller = 'itself' | 'by hand'

type Operation = 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion'

const region = 'us-east-1'
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const pattern = JSON.stringify({ source: ['aws.ssm'] })

/** The contract of queues, topics and rules, with configs that use them. */
export function describeNotifications(start: () => Promise<AwsUnderTest>, teller: Teller): void {
  describe('notifications', () => {
    let running: AwsUnderTest | undefined
    let count = 0

    beforeAll(async () => {
      running = await start()
    })
    afterAll(() => running?.close())

    it('publishes a change when its event arrives in a queue', async () => {
      const aws = account()
      const { queueUrl } = await aws.routedQueue()
      const config = await aws.load(sqsNotifications({ queueUrl, ...aws.place }))
      await aws.put('a', 'y')
      await expect.poll(() => config.current.a).toBe('y')
      await aws.label('labelled', 'live')
      await expect.poll(() => config.current.labelled).toBe('second')
      await aws.remove('maybe')
      await expect.poll(() => config.current.maybe).toBeUndefined()

      expect(config.status()).toMatchObject({
        missedNotifications: 0,
        notifications: { sources: [{ isHealthy: true }] },
      })
      await expect.poll(() => aws.messagesIn(queueUrl)).toBe(0)
    })

    it('clears a queue of unknown messages', async () => {
      const aws = account()
      const { queueUrl } = await aws.routedQueue()
      const config = await aws.load(sqsNotifications({ queueUrl, ...aws.place }))
      for (const MessageBody of ['hello', '{"source":"shop"}']) {
        await aws.sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }))
      }
      await expect.poll(() => config.status().notifications.ignored).toBe(2)

      await expect.poll(() => aws.messagesIn(queueUrl)).toBe(0)
    })

    it('notifies every instance behind a topic, through queues that are deleted with them', async () => {
      const aws = account()
      const topicArn = await aws.topic()
      const notifications = snsNotifications({ topicArn, ...aws.place })
      const fleet = [await aws.load(notifications), await aws.load(notifications)]
      for (const config of fleet) {
        await expect.poll(() => config.status().notifications.sources[0]?.isHealthy).toBe(true)
      }
      expect(await aws.ownQueues(topicArn)).toEqual({ queues: 2, subscriptions: 2 })
      await aws.put('a', 'z')
      for (const config of fleet) await expect.poll(() => config.current.a).toBe('z')
      for (const config of fleet) await config.close()

      expect(await aws.ownQueues(topicArn)).toEqual({ queues: 0, subscriptions: 0 })
    })

    it('reports a queue that does not exist', async () => {
      const aws = account()
      const { queueUrl } = await aws.routedQueue()
      await aws.sqs.send(new DeleteQueueCommand({ QueueUrl: queueUrl }))
      const config = await aws.load(sqsNotifications({ queueUrl, ...aws.place }))

      const source = () => config.status().notifications.sources[0]
      await expect.poll(() => source()?.failure?.detail).toMatch(/queue/i)
      expect(source()?.isHealthy).toBe(false)
    })

    // All tests share one account: each has its own names.
    function account() {
      if (running === undefined) throw new Error('nothing is running')
      const id = `n${count++}`
      const place = { endpoint: running.endpoint, region }
      const options = { ...place, credentials }
      const clients = {
        ssm: new SSMClient(options),
        sqs: new SQSClient(options),
        sns: new SNSClient(options),
        events: new EventBridgeClient(options),
      }
      onTestFinished(() => {
        for (const client of Object.values(clients)) client.destroy()
      })
      return makeAccount(id, place, clients, teller)
    }
  })
}

interface Clients {
  readonly ssm: SSMClient
  readonly sqs: SQSClient
  readonly sns: SNSClient
  readonly events: EventBridgeClient
}

function makeAccount(id: string, place: { endpoint: string; region: string }, clients: Clients, teller: Teller) {
  const { ssm, sqs, sns, events } = clients
  const path = `/${id}`
  let topicToTell: string | undefined
  const arnOf = async (QueueUrl: string) => {
    const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
    return answer.Attributes?.QueueArn ?? ''
  }
  const tell = async (name: string, operation: Operation, more: object = {}) => {
    if (teller === 'itself') return
    const detail = { name: `${path}/${name}`, type: 'String', operation, ...more }
    const entry = { Source: 'aws.ssm', DetailType: 'Parameter Store Change', Detail: JSON.stringify(detail) }
    if (topicToTell === undefined) await events.send(new PutEventsCommand({ Entries: [entry] }))
    else {
      const event = { id: name, source: 'aws.ssm', 'detail-type': 'Parameter Store Change', detail }
      await sns.send(new PublishCommand({ TopicArn: topicToTell, Message: JSON.stringify(event) }))
    }
  }
  const route = async (Arn: string) => {
    await events.send(new PutRuleCommand({ Name: id, EventPattern: pattern }))
    await events.send(new PutTargetsCommand({ Rule: id, Targets: [{ Id: 'target', Arn }] }))
  }
  const store = async (name: string, Value: string) => {
    await ssm.send(new PutParameterCommand({ Name: `${path}/${name}`, Value, Type: 'String', Overwrite: true }))
  }
  return {
    sqs,
    place,
    async load(notifications: NotificationSource) {
      await store('a', 'x')
      await store('maybe', 'm')
      await store('labelled', 'first')
      await ssm.send(new LabelParameterVersionCommand({ Name: `${path}/labelled`, Labels: ['live'] }))
      const labelled = parameter('labelled:live', z.string())
      const schema = z.object({ a: z.string(), maybe: z.string().optional(), labelled })
      const config = await loadConfig({ schema, path, notifications, poll: false, ...place })
      onTestFinished(() => config.close())
      return config
    },
    async put(name: string, value: string) {
      await store(name, value)
      await tell(name, 'Update')
    },
    async label(name: string, label: string) {
      await store(name, 'second')
      await ssm.send(new LabelParameterVersionCommand({ Name: `${path}/${name}`, Labels: [label] }))
      await tell(name, 'LabelParameterVersion', { label, toVersion: '2' })
    },
    async remove(name: string) {
      await ssm.send(new DeleteParameterCommand({ Name: `${path}/${name}` }))
      await tell(name, 'Delete')
    },
    async routedQueue() {
      const { QueueUrl: queueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${id}-changes` }))
      await route(await arnOf(queueUrl))
      return { queueUrl }
    },
    async topic() {
      const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: `${id}-changes` }))
      // Some implementations have no rules that send to a topic.
      if (teller === 'by hand') topicToTell = TopicArn
      else await route(TopicArn)
      return TopicArn
    },
    async messagesIn(QueueUrl: string) {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      return Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
    },
    async ownQueues(TopicArn: string) {
      const listed = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: `liveparam-${id}-changes-` }))
      const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))
      return { queues: listed.QueueUrls?.length ?? 0, subscriptions: Subscriptions?.length ?? 0 }
    },
  }
}
