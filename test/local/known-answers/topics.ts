import { account, fails, type Step, type Story, text } from './story.ts'

export const topicArn = `arn:aws:sns:us-east-1:${account}:changes`
export const Endpoint = `arn:aws:sqs:us-east-1:${account}:inbox`
const TopicArn = topicArn
const otherArn = `${topicArn}-none`
const elsewhere = topicArn.replace('us-east-1', 'eu-west-1')
const SubscriptionArn = '{{SubscriptionArn:last}}'

export const topic: Step = ['sns:CreateTopic', { Name: 'changes' }, { TopicArn }]
export const invalid = (message: string): object => fails('InvalidParameter', `Invalid parameter: ${message}`)
const unparsed = (name: string, fault: string, column: number): object =>
  invalid(
    `${name}: failed to parse JSON. ${fault}\n at [Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: 1, column: ${column}]`,
  )
const noTopic = fails('NotFound', 'Topic does not exist', 404)
const noSubscription = fails('NotFound', 'Subscription does not exist', 404)
const elements = (member: string, count: number): object =>
  invalid(`${member} Reason: An ARN must have at least 6 elements, not ${count}`)

export const create = (given: object, answer: object = { TopicArn }): Step => [
  'sns:CreateTopic',
  { Name: 'changes', ...given },
  answer,
]
export const subscribe = (Attributes: object, answer: object = { SubscriptionArn: text }): Step => [
  'sns:Subscribe',
  { TopicArn, Protocol: 'sqs', Endpoint, Attributes },
  answer,
]
/** A topic with a queue subscribed to it. */
export const subscribed = (Attributes: object = {}): readonly Step[] => [
  topic,
  ['sqs:CreateQueue', { QueueName: 'inbox' }],
  subscribe(Attributes),
]
export const set = (AttributeName: string, AttributeValue: string, answer: object = {}): Step => [
  'sns:SetSubscriptionAttributes',
  { SubscriptionArn, AttributeName, AttributeValue },
  answer,
]
export const shows = (more: object = {}): Step => [
  'sns:GetSubscriptionAttributes',
  { SubscriptionArn },
  {
    Attributes: {
      ConfirmationWasAuthenticated: 'true',
      Endpoint,
      Owner: account,
      PendingConfirmation: 'false',
      Protocol: 'sqs',
      RawMessageDelivery: 'false',
      SubscriptionArn: text,
      SubscriptionPrincipal: text,
      TopicArn,
      ...more,
    },
  },
]
const raw = { RawMessageDelivery: 'true' }
const getTopic = (more: object = {}): Step => [
  'sns:GetTopicAttributes',
  { TopicArn },
  {
    Attributes: {
      DisplayName: '',
      EffectiveDeliveryPolicy: {
        http: {
          defaultHealthyRetryPolicy: {
            minDelayTarget: 20,
            maxDelayTarget: 20,
            numRetries: 3,
            numMaxDelayRetries: 0,
            numNoDelayRetries: 0,
            numMinDelayRetries: 0,
            backoffFunction: 'linear',
          },
          disableSubscriptionOverrides: false,
          defaultRequestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
        },
      },
      Owner: account,
      Policy: {
        Version: '2008-10-17',
        Id: '__default_policy_ID',
        Statement: [
          {
            Sid: '__default_statement_ID',
            Effect: 'Allow',
            Principal: { AWS: '*' },
            Action: [
              'SNS:GetTopicAttributes',
              'SNS:SetTopicAttributes',
              'SNS:AddPermission',
              'SNS:RemovePermission',
              'SNS:DeleteTopic',
              'SNS:Subscribe',
              'SNS:ListSubscriptionsByTopic',
              'SNS:Publish',
            ],
            Resource: TopicArn,
            Condition: { StringEquals: { 'AWS:SourceOwner': account } },
          },
        ],
      },
      SubscriptionsConfirmed: '0',
      SubscriptionsDeleted: '0',
      SubscriptionsPending: '0',
      TopicArn,
      ...more,
    },
  },
]
const sent = { MessageId: text }
export const publish = (given: object, answer: object = sent): Step => [
  'sns:Publish',
  { TopicArn, Message: 'test message', ...given },
  answer,
]
export const batch = (PublishBatchRequestEntries: readonly object[], answer: object): Step => [
  'sns:PublishBatch',
  { TopicArn, PublishBatchRequestEntries },
  answer,
]
export const all = { AttributeNames: ['All'], MessageAttributeNames: ['All'] }
export const system = (more: object = {}): object => ({
  Attributes: {
    ApproximateFirstReceiveTimestamp: text,
    ApproximateReceiveCount: '1',
    SenderId: text,
    SentTimestamp: text,
    ...more,
  },
})
export const receive = (answer: object, given: object = {}): Step => [
  'sqs:ReceiveMessage',
  { QueueUrl: 'inbox', VisibilityTimeout: 0, ...given },
  answer,
]
export const message = (Body: unknown, more: object = {}): object => ({
  Body,
  MD5OfBody: text,
  MessageId: text,
  ReceiptHandle: text,
  ...more,
})
export const one = (Body: unknown, more?: object): object => ({ Messages: [message(Body, more)] })
export const notification = (Message: string, more: object = {}): object => ({
  Type: 'Notification',
  MessageId: text,
  TopicArn,
  Message,
  Timestamp: text,
  SignatureVersion: '1',
  Signature: text,
  SigningCertURL: text,
  UnsubscribeURL: text,
  ...more,
})
export const remove: Step = ['sqs:DeleteMessage', { QueueUrl: 'inbox', ReceiptHandle: '{{ReceiptHandle:last}}' }]
export const number = (StringValue: string): object => ({ DataType: 'Number', StringValue })
const bytes = { DataType: 'Binary', BinaryValue: Uint8Array.from([2, 3, 4]) }
const raised = (message: string): object => fails('ParameterValueInvalid', message)
const listed = {
  Subscriptions: [{ Endpoint, Owner: account, Protocol: 'sqs', SubscriptionArn: text, TopicArn }],
}
const existing = (what: string): object =>
  invalid(`${what} Reason: Topic already exists with different ${what.toLowerCase()}`)
