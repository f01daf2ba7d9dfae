import { expect, it } from 'vitest'
import { eventShapes } from '../../src/local/event-shapes.ts'
import { keyShapes } from '../../src/local/key-shapes.ts'
import { queueShapes } from '../../src/local/queue-shapes.ts'
import type { Shape } from '../../src/local/shape.ts'
import { topicShapes } from '../../src/local/topic-shapes.ts'
import { localAws } from '../support/aws.ts'

const account = 'us-east-1:123456789012'

/** Valid members for all operations of a service, and for single operations. */
interface Given {
  readonly all: Readonly<Record<string, unknown>>
  readonly only?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const services: readonly [string, string, Readonly<Record<string, Shape>>, Given][] = [
  [
    'sqs',
    'AmazonSQS',
    queueShapes,
    {
      all: { QueueUrl: 'http://127.0.0.1/123456789012/q', QueueName: 'q', MessageBody: 'x', ReceiptHandle: 'x' },
      only: { SendMessageBatch: { Entries: [{ Id: 'a', MessageBody: 'x' }] } },
    },
  ],
  [
    'events',
    'AWSEvents',
    eventShapes,
    {
      all: {
        Rule: 'rule',
        EventPattern: '{"source":["shop"]}',
        Event: '{}',
        Ids: ['a'],
        TargetArn: `arn:aws:sqs:${account}:q`,
        ResourceARN: `arn:aws:events:${account}:event-bus/default`,
        TagKeys: ['a'],
        Tags: [],
        Targets: [{ Id: 'a', Arn: `arn:aws:sqs:${account}:q` }],
        Entries: [{ Source: 'shop', DetailType: 'sale', Detail: '{}' }],
        Name: 'rule',
      },
      only: {
        DescribeEventBus: { Name: 'default' },
        DeleteEventBus: { Name: 'default' },
        CreateEventBus: { Name: 'own' },
      },
    },
  ],
  [
    'kms',
    'TrentService',
    keyShapes,
    {
      all: {
        KeyId: 'alias/app',
        TagKeys: ['a'],
        Tags: [],
        Description: 'x',
        AliasName: 'alias/app',
        Plaintext: 'eA==',
        CiphertextBlob: 'eA==',
        DestinationKeyId: 'alias/app',
      },
      only: { GenerateRandom: { NumberOfBytes: 1 } },
    },
  ],
  [
    'sns',
    '',
    topicShapes,
    {
      all: {
        TopicArn: `arn:aws:sns:${account}:t`,
        Name: 't',
        SubscriptionArn: `arn:aws:sns:${account}:t:1`,
        Token: 'a'.repeat(200),
        ResourceArn: `arn:aws:sns:${account}:t`,
        Message: 'x',
      },
    },
  ],
]

const calls = services.flatMap(([prefix, target, shapes, { all, only = {} }]) => {
  return Object.entries(shapes).map(([operation, shape]) => {
    const known = Object.entries(all).filter(([member]) => Object.hasOwn(shape, member))
    return [`${prefix}:${operation}`, target, operation, only[operation] ?? {}, Object.fromEntries(known)] as const
  })
})

it.each(calls)('%s can be denied', async (action, target, operation, own, common) => {
  const aws = await localAws()
  aws.queues.create('q')
  aws.topics.create('t')
  const { keyId } = aws.keys.create({ alias: 'alias/app' })
  const input = {
    ...common,
    ...own,
    ...('KeyId' in common && { KeyId: keyId }),
    ...(/^(Create|Update)Alias$/.test(operation) && { TargetKeyId: keyId }),
  }
  if (operation === 'Decrypt' || operation === 'ReEncrypt') {
    const Plaintext = Buffer.from('x').toString('base64')
    const sealed = await send(aws.endpoint, target, 'Encrypt', { KeyId: 'alias/app', Plaintext })
    Object.assign(input, JSON.parse(sealed), { KeyId: undefined, EncryptionAlgorithm: undefined })
  }
  const denial = aws.policy.deny({ action, resource: '*' })
  expect(await send(aws.endpoint, target, operation, input)).toContain(`is not authorized to perform: ${action} on`)

  denial.remove()
  expect(await send(aws.endpoint, target, operation, input)).not.toContain('is not authorized to perform')
})

async function send(endpoint: string, target: string, operation: string, input: object): Promise<string> {
  const isForm = target === ''
  const form = new URLSearchParams({ Action: operation, ...input })
  const response = await fetch(endpoint, {
    method: 'POST',
    body: isForm ? form : JSON.stringify(input),
    headers: isForm
      ? { authorization: 'AWS4-HMAC-SHA256 Credential=x' }
      : { 'x-amz-target': `${target}.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
  })
  return response.text()
}
