import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { SetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns'
import { type Message, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { Consumer } from 'sqs-consumer'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { signingCertificate, signingKey } from '../../src/local/signing-key.ts'
import { localAws } from '../support/aws.ts'
import { describeWithAwsCli, describeWithBoto3 } from '../support/python.ts'
import { runNode } from '../support/run-process.ts'
import { isWholeSuite } from '../support/suite.ts'

describe('sqs-consumer', () => {
  it('handles messages with attributes, and moves failed messages to the dead-letter queue', async () => {
    const aws = await localAws()
    const sqs = new SQSClient(aws.clientOptions)
    onTestFinished(() => sqs.destroy())
    const [jobs, dead] = [aws.queues.create('jobs'), aws.queues.create('dead')]
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 })
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: jobs.url, Attributes: { RedrivePolicy } }))
    const topic = aws.topics.create('changes')
    aws.topics.subscribeQueue(topic.arn, jobs.arn, { isRaw: true })
    const handled: string[] = []
    const consumer = Consumer.create({
      queueUrl: jobs.url,
      sqs,
      waitTimeSeconds: 1,
      terminateVisibilityTimeout: true,
      messageSystemAttributeNames: ['ApproximateReceiveCount'],
      handleMessage: async (message: Message) => {
        if (message.Body === 'bad') throw new Error('refused')
        handled.push(`${message.Body} ${message.Attributes?.ApproximateReceiveCount}`)
        return message
      },
    })
    consumer.on('error', () => undefined)
    consumer.on('processing_error', () => undefined)
    consumer.start()
    onTestFinished(() => consumer.stop({ abort: true }))
    aws.topics.publish(topic.arn, 'good')
    aws.queues.send(jobs.url, 'bad')

    await expect.poll(() => aws.queues.messages(dead.url).visible, { timeout: 10_000 }).toBe(1)
    expect(handled).toEqual(['good 1'])
    expect(aws.queues.take(dead.url)).toEqual(['bad'])
    expect(aws.queues.messages(jobs.url)).toEqual({ visible: 0, inFlight: 0 })
  })
})

describe('sns-validator', () => {
  it('verifies both signature versions of messages, and a confirmation', async () => {
    const aws = await localAws()
    const sns = new SNSClient(aws.clientOptions)
    onTestFinished(() => sns.destroy())
    const { arn: TopicArn } = aws.topics.create('changes')
    const inbox = aws.queues.create('inbox')
    aws.topics.subscribeQueue(TopicArn, inbox.arn)
    for (const AttributeValue of ['1', '2']) {
      await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'SignatureVersion', AttributeValue }))
      aws.topics.publish(TopicArn, 'Größe <&> "quoted"')
      aws.topics.publish(TopicArn, '{"a":1}', 'news')
    }
    const confirmation = await confirmationOf(sns, TopicArn)
    const messages = aws.queues.take(inbox.url)
    const forged = JSON.stringify({ ...JSON.parse(messages[0] ?? ''), Message: 'forged' })
    const port = await certificateServer(aws.topics.certificate)
    const { output, errors } = await runNode([
      'test/support/validate-sns.mjs',
      String(port),
      ...messages,
      confirmation,
      forged,
    ])

    expect(errors).toBe('')
    expect(output.trim().split('\n')).toEqual([
      'valid Notification',
      'valid Notification',
      'valid Notification',
      'valid Notification',
      'valid SubscriptionConfirmation',
      'The message signature is invalid.',
    ])
  })
})