const tags = (...pairs: string[]): object[] => pairs.map((pair) => ({ Key: pair.slice(0, 2), Value: pair.slice(3) }))
const tagged = (...pairs: string[]): Step => ['sns:TagResource', { ResourceArn: TopicArn, Tags: tags(...pairs) }]
const listTags = (...pairs: string[]): Step => [
  'sns:ListTagsForResource',
  { ResourceArn: TopicArn },
  { Tags: tags(...pairs) },
]
const wrongToken = 'a'.repeat(288)
const confirm = (Token: string, answer: object, arn = TopicArn): Step => [
  'sns:ConfirmSubscription',
  { TopicArn: arn, Token },
  answer,
]
const unsubscribe = (arn: string | undefined, answer: object = {}): Step => [
  'sns:Unsubscribe',
  { SubscriptionArn: arn },
  answer,
]
const http = (given: object, answer: object): Step => [
  'sns:Subscribe',
  { TopicArn, Protocol: 'http', Endpoint: 'http://127.0.0.1:9/', ...given },
  answer,
]
const ids = (Id: string, answer: object): Step => batch([{ Id, Message: 'test message' }], answer)
const succeeds = (...names: string[]): object => ({
  Failed: [],
  Successful: names.map((Id) => ({ Id, MessageId: text })),
})
/** AWS refuses a message and a batch that contains it with the same error. */
const refusedAttribute = (MessageAttributes: object, answer: object, batchAnswer = answer): readonly Step[] => [
  publish({ MessageAttributes }, answer),
  batch(
    [
      { Id: '1', Message: 'test-batch', MessageAttributes },
      { Id: '3', Message: 'valid-batch' },
    ],
    batchAnswer,
  ),
]
const attr = (DataType: string | undefined, StringValue?: string): object => ({ attr1: { DataType, StringValue } })
const attrBytes = (DataType: string, text: string): object => ({
  attr1: { DataType, BinaryValue: Buffer.from(text) },
})
const empty = (type: string): object =>
  raised(
    `The message attribute 'attr1' must contain non-empty message attribute value for message attribute type '${type}'.`,
  )
const field = (type: string, name: string): object =>
  raised(`The message attribute 'attr1' with type '${type}' must use field '${name}'.`)
const badType = raised(
  "The message attribute 'attr1' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
)
const noType = (place: string): object =>
  fails(
    'ValidationError',
    `1 validation error detected: Value null at '${place}messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null`,
  )
const named = (name: string, message: string): readonly Step[] =>
  refusedAttribute({ [name]: { DataType: 'String', StringValue: '123' } }, raised(message))
