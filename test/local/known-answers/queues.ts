import { account, fails, type Step, type Story, text, wait } from './story.ts'

const QueueUrl = 'jobs'
const jobsArn = `arn:aws:sqs:us-east-1:${account}:jobs`
const queue = (Attributes: object = {}): Step => ['sqs:CreateQueue', { QueueName: 'jobs', Attributes }]
const create = (Attributes: object, answer?: object): Step => [
  'sqs:CreateQueue',
  { QueueName: 'jobs', Attributes },
  answer,
]
const set = (Attributes: object, answer: object = {}): Step => [
  'sqs:SetQueueAttributes',
  { QueueUrl, Attributes },
  answer,
]
const get = (AttributeNames: readonly string[], answer: object): Step => [
  'sqs:GetQueueAttributes',
  { QueueUrl, AttributeNames },
  answer,
]
const send = (MessageBody: string, more: object = {}, answer?: object): Step => [
  'sqs:SendMessage',
  { QueueUrl, MessageBody, ...more },
  answer,
]
const sendBatch = (Entries: readonly object[], answer: object): Step => [
  'sqs:SendMessageBatch',
  { QueueUrl, Entries },
  answer,
]
const receive = (more: object, answer: object): Step => ['sqs:ReceiveMessage', { QueueUrl, ...more }, answer]
const message = (Body: string, more: object = {}): object => ({
  Body,
  MD5OfBody: text,
  MessageId: text,
  ReceiptHandle: text,
  ...more,
})
const one = (Body: string, more?: object): object => ({ Messages: [message(Body, more)] })
const string = (StringValue: string): object => ({ DataType: 'String', StringValue })
const value = (message: string): object => fails('InvalidParameterValue', message)
const attributeName = (message: string): object => fails('InvalidAttributeName', message)
const batchFails = (name: string, message: string): object => fails(`AWS.SimpleQueueService.${name}`, message)
const noQueue = batchFails('NonExistentQueue', 'The specified queue does not exist.')
const badId = batchFails(
  'InvalidBatchEntryId',
  'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
)
const tooMany = batchFails(
  'TooManyEntriesInBatchRequest',
  'Maximum number of entries per request are 10. You have sent 20.',
)
const twenty = Array.from({ length: 20 }, (_, index) => String(index))
const different = fails(
  'QueueAlreadyExists',
  'A queue already exists with the same name and a different value for attribute DelaySeconds',
)
const group = (id: string): object =>
  value(
    `Value ${id} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  )
const attributesOf = (more: object = {}): object => ({
  Attributes: {
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesDelayed: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    CreatedTimestamp: text,
    DelaySeconds: '0',
    LastModifiedTimestamp: text,
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: '345600',
    QueueArn: jobsArn,
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
    VisibilityTimeout: '30',
    ...more,
  },
})
const received = (ApproximateReceiveCount: string, more: object = {}): object => ({
  ApproximateFirstReceiveTimestamp: text,
  ApproximateReceiveCount,
  SenderId: text,
  SentTimestamp: text,
  ...more,
})
const traced = { AWSTraceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1' }
const mine = { MessageAttributes: { MyAttribute: string('foobar') } }
const mineHashed = { ...mine, MD5OfMessageAttributes: 'adb59cd4678ea5a855436b949cd07ab6' }
const bar = { MessageAttributes: { Foo: string('Bar') } }
const barHashed = { ...bar, MD5OfMessageAttributes: 'ae7155c6026991b6d54b11589678bf9c' }
const dead = { QueueUrl: 'dead' }
const [Hello, General, helpMe] = [string('There'), string('Kenobi'), string('Me')]
const greetings = { 'Help.Me': helpMe, Hello, General }
const greeted = (MD5OfMessageAttributes: string, MessageAttributes: object): object =>
  one('msg', { MD5OfMessageAttributes, MessageAttributes })
const allGreetings = greeted('4c360f3fdafd970e05fae2f149d997f5', greetings)
const named = (MessageAttributeNames: readonly string[], answer: object): Step =>
  receive({ MessageAttributeNames }, answer)
const byAttributeNames = (member: string): readonly Step[] => [
  queue({ VisibilityTimeout: '0' }),
  send('msg', bar),
  receive({ [member]: ['All'] }, one('msg', { Attributes: received('1') })),
  receive(
    { [member]: ['All'], MessageAttributeNames: ['All'] },
    one('msg', { Attributes: received('2'), ...barHashed }),
  ),
  receive({ [member]: ['SenderId'] }, one('msg', { Attributes: { SenderId: text } })),
  receive({ [member]: ['SenderId', 'SequenceNumber'] }, one('msg', { Attributes: { SenderId: text } })),
]
const kms = { KmsMasterKeyId: 'testKeyId', KmsDataKeyReusePeriodSeconds: '6000' }
const binary = {
  attr1: {
    DataType: 'Binary',
    BinaryValue: Buffer.from('traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01'),
  },
}

export const queueStories: readonly Story[] = [
  [
    'how many messages a call receives',
    queue(),
    receive(
      { MaxNumberOfMessages: 11 },
      value('Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.'),
    ),
  ],
  [
    'a message that is too long',
    queue(),
    send(
      'a'.repeat(1_048_577),
      {},
      value('One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.'),
    ),
    set({ MaximumMessageSize: '1024' }),
    send(
      'a'.repeat(1_025),
      {},
      value('One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.'),
    ),
  ],
  [
    'a batch that is too long',
    queue(),
    sendBatch(
      [
        { Id: '1', MessageBody: 'a'.repeat(1_048_576) },
        { Id: '2', MessageBody: 'a' },
      ],
      batchFails(
        'BatchRequestTooLong',
        'Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.',
      ),
    ),
  ],
  [
    'a batch of two long messages, one of which is too long',
    queue({ MaximumMessageSize: '2048' }),
    sendBatch(
      [
        { Id: '1', MessageBody: 'a'.repeat(2_040), MessageAttributes: { k: string('x') } },
        { Id: '2', MessageBody: 'a' },
      ],
      {
        Successful: [
          {
            Id: '1',
            MD5OfMessageAttributes: 'a45daa70926828a2f0a1db3418e6feb4',
            MD5OfMessageBody: 'f44facf5a7ee0af446ecf3e0f854441e',
            MessageId: text,
          },
          { Id: '2', MD5OfMessageBody: '0cc175b9c0f1b6a831c399e269772661', MessageId: text },
        ],
      },
    ),
    set({ MaximumMessageSize: '1024' }),
    sendBatch(
      [
        { Id: 'a', MessageBody: 'a'.repeat(1_024) },
        { Id: 'b', MessageBody: 'a'.repeat(1_025) },
      ],
      {
        Successful: [{ Id: 'a', MD5OfMessageBody: 'c9a34cfc85d982698c6ac89f76071abd', MessageId: text }],
        Failed: [
          {
            Id: 'b',
            Code: 'InvalidParameterValue',
            Message: 'One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.',
            SenderFault: true,
          },
        ],
      },
    ),
  ],
  [
    'tags',
    queue(),
    ['sqs:TagQueue', { QueueUrl, Tags: { tag1: 'value1', tag2: 'value2', tag3: '' } }],
    ['sqs:ListQueueTags', { QueueUrl }, { Tags: { tag1: 'value1', tag2: 'value2', tag3: '' } }],
    ['sqs:UntagQueue', { QueueUrl, TagKeys: ['tag1', 'tag3'] }],
    ['sqs:ListQueueTags', { QueueUrl }, { Tags: { tag2: 'value2' } }],
    ['sqs:UntagQueue', { QueueUrl, TagKeys: ['tag2'] }],
    ['sqs:ListQueueTags', { QueueUrl }, {}],
  ],
  [
    'an existing queue with different attributes',
    queue({ ReceiveMessageWaitTimeSeconds: '1', DelaySeconds: '1' }),
    create({}),
    create({ DelaySeconds: '1' }),
    create({ ReceiveMessageWaitTimeSeconds: '1', DelaySeconds: '2' }, different),
    set({ DelaySeconds: '2' }),
    create({ ReceiveMessageWaitTimeSeconds: '1', DelaySeconds: '2' }),
    create({ ReceiveMessageWaitTimeSeconds: '1', DelaySeconds: '1' }, different),
  ],
  [
    'attributes that are given and changed',
    queue({ MessageRetentionPeriod: '604800', ReceiveMessageWaitTimeSeconds: '10', VisibilityTimeout: '20' }),
    get(
      ['All'],
      attributesOf({ MessageRetentionPeriod: '604800', ReceiveMessageWaitTimeSeconds: '10', VisibilityTimeout: '20' }),
    ),
    set({ MaximumMessageSize: '2048', VisibilityTimeout: '69', DelaySeconds: '420' }),
    get(
      ['All'],
      attributesOf({
        MessageRetentionPeriod: '604800',
        ReceiveMessageWaitTimeSeconds: '10',
        MaximumMessageSize: '2048',
        VisibilityTimeout: '69',
        DelaySeconds: '420',
      }),
    ),
  ],
  [
    'the visibility of a message that is visible again',
    queue({ VisibilityTimeout: '1' }),
    send('test'),
    receive({}, one('test')),
    wait(2),
    ['sqs:ChangeMessageVisibility', { QueueUrl, ReceiptHandle: '{{ReceiptHandle:last}}', VisibilityTimeout: 2 }, {}],
  ],
  [
    'a message that is deleted when it is visible again',
    queue({ VisibilityTimeout: '1' }),
    send('foobar'),
    receive({}, one('foobar')),
    wait(1),
    ['sqs:DeleteMessage', { QueueUrl, ReceiptHandle: '{{ReceiptHandle:last}}' }],
    receive({}, {}),
  ],
  [
    'batches of too many entries',
    queue(),
    sendBatch(
      twenty.map((Id) => ({ Id, MessageBody: Id })),
      tooMany,
    ),
    ['sqs:DeleteMessageBatch', { QueueUrl, Entries: twenty.map((Id) => ({ Id, ReceiptHandle: Id })) }, tooMany],
    [
      'sqs:ChangeMessageVisibilityBatch',
      { QueueUrl, Entries: twenty.map((Id) => ({ Id, ReceiptHandle: Id, VisibilityTimeout: 123 })) },
      tooMany,
    ],
  ],
  [
    'ids of entries',
    queue(),
    sendBatch([{ Id: 'message:1', MessageBody: 'a' }], badId),
    send('a'),
    receive({}, one('a')),
    ...['', 'testLongId'.repeat(10), 'invalid:id'].map(
      (Id): Step => [
        'sqs:DeleteMessageBatch',
        { QueueUrl, Entries: [{ Id, ReceiptHandle: '{{ReceiptHandle:last}}' }] },
        badId,
      ],
    ),
  ],
  [
    'binary attributes',
    queue(),
    send('test', { MessageAttributes: binary }),
    receive(
      { MessageAttributeNames: ['All'] },
      one('test', {
        MD5OfMessageAttributes: '8cbe4db156db8a94db8b801b7addb984',
        MessageAttributes: { attr1: { DataType: 'Binary', BinaryValue: new Uint8Array(binary.attr1.BinaryValue) } },
      }),
    ),
  ],
  [
    'letters of any language in the name of an attribute',
    queue(),
    send('test', { MessageAttributes: { 'attr.1øßä': string('Valida') } }),
  ],
  [
    'an empty attribute',
    queue(),
    send(
      'test',
      { MessageAttributes: { ErrorDetails: string('') } },
      value("Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'."),
    ),
  ],
  [
    'the attributes of messages that go to the dead-letter queue',
    ['sqs:CreateQueue', { QueueName: 'dead' }],
    queue({
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:${account}:dead`,
        maxReceiveCount: 1,
      }),
    }),
    send('message-1', {
      ...mine,
      MessageSystemAttributes: { AWSTraceHeader: string(traced.AWSTraceHeader) },
    }),
    send('message-2'),
    ...[
      one('message-1', { Attributes: received('1', traced), ...mineHashed }),
      one('message-2', { Attributes: received('1') }),
      {},
    ].map((answer) =>
      receive({ VisibilityTimeout: 0, AttributeNames: ['All'], MessageAttributeNames: ['All'] }, answer),
    ),
    receive(
      { ...dead, AttributeNames: ['All'], MessageAttributeNames: ['All'], MaxNumberOfMessages: 10 },
      {
        Messages: [
          message('message-1', {
            Attributes: received('2', { ...traced, DeadLetterQueueSourceArn: jobsArn }),
            ...mineHashed,
          }),
          message('message-2', { Attributes: received('2', { DeadLetterQueueSourceArn: jobsArn }) }),
        ],
      },
    ),
  ],
  [
    'a second purge',
    queue(),
    ['sqs:PurgeQueue', { QueueUrl }],
    [
      'sqs:PurgeQueue',
      { QueueUrl },
      fails(
        'AWS.SimpleQueueService.PurgeQueueInProgress',
        'Only one PurgeQueue operation on jobs is allowed every 60 seconds.',
        403,
      ),
    ],
  ],
  [
    'encryption',
    queue(),
    set({ SqsManagedSseEnabled: 'true' }),
    get([...Object.keys(kms), 'SqsManagedSseEnabled'], { Attributes: { SqsManagedSseEnabled: 'true' } }),
    set({ ...kms, SqsManagedSseEnabled: 'false' }),
    get([...Object.keys(kms), 'SqsManagedSseEnabled'], { Attributes: { ...kms, SqsManagedSseEnabled: 'false' } }),
    set(
      { KmsMasterKeyId: 'testKeyId', SqsManagedSseEnabled: 'true' },
      attributeName(
        'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
      ),
    ),
  ],
  [
    'encryption with a key, then without',
    queue(),
    get(['All'], attributesOf()),
    set(kms),
    get(['All'], attributesOf({ ...kms, SqsManagedSseEnabled: 'false' })),
    set({ KmsMasterKeyId: '', KmsDataKeyReusePeriodSeconds: '300' }),
    get(['All'], attributesOf({ SqsManagedSseEnabled: 'false' })),
  ],
  [
    'the names of message attributes',
    queue({ VisibilityTimeout: '0' }),
    send(
      'msg',
      { MessageAttributes: greetings },
      {
        MD5OfMessageAttributes: '4c360f3fdafd970e05fae2f149d997f5',
        MD5OfMessageBody: '6e2baaf3b97dbeef01c0043275f9a0e7',
        MessageId: text,
      },
    ),
    named([], one('msg')),
    named(['All'], allGreetings),
    named(['*'], allGreetings),
    named(['.*'], allGreetings),
    named(['Foo', 'Help'], one('msg')),
    named(['Hello', 'General'], greeted('fca026605781cb4126a1e9044df24232', { Hello, General })),
    named(['Foo', 'Hello'], greeted('a311262e065454b75da111d535b8dacd', { Hello })),
    named(['Hel.*'], greeted('83fee93c1bcd8b9a5a923ffacdc636c7', { Hello, 'Help.Me': helpMe })),
    named(['AWS.'], one('msg')),
    named(['..foo'], one('msg')),
  ],
  ['the names of attributes', ...byAttributeNames('AttributeNames')],
  ['the names of system attributes', ...byAttributeNames('MessageSystemAttributeNames')],
  [
    'the names of attributes and of system attributes',
    queue({ VisibilityTimeout: '0' }),
    send('msg', bar),
    receive(
      { MessageSystemAttributeNames: ['All'], AttributeNames: ['All'] },
      one('msg', { Attributes: received('1') }),
    ),
    receive(
      { MessageSystemAttributeNames: ['All'], AttributeNames: ['SenderId'] },
      one('msg', { Attributes: received('2') }),
    ),
  ],
  [
    'a queue that does not exist',
    queue(),
    ['sqs:DeleteQueue', { QueueUrl }],
    get([], noQueue),
    ['sqs:GetQueueUrl', { QueueName: 'jobs' }, noQueue],
  ],
  [
    'the attributes of FIFO queues',
    queue(),
    ...['true', 'false'].map((FifoQueue) => set({ FifoQueue }, attributeName('Unknown Attribute FifoQueue.'))),
    create({ FifoQueue: 'false' }, attributeName('Unknown Attribute FifoQueue.')),
    create({ ContentBasedDeduplication: 'false' }, attributeName('Unknown Attribute ContentBasedDeduplication.')),
    create(
      { DeduplicationScope: 'queue' },
      attributeName('You can specify the DeduplicationScope only when FifoQueue is set to true.'),
    ),
    create(
      { FifoThroughputLimit: 'perQueue' },
      attributeName('You can specify the FifoThroughputLimit only when FifoQueue is set to true.'),
    ),
  ],
  [
    'how long a call waits',
    queue(),
    send('message'),
    send('message'),
    ...[21, -1].map((WaitTimeSeconds) =>
      receive(
        { WaitTimeSeconds },
        value(
          `Value ${WaitTimeSeconds} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
        ),
      ),
    ),
    receive({ MaxNumberOfMessages: 1 }, one('message')),
    receive({ MaxNumberOfMessages: 1, WaitTimeSeconds: 0 }, one('message')),
  ],
  [
    'an empty queue',
    queue(),
    receive({}, {}),
    receive({ WaitTimeSeconds: 0 }, {}),
    receive({ WaitTimeSeconds: 1 }, {}),
  ],
  [
    'an empty message',
    queue(),
    send('', {}, fails('MissingParameter', 'The request must contain the parameter MessageBody.')),
  ],
  [
    'the group of a message',
    queue(),
    send(
      'message',
      { MessageGroupId: 'test' },
      { MD5OfMessageBody: '78e731027d8fd50ed642340b7c9a63b3', MessageId: text },
    ),
    receive({ AttributeNames: ['All'] }, one('message', { Attributes: received('1', { MessageGroupId: 'test' }) })),
    ...['', 'a'.repeat(129), 'group 123'].map((id) => send('message', { MessageGroupId: id }, group(id))),
  ],
]
