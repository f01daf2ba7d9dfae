import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LocalAws } from '../../src/local/index.ts'
import { arbitraryJson, nest } from '../support/arbitrary-json.ts'
import { localAws } from '../support/aws.ts'
import { runs } from '../support/suite.ts'

// A call that works for each operation, to have some of its members replaced.
const queue = { QueueUrl: 'http://127.0.0.1/123456789012/q' }
const version = '10000000-0000-4000-8000-000000000000'
const resource = { ResourceType: 'Parameter', ResourceId: '/app/a' }
const rule = { Name: 'r', EventPattern: '{"source":["aws.ssm"]}' }
const calls: Readonly<Record<string, object>> = {
  'AmazonSSM.PutParameter': { Name: '/app/b', Value: 'x', Type: 'String', Tier: 'Advanced', Overwrite: true },
  'AmazonSSM.GetParameter': { Name: '/app/a:1', WithDecryption: true },
  'AmazonSSM.GetParameters': { Names: ['/app/a', '/aws/reference/secretsmanager/app'], WithDecryption: true },
  'AmazonSSM.GetParametersByPath': { Path: '/app', MaxResults: 5, NextToken: token('local', '/app/a', false) },
  'AmazonSSM.DescribeParameters': { ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: ['/app/a'] }] },
  'AmazonSSM.GetParameterHistory': { Name: '/app/a', MaxResults: 5 },
  'AmazonSSM.LabelParameterVersion': { Name: '/app/a', ParameterVersion: 1, Labels: ['live'] },
  'AmazonSSM.UnlabelParameterVersion': { Name: '/app/a', ParameterVersion: 1, Labels: ['live'] },
  'AmazonSSM.DeleteParameters': { Names: ['/app/none'] },
  'AmazonSSM.AddTagsToResource': { ...resource, Tags: [{ Key: 'a', Value: 'b' }] },
  'AmazonSSM.RemoveTagsFromResource': { ...resource, TagKeys: ['a'] },
  'AmazonSSM.ListTagsForResource': resource,
  'secretsmanager.CreateSecret': { Name: 'other', SecretString: 'x', ClientRequestToken: version },
  'secretsmanager.ListSecrets': { Filters: [{ Key: 'all', Values: ['app'] }], SortBy: 'name', SortOrder: 'desc' },
  'secretsmanager.ListSecretVersionIds': { SecretId: 'app', NextToken: token('local', version, false) },
  'secretsmanager.RotateSecret': { SecretId: 'app', ClientRequestToken: version, RotationRules: { Duration: '1h' } },
  'secretsmanager.GetRandomPassword': { PasswordLength: 8, ExcludeCharacters: 'abc' },
  'secretsmanager.TagResource': { SecretId: 'app', Tags: [{ Key: 'a', Value: 'b' }] },
  'secretsmanager.UntagResource': { SecretId: 'app', TagKeys: ['a'] },
  'secretsmanager.GetSecretValue': { SecretId: 'app', VersionStage: 'AWSCURRENT' },
  'secretsmanager.BatchGetSecretValue': { Filters: [{ Key: 'name', Values: ['a'] }], MaxResults: 5 },
  'secretsmanager.PutSecretValue': {
    SecretId: 'app',
    SecretString: 'x',
    ClientRequestToken: version,
    VersionStages: ['AWSCURRENT'],
  },
  'secretsmanager.UpdateSecret': { SecretId: 'app', SecretBinary: 'eA==', ClientRequestToken: version },
  'secretsmanager.DescribeSecret': { SecretId: 'app' },
  'secretsmanager.UpdateSecretVersionStage': { SecretId: 'app', VersionStage: 'x', MoveToVersionId: version },
  'secretsmanager.DeleteSecret': { SecretId: 'none', RecoveryWindowInDays: 7 },
  'secretsmanager.RestoreSecret': { SecretId: 'app' },
  'TrentService.CreateKey': {},
  'TrentService.CreateAlias': { AliasName: 'alias/x', TargetKeyId: 'alias/aws/ssm' },
  'TrentService.DescribeKey': { KeyId: 'alias/aws/ssm' },
  'TrentService.GenerateDataKey': { KeyId: 'alias/aws/ssm', KeySpec: 'AES_256', EncryptionContext: { a: 'b' } },
  'TrentService.Encrypt': { KeyId: 'alias/aws/ssm', Plaintext: 'eA==' },
  'TrentService.Decrypt': { CiphertextBlob: 'eA==', EncryptionContext: { a: 'b' } },
  'TrentService.ReEncrypt': { CiphertextBlob: 'eA==', DestinationKeyId: 'alias/aws/ssm', SourceEncryptionContext: {} },
  'TrentService.GenerateDataKeyWithoutPlaintext': { KeyId: 'alias/aws/ssm', NumberOfBytes: 16 },
  'TrentService.GenerateRandom': { NumberOfBytes: 16 },
  'TrentService.UpdateAlias': { AliasName: 'alias/x', TargetKeyId: version },
  'TrentService.ListAliases': { KeyId: 'alias/aws/ssm', Limit: 1, Marker: token('local', 'alias/a', false) },
  'TrentService.TagResource': { KeyId: 'alias/aws/ssm', Tags: [{ TagKey: 'a', TagValue: 'b' }] },
  'TrentService.UntagResource': { KeyId: 'alias/aws/ssm', TagKeys: ['a'] },
  'TrentService.ScheduleKeyDeletion': { KeyId: version, PendingWindowInDays: 7 },
  'AmazonSQS.SetQueueAttributes': {
    ...queue,
    Attributes: { RedrivePolicy: '{"deadLetterTargetArn":"x","maxReceiveCount":1}', DelaySeconds: '1' },
  },
  'AmazonSQS.ChangeMessageVisibilityBatch': {
    ...queue,
    Entries: [{ Id: '1', ReceiptHandle: 'x', VisibilityTimeout: 1 }],
  },
  'AmazonSQS.ListDeadLetterSourceQueues': { ...queue, MaxResults: 1, NextToken: token('local', 'a', false) },
  'AmazonSQS.UntagQueue': { ...queue, TagKeys: ['a'] },
  'AWSEvents.PutTargets': {
    Rule: 'r',
    Targets: [
      {
        Id: 'a',
        Arn: 'arn:aws:sqs:us-east-1:123456789012:q',
        InputTransformer: { InputPathsMap: { a: '$.detail' }, InputTemplate: '"<a>"' },
      },
    ],
  },
  'AWSEvents.TestEventPattern': {
    EventPattern: '{"a":[{"numeric":[">",1]}],"$or":[{"b":["x"]},{"b":[{"anything-but":{"wildcard":"x*"}}]}]}',
    Event: '{"a":[1,{"b":2}]}',
  },
  'AWSEvents.CreateEventBus': { Name: 'own', Description: 'x', Tags: [{ Key: 'a', Value: 'b' }] },
  'AWSEvents.TagResource': { ResourceARN: 'arn:aws:events:us-east-1:123456789012:rule/r', Tags: [] },
  'AmazonSQS.CreateQueue': { QueueName: 'p', Attributes: { VisibilityTimeout: '1' } },
  'AmazonSQS.GetQueueUrl': { QueueName: 'q' },
  'AmazonSQS.SendMessage': {
    ...queue,
    MessageBody: 'x',
    DelaySeconds: 1,
    MessageAttributes: { a: { DataType: 'Number', StringValue: '1' } },
  },
  'AmazonSQS.SendMessageBatch': { ...queue, Entries: [{ Id: '1', MessageBody: 'x' }] },
  'AmazonSQS.ReceiveMessage': { ...queue, MaxNumberOfMessages: 1, VisibilityTimeout: 0 },
  'AmazonSQS.DeleteMessage': { ...queue, ReceiptHandle: 'x' },
  'AmazonSQS.DeleteMessageBatch': { ...queue, Entries: [{ Id: '1', ReceiptHandle: 'x' }] },
  'AmazonSQS.ChangeMessageVisibility': { ...queue, ReceiptHandle: 'x', VisibilityTimeout: 1 },
  'AmazonSQS.GetQueueAttributes': { ...queue, AttributeNames: ['All'] },
  'AmazonSQS.TagQueue': { ...queue, Tags: { a: 'b' } },
  'AmazonSQS.ListQueueTags': queue,
  'AmazonSQS.ListQueues': { QueueNamePrefix: 'q', MaxResults: 5, NextToken: token('local', 'q', false) },
  'AWSEvents.PutRule': rule,
  'AWSEvents.ListRules': { NamePrefix: 'r' },
  'AWSEvents.RemoveTargets': { Rule: 'r', Ids: ['1'] },
  'AWSEvents.ListTargetsByRule': { Rule: 'r' },
  'AWSEvents.PutEvents': { Entries: [{ Source: 'shop', DetailType: 'x', Detail: '{"a":1}', Time: 1 }] },
}
const policies = [
  '[null]',
  '[1]',
  '[[]]',
  '[{"Type":"Expiration","Attributes":null}]',
  '[{"Type":{"toString":null}}]',
  '{}',
]
const tokens = [token('local', { toString: null }, 1), token('local', 1e9, {}), token(), '////']
const patterns = [
  '{"source":[{"prefix":{}}]}',
  '{"$or":[null]}',
  '{"source":[{}]}',
  '[',
  '{"a":{"toString":[{"exists":1}]}}',
]
const words = [
  '/app/a',
  '',
  'Recursive',
  'BeginsWith',
  '(',
  '[a-',
  'x'.repeat(3_000),
  ...policies,
  ...tokens,
  ...patterns,
]
const strange = arbitraryJson(['Name', 'Id', 'Key', 'Values', 'Arn', 'Detail', 'Type'], words).map(
  (json) => Object.values(json as object)[0],
)
const extra = fc.constantFrom(
  'Policies',
  'AllowedPattern',
  'NextToken',
  'KeyId',
  'DataType',
  'Description',
  'Filters',
  'ClientRequestToken',
  '__proto__',
)
const changed = fc
  .tuple(
    fc.constantFrom(...Object.entries(calls)),
    fc.array(fc.tuple(fc.nat(9), strange), { maxLength: 2 }),
    fc.option(fc.tuple(extra, strange)),
  )
  .map(([[target, input], changes, added]) => {
    const members = Object.entries(input)
    for (const [index, value] of changes) {
      const member = members[index % Math.max(1, members.length)]
      if (member !== undefined) member[1] = value
    }
    const all = added === null ? members : [...members, added]
    // Receiving waits for messages.
    if (target === 'AmazonSQS.ReceiveMessage') all.push(['WaitTimeSeconds', 0])
    return [target, Object.fromEntries(all)] as const
  })