const attributes = { attr1: number('111'), attr2: bytes }
const signed = (version: string): Story => [
  `signature ${version}`,
  topic,
  ['sns:SetTopicAttributes', { TopicArn, AttributeName: 'SignatureVersion', AttributeValue: version }],
  ...subscribed().slice(1),
  publish({ Message: 'test signature', MessageAttributes: { attr1: number('1') } }),
  receive(
    one(
      notification('test signature', {
        SignatureVersion: version,
        MessageAttributes: { attr1: { Type: 'Number', Value: '1' } },
      }),
      system(),
    ),
    all,
  ),
]
const deadLetters = (RawMessageDelivery: string, answer: object): Story => [
  `what a queue that is deleted cannot get, ${RawMessageDelivery}`,
  ['sqs:CreateQueue', { QueueName: 'dead' }],
  ...subscribed({
    RawMessageDelivery,
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `arn:aws:sqs:us-east-1:${account}:dead` }),
  }),
  ['sqs:DeleteQueue', { QueueUrl: 'inbox' }],
  publish({ Message: 'test_dlq', MessageAttributes: attributes }),
  receive(answer, { QueueUrl: 'dead', ...all }),
]

export const topicStories: readonly Story[] = [
  [
    'attributes of a topic',
    topic,
    getTopic(),
    ['sns:DeleteTopic', { TopicArn }, {}],
    ['sns:GetTopicAttributes', { TopicArn }, noTopic],
    ['sns:DeleteTopic', { TopicArn }, {}],
    ['sns:GetTopicAttributes', { TopicArn: 'test-topic' }, elements('TopicArn', 1)],
  ],
  [
    'a topic that exists',
    topic,
    ['sns:SetTopicAttributes', { TopicArn, AttributeName: 'DisplayName', AttributeValue: 'AlreadySet' }],
    getTopic({ DisplayName: 'AlreadySet' }),
    topic,
    getTopic({ DisplayName: 'AlreadySet' }),
  ],
  [
    'a topic that exists with different attributes',
    create({ Attributes: { DisplayName: 'Value1' } }),
    topic,
    getTopic({ DisplayName: 'Value1' }),
    create({ Attributes: { DisplayName: 'Value1' } }),
    create({ Attributes: { FifoTopic: 'false' } }),
    create({ Attributes: { DisplayName: 'Value2' } }, existing('Attributes')),
    create({ Attributes: { FifoTopic: 'true' } }, invalid('Topic Name')),
    create({ Attributes: { SignatureVersion: '2' } }, existing('Attributes')),
    create({ Attributes: { SignatureVersion: '2', DisplayName: 'Value1' } }, existing('Attributes')),
  ],
  [
    'a topic that exists with different tags',
    create({ Tags: tags('k1=1', 'k2=2') }),
    create({ Tags: tags('k1=1', 'k2=2') }),
    create({ Tags: tags('k1=1') }),
    create({ Tags: [] }),
    create({ Tags: tags('k3=1') }, existing('Tags')),
    ['sns:DeleteTopic', { TopicArn }, {}],
    create({ Tags: tags('k1=3') }),
  ],
  [
    'a topic that is not a FIFO topic',
    create({ Attributes: { FifoTopic: 'false' } }),
    getTopic(),
    [
      'sns:SetTopicAttributes',
      { TopicArn, AttributeName: 'FifoTopic', AttributeValue: 'false' },
      invalid('AttributeName'),
    ],
  ],
  [
    'names of topics',
    create({ Name: 'a'.repeat(256) }, { TopicArn: `arn:aws:sns:us-east-1:${account}:${'a'.repeat(256)}` }),
    ...['', 'a'.repeat(257), 'test.fifo', ...[...':;!@|^% '].map((character) => `bad${character}name`)].map((Name) =>
      create({ Name }, invalid('Topic Name')),
    ),
    create({ Name: 'test', Attributes: { FifoTopic: 'true' } }, invalid('Topic Name')),
  ],
  [
    'tags',
    topic,
    [
      'sns:TagResource',
      { ResourceArn: TopicArn, Tags: tags('k1=v1', 'k2=v2', 'k2=v2') },
      invalid('Duplicated keys are not allowed.'),
    ],
    tagged('k1=v1', 'k2=v2'),
    listTags('k1=v1', 'k2=v2'),
    ['sns:UntagResource', { ResourceArn: TopicArn, TagKeys: ['k1'] }],
    listTags('k2=v2'),
    tagged('k2=v2b'),
    listTags('k2=v2b'),
    ['sns:DeleteTopic', { TopicArn }],
    topic,
    listTags(),
  ],
  [
    'a topic of another region',
    topic,
    ...[
      ['sns:SetTopicAttributes', { AttributeName: 'DisplayName', AttributeValue: 'xenon' }],
      ['sns:GetTopicAttributes', {}],
      ['sns:Publish', { Message: 'hello world' }],
      ['sns:PublishBatch', { PublishBatchRequestEntries: [{ Id: '1', Message: 'hello world' }] }],
      ['sns:Subscribe', { Protocol: 'sqs', Endpoint }],
      ['sns:ListSubscriptionsByTopic', {}],
      ['sns:DeleteTopic', {}],
    ].map(
      ([operation, input]): Step => [String(operation), { TopicArn: elsewhere, ...Object(input) }, invalid('TopicArn')],
    ),
  ],
  [
    'ARNs to publish to',
    publish({ TopicArn: 'randomstring' }, elements('TopicArn', 1)),
    publish({ TopicArn: 'randomstring:1' }, elements('TopicArn', 2)),
    publish({ TopicArn: '' }, elements('TopicArn', 1)),
    topic,
    publish({}),
    publish({ TopicArn: otherArn }, noTopic),
    batch([{ Id: '1', Message: 'a' }], succeeds('1')),
    ['sns:PublishBatch', { TopicArn: otherArn, PublishBatchRequestEntries: [{ Id: '1', Message: 'a' }] }, noTopic],
    publish(
      { TopicArn: undefined, TargetArn: `arn:aws:sns:us-east-1:${account}:endpoint/APNS/abcdef/0f7d5971` },
      invalid('TargetArn Reason: No endpoint found for the target arn specified'),
    ),
  ],
  [
    'messages by topic and by target',
    ...subscribed(),
    publish({ Message: 'test-msg-1' }),
    receive(one(notification('test-msg-1'))),
    remove,
    publish({ Message: 'test-msg-2', TopicArn: undefined, TargetArn: TopicArn }),
    receive(one(notification('test-msg-2'))),
  ],
  [
    'messages before and after a subscription',
    topic,
    publish({ Subject: 'before', Message: 'test_message_before' }, sent),
    ...subscribed().slice(1),
    publish({ Subject: 'after', Message: 'test_message_after' }, sent),
    receive(one(notification('test_message_after', { Subject: 'after' }))),
  ],
  [
    'empty subjects and messages',
    ...subscribed(),
    publish({ Message: '' }, invalid('Empty message')),
    [
      'sqs:GetQueueAttributes',
      { QueueUrl: 'inbox', AttributeNames: ['ApproximateNumberOfMessages'] },
      { Attributes: { ApproximateNumberOfMessages: '0' } },
    ],
    publish({}, sent),
    publish({ Subject: '' }, invalid('Subject')),
  ],
  [
    'messages that are too long',
    topic,
    publish({ Message: 'This is a test message'.repeat(12_000) }, invalid('Message too long')),
    publish({ Message: 'a'.repeat(262_133), MessageAttributes: { attr1: number('1') } }, invalid('Message too long')),
    publish({ Message: 'a'.repeat(262_132), MessageAttributes: { attr1: number('1') } }, sent),
    ...[
      [{ Message: 'a'.repeat(131_072) }, { Message: 'b'.repeat(131_073) }],
      [{ Message: 'a'.repeat(262_132), MessageAttributes: { attr1: number('1') } }, { Message: 'b' }],
    ].map((entries) =>
      batch(
        entries.map((entry, index) => ({ Id: String(index), ...entry })),
        fails('BatchRequestTooLong', 'The length of all the messages put together is more than the limit.'),
      ),
    ),
  ],
  [
    'messages with texts for each protocol',
    ...subscribed(),
    ...[
      ['{"sqs": "Test message"}', 'No default entry in JSON message body'],
      ['{"default": "This is a default message"} }', 'JSON message body failed to parse'],
      ['{"default": {"object": "test"}}', 'No default entry in JSON message body'],
    ].map(([Message, reason]) =>
      publish({ MessageStructure: 'json', Message }, invalid(`Message Structure - ${reason}`)),
    ),
    publish({ MessageStructure: 'json', Message: '{"default": "default field", "sqs": "{\\"field\\": \\"value\\"}"}' }),
    receive(one(notification('{"field": "value"}'))),
    remove,
    publish({ MessageStructure: 'json', Message: '{"default": "default field", "sqs": {"field": "value"}}' }),
    receive(one(notification('default field'))),
    publish({ MessageStructure: 'json', Message: '{"default": "a message", "default": "Duplicate"}' }, sent),
  ],
  [
    'invalid protocols and endpoints',
    topic,
    [
      'sns:Subscribe',
      { TopicArn, Protocol: 'test-protocol', Endpoint },
      invalid('Amazon SNS does not support this protocol string: test-protocol'),
    ],
    ...['unknown', `https://sqs.us-east-1.amazonaws.com/${account}/inbox`].map(
      (url): Step => ['sns:Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: url }, invalid('SQS endpoint ARN')],
    ),
    ['sns:Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: `${Endpoint}-none` }, { SubscriptionArn: text }],
    ['sns:Subscribe', { TopicArn: 'randomstring', Protocol: 'sqs', Endpoint }, elements('TopicArn', 1)],
    ['sns:Subscribe', { TopicArn: 'arn:aws:sns:us-east-1:random', Protocol: 'sqs', Endpoint }, elements('TopicArn', 5)],
    ['sns:Subscribe', { TopicArn: otherArn, Protocol: 'sqs', Endpoint }, noTopic],
    http({}, { SubscriptionArn: 'pending confirmation' }),
    http({}, { SubscriptionArn: 'pending confirmation' }),
    http({ ReturnSubscriptionArn: true }, { SubscriptionArn: text }),
  ],
  [
    'ARNs to unsubscribe',
    ...subscribed(),
    unsubscribe(SubscriptionArn),
    unsubscribe(SubscriptionArn),
    unsubscribe('randomstring', elements('SubscriptionArn', 1)),
    unsubscribe('arn:aws:sns:us-east-1:random', elements('SubscriptionArn', 5)),
    unsubscribe('arn:aws:sns:us-east-1:111111111111:random', invalid('SubscriptionId')),
    unsubscribe(undefined, invalid('SubscriptionArn Reason: no value for required parameter')),
    unsubscribe('pending confirmation', elements('SubscriptionArn', 1)),
  ],
  [
    'subscriptions and their attributes',
    ...subscribed(),
    shows(),
    ['sns:ListSubscriptionsByTopic', { TopicArn }, listed],
    set('RawMessageDelivery', 'true'),
    shows(raw),
    unsubscribe(SubscriptionArn),
    ['sns:GetSubscriptionAttributes', { SubscriptionArn }, noSubscription],
    set('RawMessageDelivery', 'true', noSubscription),
    ['sns:ListSubscriptionsByTopic', { TopicArn }, { Subscriptions: [] }],
    subscribe(
      { RawMessageDelivery: 'wrongvalue' },
      invalid('Attributes Reason: RawMessageDelivery: Invalid value [wrongvalue]. Must be true or false.'),
    ),
    subscribe(raw),
    shows(raw),
  ],
  [
    'a subscription that exists',
    ...subscribed({ RawMessageDelivery: 'True' }),
    shows(raw),
    subscribe(raw),
    subscribe({ ...raw, FilterPolicyScope: 'MessageAttributes' }),
    subscribe({}),
    subscribe({ FilterPolicyScope: 'MessageAttributes' }),
    subscribe(
      { RawMessageDelivery: 'false', FilterPolicyScope: 'MessageBody' },
      invalid('Attributes Reason: Subscription already exists with different attributes'),
    ),
  ],
  [
    'wrong attributes of a subscription',
    ...subscribed(),
    set('FakeAttribute', 'test-value', invalid('AttributeName')),
    ...['test-ValUe', ''].map((wrong) =>
      set('RawMessageDelivery', wrong, invalid(`RawMessageDelivery: Invalid value [${wrong}]. Must be true or false.`)),
    ),
    set(
      'RedrivePolicy',
      '{"deadLetterTargetArn":"fake-arn"}',
      invalid('RedrivePolicy: deadLetterTargetArn is an invalid arn'),
    ),
    ...['RedrivePolicy', 'FilterPolicy'].map((name) =>
      set(
        name,
        '{invalidjson}',
        unparsed(name, "Unexpected character ('i' (code 105)): was expecting double-quote to start field name", 2),
      ),
    ),
    subscribe(
      { FilterPolicy: 'invalid-json' },
      unparsed(
        'Attributes Reason: FilterPolicy',
        "Unrecognized token 'invalid': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
        8,
      ),
    ),
  ],
  [
    'tokens to confirm',
    topic,
    confirm(wrongToken, invalid('Token'), otherArn),
    confirm('randomtoken', fails('InvalidParameter', 'Invalid token')),
    confirm(wrongToken, invalid('Token')),
  ],
  [
    'a notification with attributes',
    ...subscribed({ FilterPolicy: '{"attr1":[{"numeric":[">",0,"<=",100]}]}' }),
    shows({
      FilterPolicy: { attr1: [{ numeric: ['>', 0, '<=', 100] }] },
      FilterPolicyScope: 'MessageAttributes',
    }),
    publish({ MessageAttributes: { attr1: number('99.12') } }),
    receive(one(notification('test message', { MessageAttributes: { attr1: { Type: 'Number', Value: '99.12' } } }))),
  ],
  [
    'letters of any language',
    ...subscribed(),
    publish({ Message: 'ö§a1"_!?,. £$-' }),
    receive(one(notification('ö§a1"_!?,. £$-'))),
  ],
  [
    'raw messages, then notifications',
    ...subscribed(),
    set('RawMessageDelivery', 'true'),
    shows(raw),
    publish({ Message: 'Test msg', MessageAttributes: { attr1: number('99.12') } }),
    receive(
      one('Test msg', {
        MD5OfMessageAttributes: 'd302007e9aa062660afc85fd0a482472',
        MessageAttributes: { attr1: number('99.12') },
      }),
      { MessageAttributeNames: ['All'] },
    ),
    remove,
    publish({ Message: 'bytes', MessageAttributes: { store: bytes } }),
    receive(one('bytes', { MD5OfMessageAttributes: text, MessageAttributes: { store: bytes } }), {
      MessageAttributeNames: ['All'],
    }),
    remove,
    publish({
      Message: 'text',
      MessageAttributes: { key: { DataType: 'String', StringValue: 'value' }, bytes },
    }),
    receive(
      one('text', {
        ...system(),
        MD5OfMessageAttributes: text,
        MessageAttributes: { key: { DataType: 'String', StringValue: 'value' }, bytes },
      }),
      all,
    ),
    remove,
    set('RawMessageDelivery', 'false'),
    shows(),
    publish({ Message: 'Test msg', MessageAttributes: { attr1: number('100.12') } }),
    receive(one(notification('Test msg', { MessageAttributes: { attr1: { Type: 'Number', Value: '100.12' } } })), {
      MessageAttributeNames: ['All'],
    }),
    remove,
    publish({
      Message: 'text',
      MessageAttributes: { key: { DataType: 'String', StringValue: 'value' }, bytes },
    }),
    receive(
      one(
        notification('text', {
          MessageAttributes: { key: { Type: 'String', Value: 'value' }, bytes: { Type: 'Binary', Value: 'AgME' } },
        }),
        system(),
      ),
      all,
    ),
  ],
  [
    'a batch of raw messages',
    ...subscribed(),
    set('RawMessageDelivery', 'true'),
    shows(raw),
    batch(
      [
        { Id: '1', Message: 'no attribute', Subject: 'subject' },
        { Id: '2', Message: 'one attribute', MessageAttributes: { attr1: number('19.12') } },
        { Id: '3', Message: 'two attributes', MessageAttributes: { attr1: number('99.12'), attr2: number('109.12') } },
        { Id: '4', Message: 'no subject' },
        { Id: '5', Message: '{"default": "for all", "sqs": "for queues"}', MessageStructure: 'json' },
      ],
      succeeds('1', '2', '3', '4', '5'),
    ),
    receive(
      {
        Messages: [
          message('no attribute', system()),
          message('one attribute', {
            ...system(),
            MD5OfMessageAttributes: '1f07082409022a373fa2a2601f82b3cb',
            MessageAttributes: { attr1: number('19.12') },
          }),
          message('two attributes', {
            ...system(),
            MD5OfMessageAttributes: '9b720b3af309c1c4b0d395c53b08c502',
            MessageAttributes: { attr1: number('99.12'), attr2: number('109.12') },
          }),
          message('no subject', system()),
          message('for queues', system()),
        ],
      },
      { ...all, MaxNumberOfMessages: 10 },
    ),
  ],
  [
    'invalid batches',
    topic,
    batch(
      [...'abcdefghijk'].map((Id) => ({ Id, Message: 'Too many messages' })),
      fails('TooManyEntriesInBatchRequest', 'The batch request contains more entries than permissible.'),
    ),
    batch(
      ['1', '1'].map((Id) => ({ Id, Message: 'Messages with the same ID' })),
      fails('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.'),
    ),
    batch(
      [{ Id: '1', Message: '{"sqs":"test sqs"}', MessageStructure: 'json' }],
      invalid('Message Structure - No default entry in JSON message body'),
    ),
    ...['message.id', 'msg@123#test'].map((id) =>
      ids(
        id,
        fails(
          'InvalidBatchEntryId',
          `The Id of a batch entry in the batch request contains an impermissible character: ${id}`,
        ),
      ),
    ),
    ...['a'.repeat(81), `my${'really'.repeat(14)}longid`].map((id) =>
      ids(id, fails('InvalidBatchEntryId', `The Id of a batch entry in the batch request is too long: ${id}`)),
    ),
    ids('a'.repeat(80), succeeds('a'.repeat(80))),
    ids('valid-message_123', succeeds('valid-message_123')),
  ],
  [
    'wrong attributes of messages',
    topic,
    ...refusedAttribute(attr('String', ''), empty('String')),
    ...refusedAttribute(attr('String'), empty('String')),
    ...refusedAttribute(attr(undefined, 'value'), noType(''), noType('publishBatchRequestEntries.1.member.')),
    ...refusedAttribute(attrBytes('Binary', ''), empty('Binary')),
    ...refusedAttribute(attrBytes('String', '123'), field('String', 'String')),
    ...refusedAttribute(attrBytes('Number', '123'), field('Number', 'String')),
    ...refusedAttribute(attr('Binary', '123'), field('Binary', 'Binary')),
    ...refusedAttribute(attr('InvalidType', '123'), badType),
    ...named('a'.repeat(257), 'Length of message attribute name must be less than 256 bytes.'),
    ...named(
      'a^*?',
      "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
    ),
    ...named('.abc', "Invalid message attribute name starting with character '.' was found."),
    ...named('abc.', "Invalid message attribute name ending with character '.' was found."),
    ...named('a..bc', "Message attribute name can not have successive '.' character."),
  ],
  [
    'types of attributes',
    topic,
    publish({ MessageAttributes: attr('String.', 'prefixed-1') }, badType),
    publish({ MessageAttributes: attr('Stringprefixed', 'prefixed-1') }, badType),
    publish({ MessageAttributes: attr('String.prefixed', 'prefixed-1') }, sent),
    publish({ MessageAttributes: attr('String.  prefixed.', 'prefixed-1') }, sent),
  ],
  deadLetters('true', one('test_dlq', { ...system(), MD5OfMessageAttributes: text, MessageAttributes: attributes })),
  deadLetters(
    'false',
    one(
      notification('test_dlq', {
        MessageAttributes: { attr1: { Type: 'Number', Value: '111' }, attr2: { Type: 'Binary', Value: 'AgME' } },
      }),
      system(),
    ),
  ),
  [
    'dead letters before and after the subscription has a dead-letter queue',
    ['sqs:CreateQueue', { QueueName: 'dead' }],
    ...subscribed(),
    shows(),
    publish({ Message: 'before' }),
    receive(one(notification('before'))),
    ['sqs:DeleteQueue', { QueueUrl: 'inbox' }],
    ['sns:ListSubscriptionsByTopic', { TopicArn }, listed],
    set('RedrivePolicy', `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:${account}:dead"}`),
    shows({ RedrivePolicy: { deadLetterTargetArn: `arn:aws:sqs:us-east-1:${account}:dead` } }),
    publish({ Message: 'after_0' }),
    receive(one(notification('after_0')), { QueueUrl: 'dead', VisibilityTimeout: 30 }),
    publish({ Message: 'after_1' }),
    receive(one(notification('after_1')), { QueueUrl: 'dead', VisibilityTimeout: 30 }),
  ],
  signed('1'),
  signed('2'),
  [
    'the group of a message',
    ...subscribed(),
    publish({ MessageGroupId: 'my-group-id-1', MessageAttributes: { attr1: number('1') } }),
    receive(
      one(
        notification('test message', { MessageAttributes: { attr1: { Type: 'Number', Value: '1' } } }),
        system({ MessageGroupId: 'my-group-id-1' }),
      ),
      all,
    ),
  ],
]