describeWithAwsCli((run) => {
  const cli = async (aws: LocalAws, ...args: readonly string[]) => {
    // Version 1 of the AWS CLI ignores AWS_ENDPOINT_URL for SQS.
    const options = ['--endpoint-url', aws.endpoint, '--output', 'json']
    const { code, output, errors } = await run([...args, ...options], aws.environment)
    if (code !== 0) throw new Error(errors.trim())
    return output === '' ? undefined : JSON.parse(output)
  }

  it.runIf(isWholeSuite)('filters messages of a topic to a queue with attributes', async () => {
    const aws = await localAws()
    const { QueueUrl } = await cli(aws, 'sqs', 'create-queue', '--queue-name', 'q', '--attributes', 'DelaySeconds=0')
    const { TopicArn } = await cli(aws, 'sns', 'create-topic', '--name', 't', '--tags', 'Key=team,Value=shop')
    const FilterPolicy = JSON.stringify({ shop: [{ 'anything-but': { prefix: 's' } }] })
    const attributes = JSON.stringify({ FilterPolicy, RawMessageDelivery: 'true' })
    const endpoint = 'arn:aws:sqs:us-east-1:123456789012:q'
    const subscribe = ['--topic-arn', TopicArn, '--protocol', 'sqs', '--notification-endpoint', endpoint]
    await cli(aws, 'sns', 'subscribe', ...subscribe, '--attributes', attributes)
    const publish = (shop: string) => {
      const attribute = JSON.stringify({ shop: { DataType: 'String', StringValue: shop } })
      return cli(aws, 'sns', 'publish', '--topic-arn', TopicArn, '--message', shop, '--message-attributes', attribute)
    }
    await Promise.all([publish('north'), publish('south')])
    const names = ['--message-attribute-names', 'All', '--attribute-names', 'All', '--max-number-of-messages', '10']
    const [received, tags] = await Promise.all([
      cli(aws, 'sqs', 'receive-message', '--queue-url', QueueUrl, ...names),
      cli(aws, 'sns', 'list-tags-for-resource', '--resource-arn', TopicArn),
    ])

    expect(received.Messages).toMatchObject([
      {
        Body: 'north',
        MessageAttributes: { shop: { DataType: 'String', StringValue: 'north' } },
        Attributes: { ApproximateReceiveCount: '1' },
      },
    ])
    expect(tags).toEqual({ Tags: [{ Key: 'team', Value: 'shop' }] })
  })

  it.runIf(isWholeSuite)('routes events by a pattern, through a template', async () => {
    const aws = await localAws()
    const { arn, url } = aws.queues.create('q')
    const pattern = JSON.stringify({ detail: { size: [{ numeric: ['>', 5] }] } })
    await cli(aws, 'events', 'put-rule', '--name', 'rule', '--event-pattern', pattern)
    const InputTransformer = { InputPathsMap: { size: '$.detail.size' }, InputTemplate: '{"size": <size>}' }
    const targets = JSON.stringify([{ Id: 'q', Arn: arn, InputTransformer }])
    await cli(aws, 'events', 'put-targets', '--rule', 'rule', '--targets', targets)
    const entries = [5, 6].map((size) => ({ Source: 'shop', DetailType: 'sale', Detail: JSON.stringify({ size }) }))
    await cli(aws, 'events', 'put-events', '--entries', JSON.stringify(entries))

    expect(aws.queues.take(url)).toEqual(['{"size": 6}'])
    const rate = cli(aws, 'events', 'put-rule', '--name', 'rate', '--schedule-expression', 'rate(5 minutes)')
    await expect(rate).rejects.toThrow('The local AWS does not support the member ScheduleExpression of events:PutRule')
  })

  it('creates keys and aliases, and schedules the deletion of keys', async () => {
    const aws = await localAws()
    const { KeyMetadata } = await cli(aws, 'kms', 'create-key', '--description', 'orders')
    const keyId: string = KeyMetadata.KeyId
    await cli(aws, 'kms', 'create-alias', '--alias-name', 'alias/app', '--target-key-id', keyId)
    const size = ['--number-of-bytes', '16']
    const [aliases, made] = await Promise.all([
      cli(aws, 'kms', 'list-aliases', '--key-id', keyId),
      cli(aws, 'kms', 'generate-data-key-without-plaintext', '--key-id', 'alias/app', ...size),
    ])
    expect(aliases).toMatchObject({ Aliases: [{ AliasName: 'alias/app' }] })
    expect(made).toMatchObject({ KeyId: KeyMetadata.Arn })
    const days = ['--pending-window-in-days', '7']
    expect(await cli(aws, 'kms', 'schedule-key-deletion', '--key-id', keyId, ...days)).toMatchObject({
      KeyState: 'PendingDeletion',
    })
    const mac = cli(aws, 'kms', 'create-key', '--key-spec', 'HMAC_256', '--key-usage', 'GENERATE_VERIFY_MAC')
    await expect(mac).rejects.toThrow('supports only ENCRYPT_DECRYPT for the member keyUsage of kms:CreateKey')
  })
})

