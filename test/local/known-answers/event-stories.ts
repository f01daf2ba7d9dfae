import { expect } from 'vitest'
import { fails, type Step, type Story } from './story.ts'

// Recorded on AWS by the snapshots and assertions in tests/aws/services/events of LocalStack.
const arn = (resource: string) => `arn:aws:events:us-east-1:123456789012:${resource}`
const queueArn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`
const DetailType = 'core.update-account-command'
const Source = DetailType
const detail = { command: 'update-account', payload: { acc_id: '0a787ecb-4015', sf_id: 'baz' } }
const pattern = { source: [Source], 'detail-type': [DetailType], detail: { command: ['update-account'] } }
const sourcePattern = { source: [Source], 'detail-type': [DetailType] }
const uuid = expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
const nextToken = expect.any(String)
const done = { FailedEntryCount: 0, FailedEntries: [] }
const broken = (message: string) => fails('ValidationException', message)

const createBus = (Name = 'bus', more: object = {}): Step => ['events:CreateEventBus', { Name, ...more }]
const noBus = (name: string) => fails('ResourceNotFoundException', `Event bus ${name} does not exist.`)
const noRule = (name: string, bus: string) =>
  fails('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${bus}.`)
const shownBus = (name: string, more: object = {}) => ({
  Arn: arn(`event-bus/${name}`),
  CreationTime: expect.any(Number),
  LastModifiedTime: expect.any(Number),
  Name: name,
  ...more,
})
const buses = (names: readonly string[], more: object = {}) => ({
  EventBuses: names.map((name) => shownBus(name)),
  ...more,
})
const numbered = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${prefix}${from + index}`)

const ruleArn = (bus: string, name = 'rule') => arn(bus === 'default' ? `rule/${name}` : `rule/${bus}/${name}`)
const putRule = (EventBusName: string, Name = 'rule', wanted: object = pattern, more: object = {}): Step => [
  'events:PutRule',
  { Name, EventBusName, EventPattern: JSON.stringify(wanted), ...more },
  { RuleArn: ruleArn(EventBusName, Name) },
]
const shownRule = (EventBusName: string, more: object = {}, Name = 'rule') => ({
  Arn: ruleArn(EventBusName, Name),
  EventBusName,
  EventPattern: JSON.stringify(pattern),
  Name,
  State: 'ENABLED',
  ...more,
})
const describedRule = (EventBusName: string, State = 'ENABLED'): Step => [
  'events:DescribeRule',
  { Name: 'rule', EventBusName },
  shownRule(EventBusName, { CreatedBy: '123456789012', State }),
]
const withBus = (bus: string): Step[] => (bus === 'default' ? [] : [createBus(bus)])
const bothBuses = (story: (bus: string) => readonly Step[], about: string): Story[] =>
  ['bus', 'default'].map((bus): Story => [`${about}: ${bus}`, ...withBus(bus), ...story(bus)])

const queue = (QueueName = 'q'): Step => ['sqs:CreateQueue', { QueueName }]
const putTargets = (EventBusName: string, Targets: object[], answer: object = done, Rule = 'rule'): Step => [
  'events:PutTargets',
  { Rule, EventBusName, Targets },
  answer,
]
const target = (more: object = {}) => ({ Id: 'target', Arn: queueArn('q'), ...more })
const listTargets = (EventBusName: string, Targets: object[], Rule = 'rule'): Step => [
  'events:ListTargetsByRule',
  { Rule, EventBusName },
  { Targets },
]
const namesByTarget = (EventBusName: string, RuleNames: string[], more: object = {}, answer: object = {}): Step => [
  'events:ListRuleNamesByTarget',
  { TargetArn: queueArn('q'), EventBusName, ...more },
  { RuleNames, ...answer },
]

const entry = (Detail: unknown, more: object = {}) => ({ Source, DetailType, Detail: JSON.stringify(Detail), ...more })
const accepted = (count = 1) => ({
  Entries: Array.from({ length: count }, () => ({ EventId: uuid })),
  FailedEntryCount: 0,
})
const putEvents = (...Entries: object[]): Step => ['events:PutEvents', { Entries }, accepted(Entries.length)]
const notPut = (about: string, given: object, ErrorCode: string, ErrorMessage: string): Story => [
  about,
  ['events:PutEvents', { Entries: [given] }, { Entries: [{ ErrorCode, ErrorMessage }], FailedEntryCount: 1 }],
]
const required = (member: string) =>
  ['InvalidArgument', `Parameter ${member} is not valid. Reason: ${member} is a required argument.`] as const

const escaped = (text: string) => text.replace(/[^\w\s"]/g, '\\$&')

/** The messages of a queue. */
const receive = (bodies: readonly unknown[], QueueUrl = '{{QueueUrl}}'): Step => [
  'sqs:ReceiveMessage',
  { QueueUrl, MaxNumberOfMessages: 10 },
  bodies.length === 0
    ? {}
    : {
        Messages: bodies.map((Body) => ({
          MessageId: uuid,
          ReceiptHandle: expect.any(String),
          MD5OfBody: expect.stringMatching(/^[\da-f]{32}$/),
          Body,
        })),
      },
]
/** An event as a target receives it. */
const sent = (given: object, { type = DetailType, source = Source, time = '[^"]+' } = {}) => {
  const start = `{"version":"0","id":"ID","detail-type":"${type}","source":"${source}","account":"123456789012","time":"TIME",`
  const text = `${start}"region":"us-east-1","resources":[],"detail":${JSON.stringify(given)}}`
  return expect.stringMatching(new RegExp(`^${escaped(text).replace('ID', '[\\da-f-]{36}').replace('TIME', time)}$`))
}
/** Puts events, and expects the matching ones in a queue. */
const delivered = (
  about: string,
  wanted: object,
  given: readonly (readonly [detail: unknown, body?: unknown])[],
  more: object = {},
  type = DetailType,
): Story => [
  about,
  createBus(),
  queue(),
  putRule('bus', 'rule', wanted),
  putTargets('bus', [target(more)]),
  ...given.map(([one]) => putEvents(entry(one, { EventBusName: 'bus', DetailType: type }))),
  receive(given.flatMap(([, body]) => (body === undefined ? [] : [body]))),
]

const special = { ...detail, listsingle: ['HIGH'], listmulti: ['ACTIVE', 'INACTIVE'], valid: true }
const paths = {
  userId: '$.detail.payload.acc_id',
  payload: '$.detail.payload',
  systemstring: '$.detail.awsAccountId',
  listsingle: '$.detail.listsingle',
  listmulti: '$.detail.listmulti',
  valid: '$.detail.valid',
}
const transformed = (given: object, template: string, body: unknown, InputPathsMap?: object): Story =>
  delivered(`the template ${template}`, pattern, [[given, body]], {
    InputTransformer: { InputPathsMap, InputTemplate: template },
  })
const eventPaths = (command: string) => ({ 'detail-type': '$.detail-type', timestamp: '$.time', command })
const payloadText = '{acc_id:0a787ecb-4015,sf_id:baz}'
const payloadJson = '{"acc_id":"0a787ecb-4015","sf_id":"baz"}'
const aTime = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ'

const event = {
  id: '1',
  source: 'order',
  'detail-type': 'Test',
  account: '123456789012',
  region: 'us-east-1',
  time: '2022-07-13T13:48:01Z',
}
const test = (EventPattern: unknown, Event: unknown, answer: object | boolean): Step => [
  'events:TestEventPattern',
  {
    EventPattern: typeof EventPattern === 'string' ? EventPattern : JSON.stringify(EventPattern),
    Event: typeof Event === 'string' ? Event : JSON.stringify(Event),
  },
  typeof answer === 'boolean' ? { Result: answer } : answer,
]
const noEvent = broken('Parameter Event is not valid.')
const badPattern = (reason: unknown) => fails('InvalidEventPatternException', reason)

const twoTags = [
  { Key: 'tag1', Value: 'value1' },
  { Key: 'tag2', Value: 'value2' },
]
const tag = (ResourceARN: string, Tags = twoTags, answer: object = {}): Step => [
  'events:TagResource',
  { ResourceARN, Tags },
  answer,
]
const untag = (ResourceARN: string, key: string, answer: object = {}): Step => [
  'events:UntagResource',
  { ResourceARN, TagKeys: [key] },
  answer,
]
const listTags = (ResourceARN: string, answer: object): Step => ['events:ListTagsForResource', { ResourceARN }, answer]
const tagged = (resource: string): Step[] => [
  tag(resource),
  listTags(resource, { Tags: twoTags }),
  untag(resource, 'tag2'),
  listTags(resource, { Tags: twoTags.slice(0, 1) }),
  untag(resource, 'not_existing_tag'),
]
const untagged = (about: string, resource: string, answer: object): Story => [
  `tags of ${about}`,
  tag(resource, twoTags, answer),
  listTags(resource, answer),
  untag(resource, 'tag1', answer),
]

// EventBridge writes a request as Java does.
const shownEntry = (bus: string) =>
  `PutEventsRequestEntry(time=null, source=${Source}, resources=null, detailType=${DetailType}, ` +
  `detail=${JSON.stringify(detail)}, eventBusName=${bus}, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)`

const contentPattern = {
  source: [{ exists: true }],
  'detail-type': [{ prefix: 'core.app' }],
  detail: {
    salary: [2_000, 4_000],
    admins: ['skyli', { prefix: 'hey' }, { prefix: 'ad' }],
    test1: [{ 'anything-but': 200 }],
    test2: [{ 'anything-but': 'test2' }],
    test3: [{ 'anything-but': ['test3', 'test33'] }],
    test4: [{ 'anything-but': { prefix: 'test4' } }],
    'num-test2': [{ numeric: ['<=', 200] }],
    'num-test3': [{ numeric: ['>', 200] }],
    'num-test5': [{ numeric: ['>=', 200, '<=', 500] }],
    'num-test7': [{ numeric: ['>=', 200, '<', 500] }],
  },
}
const content = {
  salary: 2_000,
  admins: 'admin',
  test1: 300,
  test2: 'test22',
  test3: 'test333',
  test4: 'this test4',
  ip: '10.102.1.100',
  'num-test2': 200,
  'num-test3': 300,
  'num-test5': 500,
  'num-test7': 300,
}

const malformed: readonly (readonly [text: string, reason: string, column: number, times?: number])[] = [
  ['{"int": 42}', '"int" must be an object or an array', 11],
  ['{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}', 'Unrecognized match type NUMERIC', 36],
  ['{"string": "my-value"}', '"string" must be an object or an array', 13],
  ['{"resources": []}', 'Empty arrays are not allowed', 17],
  ['{"my_key": [{"EXISTS": true}]}', 'Unrecognized match type EXISTS', 28],
  ['{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}', 'Bad numeric range operator: >', 49],
  ['{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}', 'Value of < must be numeric', 50],
  [
    '{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:**:event-bus/*"}]}',
    'Consecutive wildcard characters at pos 26',
    72,
  ],
  [
    '{"detail-type": [{"equals-ignore-case": ["ec2 instance state-change notification"]}]}',
    'equals-ignore-case match pattern must be a string',
    42,
  ],
  [
    '{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}',
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    66,
  ],
  [
    '{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}',
    'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    67,
    2,
  ],
  [
    '{"detail-type": [{"equals-ignore-case": {"prefix": "ec2"}}]}',
    'equals-ignore-case match pattern must be a string',
    42,
  ],
  [
    'this is valid json but not a dict',
    "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    5,
  ],
  ["{'bad': 'quotation'}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 2],
  [
    '{"not": closed mark"',
    "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    15,
  ],
  ['["not", "a", "dict", "but valid json"]', 'Filter is not an object', 2],
  ['{"EventBusArn": [{"wildcard": 123}]}', 'wildcard match pattern must be a string', 34],
  [
    '{"EventBusArn": [{"wildcard": ["arn:aws:events:us-east-1:**:event-bus/*"]}]}',
    'wildcard match pattern must be a string',
    32,
  ],
  [
    '{"detail": {"state": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}}',
    'wildcard match pattern must be a string',
    57,
    2,
  ],
  ['{"detail": {"FilePath": [{"anything-but": {"wildcard": 123}}]}}', 'wildcard match pattern must be a string', 59],
  [
    '{"detail": {"FileName": [{"anything-but": {"suffix": [123, ".txt"]}}]}}',
    'prefix/suffix match pattern must be a string',
    58,
    2,
  ],
  ['{"detail": {"FileName": [{"anything-but": {"suffix": 123}}]}}', 'prefix/suffix match pattern must be a string', 57],
  [
    '{"detail": {"state": [{"anything-but": {"prefix": [123, "test"]}}]}}',
    'prefix/suffix match pattern must be a string',
    55,
    2,
  ],
  ['{"detail": {"state": [{"anything-but": {"prefix": 123}}]}}', 'prefix/suffix match pattern must be a string', 54],
  ['{"time": [{"prefix": ["2022-07-13"]}]}', 'prefix match pattern must be a string', 23],
  ['{"time": [{"prefix": 123}]}', 'prefix match pattern must be a string', 25],
  ['{"FileName": [{"suffix": 123}]}', 'suffix match pattern must be a string', 29],
  ['{"FileName": [{"suffix": [".png"]}]}', 'suffix match pattern must be a string', 27],
  [
    '{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}',
    'Value of anything-but must be an array or single string/number value.',
    55,
  ],
  [
    '{"detail": {"FileName": [{"anything-but": {"suffix": {"equals-ignore-case": ".png"}}}]}}',
    'Value of anything-but must be an array or single string/number value.',
    55,
  ],
  ['{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}', 'prefix match pattern must be a string', 43],
  ['{"detail": {"FileName": [{"anything-but": {"prefix": ""}}]}}', 'Null prefix/suffix not allowed', 56],
  ['{"detail": {"FileName": [{"anything-but": {"suffix": ""}}]}}', 'Null prefix/suffix not allowed', 56],
  ['{"detail": {"c-count": [{"numeric": 10}]}}', 'Value of numeric must be an array.', 39],
  [
    '{"detail": {"state": [{"anything-but": null}]}}',
    'Value of anything-but must be an array or single string/number value.',
    44,
  ],
  [
    '{"detail": {"state": [{"anything-but": ["stopped", null]}]}}',
    'Inside anything but list, start|null|boolean is not supported.',
    56,
    2,
  ],
  [
    '{"detail": {"FileName": [{"anything-but": {"suffix": [null, ".txt"]}}]}}',
    'prefix/suffix match pattern must be a string',
    59,
    2,
  ],
]

export const eventStories: readonly Story[] = [
  notPut('an event without a source', { DetailType, Detail: '{}' }, ...required('Source')),
  notPut('an event without a detail', { Source, DetailType }, ...required('Detail')),
  notPut('an event without a type', { Source, DetailType: '', Detail: '{}' }, ...required('DetailType')),
  ...['NotJSON', '[]', '{{}', '"NotJSON"'].map((Detail) => {
    return notPut(`the detail ${Detail}`, { Source, DetailType, Detail }, 'MalformedDetail', 'Detail is malformed.')
  }),
  [
    // AWS answered this with a limit of 256 KB, which applied until 2026.
    'an event that is too large',
    [
      'events:PutEvents',
      { Entries: [entry({ payload: ['p'.repeat(1_024 * 1_024 - 17)] })] },
      broken('Total size of the entries in the request is over the limit.'),
    ],
  ],
  ...bothBuses(
    (EventBusName) => [
      [
        'events:PutEvents',
        { Entries: Array.from({ length: 11 }, () => entry(detail, { EventBusName })) },
        broken(
          `1 validation error detected: Value '[${Array.from({ length: 11 }, () => shownEntry(EventBusName)).join(', ')}]' ` +
            "at 'entries' failed to satisfy constraint: Member must have length less than or equal to 10",
        ),
      ],
    ],
    'eleven events',
  ),
  [
    'events with a time',
    createBus(),
    queue(),
    putRule('bus', 'rule', sourcePattern),
    putTargets('bus', [target()]),
    ...['short time', 'new time', 'long time'].map((message) => {
      return putEvents(entry({ message }, { EventBusName: 'bus', Time: 1_640_995_200 }))
    }),
    receive(
      ['short time', 'new time', 'long time'].map((message) => sent({ message }, { time: '2022-01-01T00:00:00Z' })),
    ),
  ],
  [
    'an event for two targets',
    queue('a'),
    queue('b'),
    putRule('default', 'rule', sourcePattern),
    putTargets('default', [
      { Id: '1', Arn: queueArn('a') },
      { Id: '2', Arn: queueArn('b') },
    ]),
    putEvents(entry(detail)),
    receive([sent(detail)]),
    receive([sent(detail)], '{{QueueUrl:2}}'),
  ],
  [
    'an event for a queue that was deleted',
    queue(),
    ['sqs:DeleteQueue', { QueueUrl: '{{QueueUrl}}' }],
    putRule('default', 'rule', sourcePattern),
    putTargets('default', [target()]),
    putEvents(entry(detail)),
  ],
  [
    'an event with the time in fractions',
    queue(),
    putRule('default', 'rule', { source: ['test-source'], 'detail-type': ['test-detail-type'] }),
    putTargets('default', [target()]),
    putEvents(
      entry(
        { message: 'test message' },
        { Source: 'test-source', DetailType: 'test-detail-type', Time: 1_732_801_416.123 },
      ),
    ),
    receive([
      sent(
        { message: 'test message' },
        { source: 'test-source', type: 'test-detail-type', time: '2024-11-28T13:43:36Z' },
      ),
    ]),
  ],
  ...[{ Description: 'test bus' }, {}].map((more): Story => {
    return [
      `a bus with ${JSON.stringify(more)}`,
      ['events:CreateEventBus', { Name: 'bus', ...more }, { EventBusArn: arn('event-bus/bus'), ...more }],
      ['events:ListEventBuses', { NamePrefix: 'bus' }, { EventBuses: [shownBus('bus', more)] }],
      ['events:DescribeEventBus', { Name: 'bus' }, shownBus('bus', more)],
      ['events:DeleteEventBus', { Name: 'bus' }, {}],
      ['events:ListEventBuses', { NamePrefix: 'bus' }, { EventBuses: [] }],
    ]
  }),
  [
    'two buses of one name',
    createBus(),
    [
      'events:CreateEventBus',
      { Name: 'bus' },
      fails('ResourceAlreadyExistsException', 'Event bus bus already exists.'),
    ],
  ],
  [
    'a bus that does not exist',
    ['events:DescribeEventBus', { Name: 'none' }, noBus('none')],
    ['events:DeleteEventBus', { Name: 'none' }, {}],
  ],
  ['the default bus', ['events:DeleteEventBus', { Name: 'default' }, broken('Cannot delete event bus default.')]],
  [
    'buses by their prefix',
    createBus('unique-prefix-1'),
    createBus('no-prefix-match'),
    ['events:ListEventBuses', { NamePrefix: 'unique-prefix-1' }, buses(['unique-prefix-1'])],
    ['events:ListEventBuses', { NamePrefix: 'unique' }, buses(['unique-prefix-1'])],
  ],
  [
    'pages of buses',
    ...numbered('bus-', 0, 6).map((name) => createBus(name)),
    ['events:ListEventBuses', { Limit: 3, NamePrefix: 'bus' }, buses(numbered('bus-', 0, 3), { NextToken: nextToken })],
    [
      'events:ListEventBuses',
      { Limit: 5, NamePrefix: 'bus', NextToken: '{{NextToken}}' },
      buses(numbered('bus-', 3, 6)),
    ],
  ],
  [
    'an event for a bus that does not exist',
    queue(),
    putRule('default', 'rule', { 'detail-type': ['CustomType'], source: ['MySource'] }),
    putTargets('default', [target()]),
    putEvents(
      entry({ message: 'for the default event bus' }, { Source: 'MySource', DetailType: 'CustomType' }),
      entry(
        { message: 'for the custom event bus' },
        { Source: 'MySource', DetailType: 'CustomType', EventBusName: 'none' },
      ),
    ),
    receive([sent({ message: 'for the default event bus' }, { source: 'MySource', type: 'CustomType' })]),
    ['events:DescribeEventBus', { Name: 'none' }, noBus('none')],
  ],
  ...bothBuses(
    (EventBusName) => [
      putRule(EventBusName),
      ['events:ListRules', { NamePrefix: 'rule', EventBusName }, { Rules: [shownRule(EventBusName)] }],
      describedRule(EventBusName),
      ['events:DeleteRule', { Name: 'rule', EventBusName }, {}],
      ['events:ListRules', { NamePrefix: 'rule', EventBusName }, { Rules: [] }],
    ],
    'a rule',
  ),
  [
    'a rule that is put twice',
    createBus(),
    putRule('bus'),
    putRule('bus'),
    ['events:ListRules', { EventBusName: 'bus' }, { Rules: [shownRule('bus')] }],
  ],
  [
    'pages of rules',
    createBus(),
    ...numbered('rule-', 0, 6).map((name) => putRule('bus', name)),
    [
      'events:ListRules',
      { Limit: 3, EventBusName: 'bus' },
      { Rules: numbered('rule-', 0, 3).map((name) => shownRule('bus', {}, name)), NextToken: nextToken },
    ],
    [
      'events:ListRules',
      { Limit: 5, EventBusName: 'bus', NextToken: '{{NextToken}}' },
      { Rules: numbered('rule-', 3, 6).map((name) => shownRule('bus', {}, name)) },
    ],
  ],
  ['a rule that does not exist', ['events:DescribeRule', { Name: 'none' }, noRule('none', 'default')]],
  ...bothBuses(
    (EventBusName) => [
      putRule(EventBusName),
      ['events:DisableRule', { Name: 'rule', EventBusName }, {}],
      describedRule(EventBusName, 'DISABLED'),
      ['events:EnableRule', { Name: 'rule', EventBusName }, {}],
      describedRule(EventBusName),
    ],
    'a rule that is disabled for a while',
  ),
  [
    'a rule with targets',
    queue(),
    putRule('default'),
    putTargets('default', [target()]),
    ['events:DeleteRule', { Name: 'rule' }, broken("Rule can't be deleted since it has targets.")],
    listTargets('default', [target()]),
    putRule('default'),
    listTargets('default', [target()]),
  ],
  [
    'two rules with two targets each',
    createBus(),
    ...['a', 'b', 'c', 'd'].map((name) => queue(name)),
    ...['rule', 'other'].map((name) => putRule('bus', name, sourcePattern)),
    ...['a', 'b'].map((name) => putTargets('bus', [{ Id: name, Arn: queueArn(name) }])),
    ...['c', 'd'].map((name) => putTargets('bus', [{ Id: name, Arn: queueArn(name) }], done, 'other')),
    putEvents(entry(detail, { EventBusName: 'bus' })),
    ...['', ':2', ':3', ':4'].map((count) => receive([sent(detail)], `{{QueueUrl${count}}}`)),
  ],
  ...bothBuses(
    (bus) => [
      queue(),
      ...numbered('rule-', 0, 5).flatMap((name) => [putRule(bus, name), putTargets(bus, [target()], done, name)]),
      putRule(bus, 'rule-other'),
      namesByTarget(bus, numbered('rule-', 0, 5)),
      namesByTarget(bus, numbered('rule-', 0, 2), { Limit: 2 }, { NextToken: nextToken }),
      namesByTarget(bus, numbered('rule-', 2, 4), { Limit: 2, NextToken: '{{NextToken}}' }, { NextToken: nextToken }),
      namesByTarget(bus, ['rule-4'], { Limit: 2, NextToken: '{{NextToken:2}}' }),
    ],
    'the rules of a target',
  ),
  ...bothBuses(
    (bus) => [putRule(bus), putTargets(bus, [target({ Arn: queueArn('other') })]), namesByTarget(bus, [])],
    'a target without rules',
  ),
  ...bothBuses(
    (bus) => [
      queue(),
      putRule(bus),
      putTargets(bus, [target()]),
      listTargets(bus, [target()]),
      ['events:RemoveTargets', { Rule: 'rule', EventBusName: bus, Ids: ['target'] }, done],
      listTargets(bus, []),
    ],
    'a target',
  ),
  [
    'more than five targets',
    putRule('default'),
    putTargets(
      'default',
      numbered('target-', 0, 7).map((Id) => target({ Id })),
      fails('LimitExceededException', 'The requested resource exceeds the maximum number allowed.'),
    ),
  ],
  [
    'pages of targets',
    putRule('default'),
    putTargets(
      'default',
      numbered('target-', 0, 5).map((Id) => target({ Id })),
    ),
    [
      'events:ListTargetsByRule',
      { Rule: 'rule', Limit: 3 },
      { Targets: numbered('target-', 0, 3).map((Id) => target({ Id })), NextToken: nextToken },
    ],
    [
      'events:ListTargetsByRule',
      { Rule: 'rule', NextToken: '{{NextToken}}' },
      { Targets: numbered('target-', 3, 5).map((Id) => target({ Id })) },
    ],
  ],
  [
    'the ID of a target',
    putRule('default'),
    putTargets(
      'default',
      [target({ Id: '!@#$@!#$' })],
      broken(
        "1 validation error detected: Value '!@#$@!#$' at 'targets.1.member.id' failed to satisfy constraint: Member must " +
          'satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+',
      ),
    ),
    putTargets(
      'default',
      [target({ Id: 'a'.repeat(79) })],
      broken(
        `1 validation error detected: Value '${'a'.repeat(79)}' at 'targets.1.member.id' failed to satisfy constraint: ` +
          'Member must have length less than or equal to 64',
      ),
    ),
    putTargets('default', [target({ Id: 'test-With_valid.Characters-1' })]),
  ],
  [
    'one ID for two targets',
    putRule('default'),
    putTargets('default', [target({ InputPath: '$.detail' })]),
    putTargets('default', [target({ InputPath: '$.notexisting' })]),
    listTargets('default', [target({ InputPath: '$.notexisting' })]),
  ],
  [
    'one target of two rules',
    putRule('default'),
    putRule('default', 'other'),
    putTargets('default', [target({ InputPath: '$.detail' })]),
    putTargets('default', [target({ InputPath: '$.doesnotexist' })], done, 'other'),
    listTargets('default', [target({ InputPath: '$.detail' })]),
    listTargets('default', [target({ InputPath: '$.doesnotexist' })], 'other'),
  ],
  [
    'one queue with two IDs',
    putRule('default'),
    putTargets(
      'default',
      ['one', 'two'].map((Id) => target({ Id, InputPath: `$.${Id}` })),
    ),
    listTargets(
      'default',
      ['one', 'two'].map((Id) => target({ Id, InputPath: `$.${Id}` })),
    ),
  ],

  ...bothBuses((bus) => tagged(arn(`event-bus/${bus}`)), 'tags of a bus'),
  ...bothBuses((bus) => [putRule(bus), ...tagged(ruleArn(bus))], 'tags of a rule'),
  untagged('no rule', ruleArn('default', 'none'), noRule('none', 'default')),
  untagged('no bus', arn('event-bus/none'), noBus('none')),
  ...bothBuses(
    (bus) => [
      putRule(bus),
      tag(ruleArn(bus)),
      ['events:DeleteRule', { Name: 'rule', EventBusName: bus }],
      listTags(ruleArn(bus), noRule('rule', bus)),
      putRule(bus),
      listTags(ruleArn(bus), { Tags: [] }),
    ],
    'tags of a rule that comes back',
  ),
  [
    'tags of a bus that comes back',
    createBus(),
    tag(arn('event-bus/bus')),
    ['events:DeleteEventBus', { Name: 'bus' }],
    listTags(arn('event-bus/bus'), noBus('bus')),
    createBus(),
    listTags(arn('event-bus/bus'), { Tags: [] }),
  ],
  [
    'tags of a new rule',
    putRule('default', 'rule', pattern, { Tags: twoTags }),
    listTags(ruleArn('default'), { Tags: twoTags }),
  ],
  [
    'tags of a new bus',
    ['events:CreateEventBus', { Name: 'bus', Tags: twoTags }, { EventBusArn: arn('event-bus/bus') }],
    listTags(arn('event-bus/bus'), { Tags: twoTags }),
  ],

  [
    'two kinds of input',
    putRule('default'),
    putTargets(
      'default',
      [target({ InputPath: '$.detail', InputTransformer: { InputTemplate: '"x"' } })],
      broken('Only one of Input, InputPath, or InputTransformer must be provided for target target.'),
    ),
  ],
  [
    'a placeholder without a path',
    putRule('default'),
    putTargets(
      'default',
      [
        target({
          InputTransformer: {
            InputPathsMap: eventPaths('$.detail.command'),
            InputTemplate: '"Event of <detail-type> type, with not defined key <notdefinedkey>"',
          },
        }),
      ],
      broken('InputTemplate for target target contains invalid placeholder notdefinedkey.'),
    ),
  ],
  delivered('a path', pattern, [[detail, JSON.stringify(detail)]], { InputPath: '$.detail' }),
  delivered('a deeper path', pattern, [[detail, payloadJson]], { InputPath: '$.detail.payload' }),
  delivered(
    'a path with a name twice',
    pattern,
    [
      [
        { command: 'update-account', payload: { acc_id: '1', payload: { message: 'baz', id: '123' } } },
        '{"acc_id":"1","payload":{"message":"baz","id":"123"}}',
      ],
    ],
    { InputPath: '$.detail.payload' },
  ),
  delivered('the deepest path', pattern, [[detail, '"baz"']], { InputPath: '$.detail.payload.sf_id' }),
  [
    'a path for one target of two',
    queue('a'),
    queue('b'),
    putRule('default'),
    putTargets('default', [
      { Id: '1', Arn: queueArn('a'), InputPath: '$.detail' },
      { Id: '2', Arn: queueArn('b') },
    ]),
    putEvents(entry(detail)),
    receive([JSON.stringify(detail)]),
    receive([sent(detail)], '{{QueueUrl:2}}'),
  ],
  ...(
    [
      ['$.detail.command', 'update-account'],
      ['$.detail.notinmessage', ''],
    ] as const
  ).flatMap(([path, value]) => [
    transformed(
      detail,
      '"Event of <detail-type> type, at time <timestamp>, info extracted from detail <command>"',
      expect.stringMatching(
        new RegExp(`^"Event of ${DetailType} type, at time ${aTime}, info extracted from detail ${value}"$`),
      ),
      eventPaths(path),
    ),
    transformed(
      detail,
      '"{[/Check with special starting characters for event of <detail-type> type"',
      `"{[/Check with special starting characters for event of ${DetailType} type"`,
      eventPaths(path),
    ),
    transformed(
      detail,
      '{"detailType": <detail-type>,  "time": <timestamp>, "command": <command>}',
      expect.stringMatching(
        new RegExp(`^{"detailType": "${DetailType}",  "time": "${aTime}", "command": "${value}"}$`),
      ),
      eventPaths(path),
    ),
  ]),
  transformed(
    detail,
    '"Message containing all pre defined variables <aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"',
    expect.stringMatching(
      new RegExp(`^"Message containing all pre defined variables ${ruleArn('bus')} rule \\d{4}-[\\d-T:.]+Z"$`),
    ),
  ),
  transformed(
    detail,
    '{"originalEvent": <aws.events.event>, "originalEventJson": <aws.events.event.json>}',
    expect.stringMatching(
      new RegExp(
        `^{"originalEvent": {(?!.*"detail":.*originalEventJson).*"detailType":"${DetailType}".*}, ` +
          `"originalEventJson": {"version":"0",.*"detail":${escaped(JSON.stringify(detail))}}}$`,
      ),
    ),
  ),
  ...(
    [
      [
        '{"method": "PUT", "path": "users-service/users/<userId>", "bod": <payload>}',
        `{"method": "PUT", "path": "users-service/users/0a787ecb-4015", "bod": ${payloadJson}}`,
      ],
      [
        '"Payload of <payload> with path users-service/users/<userId> and <userId>"',
        `"Payload of ${payloadText} with path users-service/users/0a787ecb-4015 and 0a787ecb-4015"`,
      ],
      ['{"id" : <userId>}', '{"id" : "0a787ecb-4015"}'],
      ['{"id" : "<userId>"}', '{"id" : "0a787ecb-4015"}'],
      [
        '{"method": "PUT", "path": "users-service/users/<userId>", "id": <userId>, "body": <payload>}',
        `{"method": "PUT", "path": "users-service/users/0a787ecb-4015", "id": "0a787ecb-4015", "body": ${payloadJson}}`,
      ],
      [
        '{"method": "PUT", "path": "users-service/users/<userId>", "bod": [<userId>, "hardcoded"]}',
        '{"method": "PUT", "path": "users-service/users/0a787ecb-4015", "bod": ["0a787ecb-4015", "hardcoded"]}',
      ],
      [
        '{"nested": {"level1": {"level2": {"level3": "users-service/users/<userId>"} } }, "bod": "<userId>"}',
        '{"nested": {"level1": {"level2": {"level3": "users-service/users/0a787ecb-4015"} } }, "bod": "0a787ecb-4015"}',
      ],
      ['"<listsingle> single list item"', '"[HIGH] single list item"'],
      ['"<listmulti> multiple list items"', '"[ACTIVE,INACTIVE] multiple list items"'],
      ['{"singlelistitem": <listsingle>}', '{"singlelistitem": ["HIGH"]}'],
      [
        '"<listsingle> single list item <listmulti> multiple list items <systemstring> system account id <payload> payload <userId> user id"',
        `"[HIGH] single list item [ACTIVE,INACTIVE] multiple list items  system account id ${payloadText} payload 0a787ecb-4015 user id"`,
      ],
      [
        '"<listsingle> single list item"\n"<listmulti> multiple list items"\n"<systemstring> system account id"\n"<payload> payload"\n"<userId> user id"',
        `"[HIGH] single list item"\n"[ACTIVE,INACTIVE] multiple list items"\n" system account id"\n"${payloadText} payload"\n"0a787ecb-4015 user id"`,
      ],
      [
        '{"multi_replacement": "users/<userId>/second/<userId>"}',
        '{"multi_replacement": "users/0a787ecb-4015/second/0a787ecb-4015"}',
      ],
      ['"Command is <valid>!"', '"Command is true!"'],
      // AWS delivers nothing, because the results are not JSON.
      ['{"not_valid": "users-service/users/<payload>", "bod": <payload>}'],
      ['{"payload": "<payload>"}'],
      ['{"singlelistitem": "<listsingle>"}'],
      ['{"singlelistitem": "<listsingle>", "multiplelistitems": "<listmulti>"}'],
      ['<listsingle> single list item'],
      ['<listmulti> multiple list items'],
    ] as const
  ).map(([template, body]) => transformed(special, template, body, paths)),

  delivered('a whole event', pattern, [[detail, sent(detail)]]),
  delivered(
    'a value of a detail',
    { detail: { EventType: ['0', '1'] } },
    [[{ EventType: '1' }, '{"EventType":"1"}'], [{ EventType: '2' }]],
    { InputPath: '$.detail' },
  ),
  [
    'a topic',
    queue(),
    ['sns:CreateTopic', { Name: 'topic' }],
    [
      'sns:Subscribe',
      { TopicArn: 'arn:aws:sns:us-east-1:123456789012:topic', Protocol: 'sqs', Endpoint: queueArn('q') },
    ],
    putRule('default'),
    putTargets('default', [target({ Arn: 'arn:aws:sns:us-east-1:123456789012:topic' })]),
    putEvents(entry(detail)),
    receive([
      expect.stringMatching(
        /^\{\s*"Type" ?: ?"Notification",\s*"MessageId" ?: ?"[^"]+",\s*"TopicArn" ?: ?"[^"]+:topic",\s*"Message" ?: ?"\{\\"version\\":\\"0\\",[^{}]*\\"detail\\":\{.*\}\}",\s*"Timestamp" ?: ?"[^"]+",\s*"SignatureVersion" ?: ?"1",\s*"Signature" ?: ?"[^"]+",\s*"SigningCertURL" ?: ?"[^"]+",\s*"UnsubscribeURL" ?: ?"[^"]+"\s*\}$/,
      ),
    ]),
  ],
  delivered(
    'an array of values',
    { detail: { event: { data: { type: ['1', '2'] } } } },
    [
      [{ event: { data: { type: ['3', '1'] } } }, '{"event":{"data":{"type":["3","1"]}}}'],
      [{ event: { data: { type: ['2'] } } }, '{"event":{"data":{"type":["2"]}}}'],
      [{ event: { data: { type: ['3'] } } }],
    ],
    { InputPath: '$.detail' },
  ),
  delivered(
    'a value deep inside',
    { detail: { event: { data: { type: ['1'] } } } },
    [
      [{ event: { data: { type: '1' } } }, '{"event":{"data":{"type":"1"}}}'],
      [{ event: { data: { type: '2' } } }],
      [{ hello: 'world' }],
    ],
    { InputPath: '$.detail' },
  ),
  delivered('anything but a value', { ...sourcePattern, detail: { command: [{ 'anything-but': ['no-message'] }] } }, [
    [{ command: 'display-message', payload: 'baz' }, sent({ command: 'display-message', payload: 'baz' })],
    [{ command: null, payload: 'baz' }, sent({ command: null, payload: 'baz' })],
    [{ command: 'no-message', payload: 'baz' }],
  ]),
  delivered('a member that exists', { ...sourcePattern, detail: { key: [{ exists: true }] } }, [
    [{ key: 'value' }, sent({ key: 'value' })],
    [{ 'no-key': 'no-value' }],
  ]),
  delivered('a member that does not exist', { ...sourcePattern, detail: { key: [{ exists: false }] } }, [
    [{ key: 'value' }],
    [{ 'no-key': 'no-value' }, sent({ 'no-key': 'no-value' })],
  ]),
  delivered(
    'many operators',
    contentPattern,
    [[content, JSON.stringify(content)]],
    { InputPath: '$.detail' },
    'core.app.backend',
  ),
  [
    'a test of a pattern',
    test({ source: ['order'], 'detail-type': ['Test'] }, event, true),
    test({ source: ['shipment'], 'detail-type': ['Test'] }, event, false),
  ],
  [
    'a pattern with a name twice',
    test(
      '{"detail":{"location":[{"prefix":"us-"}],"location":[{"anything-but":"us-east"}]}}',
      { ...event, detail: { location: 'eu-central-1' } },
      true,
    ),
  ],
  [
    'a pattern with escapes',
    test(
      '{"detail": {"escape_star": ["*"], "escape_backslash": ["\\\\"]}}',
      { ...event, detail: { escape_star: '*', escape_backslash: '\\' } },
      true,
    ),
  ],
  [
    'a pattern of names with dots',
    test(
      { detail: { 'payload.nested.another-level.deep': { 'inside-list': [{ prefix: 'q-test' }] } } },
      {
        ...event,
        detail: { payload: { nested: { 'another-level': { deep: { 'inside-list': ['a', 'q-test-1'] } } } } },
      },
      true,
    ),
  ],
  ['a text as event', test({ source: ['a'] }, 'plain string', noEvent)],
  ['an array as event', test({ source: ['a'] }, ['plain string'], noEvent)],
  ['an event without its members', test({ source: ['a'] }, { testEvent: 'value' }, noEvent)],
  ...malformed.map(([text, reason, column, times = 1]): Story => {
    const place = `\n at [Source: (String)"${text}"; line: 1, column: ${column}]`.repeat(times)
    return [
      `the pattern ${text}`,
      test(text, event, badPattern(`Event pattern is not valid. Reason: ${reason}${place}`)),
    ]
  }),
]