/** An object in objects. */
function nestedText(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
}

function token(...place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

describe('the local AWS', () => {
  it('answers any input like AWS: with a result, or with an error of the caller', async () => {
    const aws = await localAws()
    aws.parameters.put({ name: '/app/a', value: 'x' })
    aws.secrets.create({ name: 'app', value: 'x' })
    aws.queues.create('q')
    await call(aws, { 'x-amz-target': 'AWSEvents.PutRule' }, JSON.stringify(rule))
    await fc.assert(
      fc.asyncProperty(changed, async ([target, input]) => {
        const { status, text } = await call(aws, { 'x-amz-target': target }, JSON.stringify(input))
        expect({ target, input, text: status === 500 ? text : '' }).toEqual({ target, input, text: '' })
      }),
      { numRuns: runs(400) },
    )
    expect(await works(aws)).toBe(true)
  })

  it.each<[string, object, string]>([
    ['AmazonSSM.PutParameter', { Policies: '[null]' }, 'InvalidPolicyTypeException'],
    ['AmazonSSM.PutParameter', { AllowedPattern: '(' }, 'InvalidAllowedPatternException'],
    ['AmazonSSM.GetParametersByPath', { NextToken: token('local', { toString: null }, 1) }, 'InvalidNextToken'],
    ['AmazonSSM.UnlabelParameterVersion', { ParameterVersion: { toString: null } }, 'SerializationException'],
    ['AmazonSQS.ReceiveMessage', { VisibilityTimeout: { toString: null } }, 'SerializationException'],
    ['AmazonSQS.ReceiveMessage', { WaitTimeSeconds: { toString: null } }, 'SerializationException'],
    ['AWSEvents.PutEvents', { Entries: [{ Source: 'a', DetailType: 'b', Detail: '[' }] }, 'MalformedDetail'],
    [
      'AWSEvents.PutEvents',
      { Entries: [{ Source: 'a', DetailType: 'b', Detail: nestedText(1_001) }] },
      'MalformedDetail',
    ],
    ['AWSEvents.PutEvents', { Entries: [{ Source: 'a', DetailType: 'b', Detail: nestedText(1_000) }] }, 'EventId'],
    ['AWSEvents.TestEventPattern', { Event: nestedText(200_000) }, 'Parameter Event is not valid'],
    ['AWSEvents.TestEventPattern', { EventPattern: nestedText(200_000) }, 'InvalidEventPatternException'],
    ['AmazonSQS.SetQueueAttributes', { Attributes: { RedrivePolicy: nestedText(200_000) } }, 'InvalidAttributeValue'],
  ])('names the fault of %s with %j: %s', async (target, members, code) => {
    const aws = await localAws()
    aws.parameters.put({ name: '/app/a', value: 'x' })
    const { url } = aws.queues.create('q')
    const input = { ...calls[target], ...(target.startsWith('AmazonSQS') && { QueueUrl: url }), ...members }
    expect((await call(aws, { 'x-amz-target': target }, JSON.stringify(input))).text).toContain(code)
  })

  it('answers malformed forms', async () => {
    const aws = await localAws()
    const { arn } = aws.topics.create('t')
    const name = fc.constantFrom(
      'Action',
      'TopicArn',
      'Name',
      'Protocol',
      'Endpoint',
      'Token',
      'Attributes.entry.1.key',
      'MessageAttributes.entry.1.Name',
      'MessageAttributes.entry.1.Value.DataType',
      'MessageAttributes.entry.1.Value.StringValue',
      'PublishBatchRequestEntries.member.1.Id',
      'PublishBatchRequestEntries.member.1.Message',
      'Tags.member.1.Key',
      'Tags.member',
      'Attributes.entry',
      'Attributes.entry.1.value',
      'SubscriptionArn',
      'AttributeName',
      'AttributeValue',
      'Message',
      'Subject',
      '__proto__',
    )
    const value = fc.oneof(
      fc.constantFrom(
        'CreateTopic',
        'Subscribe',
        'Publish',
        'ConfirmSubscription',
        'SetTopicAttributes',
        'constructor',
      ),
      fc.constantFrom('ListSubscriptionsByTopic', 'GetSubscriptionAttributes', arn, 'sqs', '__proto__', '%', '<&"'),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value)), async (entries) => {
        const { status, text } = await call(aws, {}, new URLSearchParams(entries).toString())
        expect({ status, text: status === 500 ? text : '' }).not.toMatchObject({ status: 500 })
      }),
      { numRuns: runs(300) },
    )
    expect(await works(aws)).toBe(true)
  })

  it.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['half a document', '{"Name":'],
    ['more than it takes', ' '.repeat(2_000_000)],
    ['nested a hundred thousand levels deep', nest(100_000, ['{"Name":', '}'], '1')],
  ])('refuses a body that is %s', async (_, body) => {
    const aws = await localAws()
    const { status } = await call(aws, { 'x-amz-target': 'AmazonSSM.GetParameter' }, body)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(await works(aws)).toBe(true)
  })

  it.each([
    'AmazonSSM.constructor',
    'constructor.x',
    '__proto__.toString',
    'AmazonSSM',
    '.',
    'AmazonSSM.GetParameter.x',
  ])('refuses the operation %s', async (target) => {
    const aws = await localAws()
    expect((await call(aws, { 'x-amz-target': target }, '{}')).status).toBe(400)
    expect(await works(aws)).toBe(true)
  })

  it('survives callers that send random bytes and disconnect', async () => {
    const aws = await localAws()
    const post = 'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AmazonSSM.GetParameter\r\n'
    const sent = [
      'hello\r\n\r\n',
      `${post}content-length: 100\r\n\r\n{"Name"`,
      `${post}content-length: -1\r\n\r\n{}`,
      `${post}transfer-encoding: chunked\r\n\r\nZZ\r\n{}`,
      `${post}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
      `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`,
      'POST /\u0000 HTTP/1.1\r\n\r\n',
    ]
    for (const bytes of sent) await sendAndHangUp(aws, bytes)
    expect(await works(aws)).toBe(true)
  })
})

async function call({ endpoint }: LocalAws, headers: Readonly<Record<string, string>>, body: string) {
  const response = await fetch(endpoint, { method: 'POST', headers, body })
  return { status: response.status, text: await response.text() }
}

async function works(aws: LocalAws): Promise<boolean> {
  aws.parameters.put({ name: '/still/there', value: 'x' })
  const { text } = await call(aws, { 'x-amz-target': 'AmazonSSM.GetParameter' }, '{"Name":"/still/there"}')
  return text.includes('/still/there')
}

function sendAndHangUp({ endpoint }: LocalAws, bytes: string): Promise<void> {
  const { hostname, port } = new URL(endpoint)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes, () => socket.end()))
    socket.on('error', () => undefined)
    socket.once('data', () => socket.destroy())
    socket.once('close', () => resolve())
  })
}