// boto3 verifies the MD5 of received bodies and attributes.
const program = `
import json, boto3
sqs, sns, kms, events = (boto3.client(name) for name in ('sqs', 'sns', 'kms', 'events'))
url = sqs.create_queue(QueueName='q')['QueueUrl']
attribute = {'DataType': 'Binary', 'BinaryValue': b'\\x00\\xff'}
sqs.send_message(QueueUrl=url, MessageBody='one', MessageAttributes={'a': attribute})
batch = sqs.send_message_batch(QueueUrl=url, Entries=[
    {'Id': 'a', 'MessageBody': 'two'}, {'Id': 'b', 'MessageBody': 'late', 'DelaySeconds': 901}])
received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=['All'])['Messages']
try:
    sqs.get_queue_url(QueueName='none')
except sqs.exceptions.QueueDoesNotExist as error:
    refusal = error.response['Error']
topic = sns.create_topic(Name='t')['TopicArn']
published = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[
    {'Id': '1', 'Message': 'x', 'MessageAttributes': {'n': {'DataType': 'Number', 'StringValue': '1'}}},
    {'Id': '2', 'Message': 'x'}])
key = kms.create_key(Tags=[{'TagKey': 'a', 'TagValue': 'b'}])['KeyMetadata']['KeyId']
sealed = kms.encrypt(KeyId=key, Plaintext=b'text', EncryptionContext={'a': 'b'})['CiphertextBlob']
event = {'a': 'xyz', **{name: 'x' for name in ('id', 'account', 'source', 'time', 'region', 'detail-type')}}
print(json.dumps({
    'bodies': [message['Body'] for message in received],
    'bytes': list(received[0]['MessageAttributes']['a']['BinaryValue']),
    'failed': batch['Failed'],
    'refusal': {name: refusal[name] for name in ('Code', 'Message')},
    'published': [[entry['Id'] for entry in published[kind]] for kind in ('Successful', 'Failed')],
    'opened': kms.decrypt(CiphertextBlob=sealed, EncryptionContext={'a': 'b'})['Plaintext'].decode(),
    'matches': events.test_event_pattern(EventPattern='{"a":[{"wildcard":"x*"}]}', Event=json.dumps(event))['Result'],
}))
`

describeWithBoto3((run) => {
  it('sends, receives, publishes, encrypts and tests patterns', async () => {
    const aws = await localAws()
    const result = await run(['-c', program], aws.environment)

    expect(result.errors).toBe('')
    expect(JSON.parse(result.output)).toEqual({
      bodies: ['one', 'two'],
      bytes: [0, 255],
      failed: [
        {
          Id: 'b',
          SenderFault: true,
          Code: 'InvalidParameterValue',
          Message: 'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
        },
      ],
      refusal: {
        Code: 'AWS.SimpleQueueService.NonExistentQueue',
        Message: 'The specified queue does not exist.',
      },
      published: [['1', '2'], []],
      opened: 'text',
      matches: true,
    })
  })
})

/** Subscribes an HTTP endpoint. @returns The confirmation message. */
async function confirmationOf(sns: SNSClient, TopicArn: string): Promise<string> {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    bodies.push(body)
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint: `http://127.0.0.1:${portOf(server)}/` }))
  await expect.poll(() => bodies.length).toBe(1)
  return bodies[0] ?? ''
}

async function certificateServer(certificate: string): Promise<number> {
  const server = createHttpsServer({ key: signingKey, cert: signingCertificate }, (_, response) => {
    response.end(certificate)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return portOf(server)
}

function portOf(server: { address(): unknown }): number {
  const address = server.address()
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0
}
