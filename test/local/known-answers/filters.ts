import type { Step, Story } from './story.ts'
import {
  all,
  invalid,
  message,
  notification,
  number,
  one,
  publish,
  receive,
  remove,
  set,
  shows,
  subscribe,
  subscribed,
  system,
  topic,
} from './topics.ts'

/** AWS refuses a policy for one key. A column of 0 stands for an error without a place. */
const refused = (list: unknown, reason: string, column: number): Step => {
  const policy = JSON.stringify({ key: list })
  const place = column === 0 ? '' : `\n at [Source: (String)"${policy}"; line: 1, column: ${column}]`
  return subscribe({ FilterPolicy: policy }, invalid(`Attributes Reason: FilterPolicy: ${reason}${place}`))
}
const numeric = (operand: unknown[], reason: string, column: number): Step =>
  refused([{ numeric: operand }], reason, column)
const tooComplex = (policy: object, FilterPolicyScope: string): Step =>
  subscribe(
    { FilterPolicy: JSON.stringify(policy), FilterPolicyScope },
    invalid('Attributes Reason: FilterPolicy: Filter policy is too complex'),
  )
const count = (length: number): number[] => Array.from({ length }, (_, index) => index)
const shop = (store: string, DataType = 'String'): object => ({ store: { DataType, StringValue: store } })
const byBody = (policy: object): readonly Step[] => [
  ...subscribed({ FilterPolicyScope: 'MessageBody', RawMessageDelivery: 'true', FilterPolicy: JSON.stringify(policy) }),
]
/** AWS delivers only the messages that pass. */
const passing = (policy: object, passed: readonly object[], others: readonly object[]): readonly Step[] => [
  ...byBody(policy),
  ...[...others, ...passed].map((body) => publish({ Message: JSON.stringify(body) })),
  receive({ Messages: passed.map((body) => message(body, system())) }, { ...all, MaxNumberOfMessages: 10 }),
]
const eachPasses = (...bodies: object[]): readonly Step[] =>
  bodies.flatMap((body) => [
    publish({ Message: JSON.stringify(body) }),
    receive(one(notification(JSON.stringify(body)))),
    remove,
  ])
const nonePasses = (...bodies: unknown[]): readonly Step[] => [
  ...bodies.map((body) => publish({ Message: typeof body === 'string' ? body : JSON.stringify(body) })),
  receive({}),
]
const numbers = { attr1: [{ numeric: ['>', 0, '<=', 100] }] }
const priced = (price: string): object => ({ MessageAttributes: { attr1: number(price) } })
const shownPrice = one(notification('test message', { MessageAttributes: { attr1: { Type: 'Number', Value: '99' } } }))
const stored = { store: number('99'), def: number('99') }
const shownStore = one(
  notification('test message', {
    MessageAttributes: { store: { Type: 'Number', Value: '99' }, def: { Type: 'Number', Value: '99' } },
  }),
)
const shownDef = one(notification('test message', { MessageAttributes: { def: { Type: 'Number', Value: '99' } } }))
const insurance = {
  object: { key: [{ prefix: 'auto-' }, 'hardcodedvalue'], nested_key: [{ exists: false }] },
  test: [{ exists: false }],
}
const record = (key: string, eventName: string): object => ({
  Records: [{ eventSource: 'aws:s3', eventName, s3: { bucket: { name: 'demo' }, object: { key, size: 17 } } }],
})
const source = ['aws.cloudwatch', 'aws.events', 'aws.test', 'aws.test2']
const alarm = { scope: 'Service', type: 'CloudWatch Alarm State Change' }
const watched = { scope: 'Service', source: 'aws.cloudwatch' }

export const filterStories: readonly Story[] = [
  [
    'elements of a list',
    topic,
    refused([['value']], 'Match value must be String, number, true, false, or null', 10),
    refused([{ 'wrong-operator': true }], 'Unrecognized match type wrong-operator', 31),
    refused([{ suffix: 'value', prefix: 'value2' }], 'Only one key allowed in match expression', 37),
    refused([], 'Empty arrays are not allowed', 10),
    refused([{ suffix: 100 }], 'suffix match pattern must be a string', 22),
    refused([{ suffix: null }], 'suffix match pattern must be a string', 23),
    refused([{ suffix: [] }], 'suffix match pattern must be a string', 20),
    refused([{ suffix: ['test', 'test2'] }], 'suffix match pattern must be a string', 20),
    refused({ suffix: 'value' }, '"suffix" must be an object or an array', 19),
    refused({ suffix: 'value', prefix: 'value' }, '"suffix" must be an object or an array', 19),
    refused({ 'not-an-operator': 'value' }, '"not-an-operator" must be an object or an array', 28),
    refused([{ exists: null }], 'exists match pattern must be either true or false.', 23),
    refused([{ exists: 'no' }], 'exists match pattern must be either true or false.', 20),
  ],
  [
    'blocks of addresses',
    topic,
    refused([{ cidr: ['bad-filter'] }], 'prefix match pattern must be a string', 18),
    refused([{ cidr: 'bad-filter' }], "Malformed CIDR, one '/' required", 0),
    refused([{ cidr: 'bad-filter/64' }], 'Nonstandard IP address: bad-filter', 0),
    refused([{ cidr: 'bad-/64filter' }], 'Malformed CIDR, mask bits must be an integer', 0),
    refused([{ cidr: 'xx.11.xx/8' }], 'Nonstandard IP address: xx.11.xx', 0),
    refused([{ cidr: 'xxxx:db8:1234:1a00::/64' }], 'Nonstandard IP address: xxxx:db8:1234:1a00::', 0),
  ],
  [
    'numbers',
    topic,
    numeric([], 'Invalid member in numeric match: ]', 22),
    numeric(['operator'], 'Unrecognized numeric range operator: operator', 32),
    numeric([1, '<='], 'Invalid member in numeric match: 1', 22),
    numeric(['=', '000'], 'Value of equals must be numeric', 26),
    numeric(['>='], 'Value of >= must be numeric', 26),
    numeric(['<', 100, '>', 10], 'Too many elements in numeric expression', 30),
    numeric(['>=', 1, '>', 2], 'Bad numeric range operator: >', 31),
    numeric(['>', 3, '<', 1], 'Bottom must be less than top', 33),
    numeric(['>', 20, '<='], 'Value of <= must be numeric', 33),
    numeric(['>', 20, 30], 'Bad value in numeric range: 30', 30),
    numeric(['>', 20, 'test'], 'Bad numeric range operator: test', 34),
    numeric(['>', '20', '<', '30'], 'Value of > must be numeric', 26),
    numeric(['>', 20, '<', '30'], 'Value of < must be numeric', 33),
    numeric(['>', 20, '<', 30, '<', 50], 'Too many terms in numeric range expression', 36),
  ],
  [
    'anything but',
    topic,
    refused([{ 'anything-but': { 'wrong-operator': null } }], 'Unsupported anything-but pattern: wrong-operator', 47),
    refused([{ 'anything-but': { suffix: 'test' } }], 'Unsupported anything-but pattern: suffix', 36),
    refused([{ 'anything-but': { exists: false } }], 'Unsupported anything-but pattern: exists', 40),
    refused([{ 'anything-but': { prefix: false } }], 'prefix match pattern must be a string', 40),
    subscribe({ FilterPolicy: '{"key":[{"anything-but":{"prefix":"test-"}}]}' }),
    set('FilterPolicy', '{"key":[{"anything-but":["test","test2"]}]}'),
    set('FilterPolicy', '{"key":[{"anything-but":"test"}]}'),
  ],
  [
    'policies that are too complex',
    topic,
    tooComplex({ key: count(151) }, 'MessageAttributes'),
    tooComplex({ key1: count(100), key2: count(51) }, 'MessageAttributes'),
    subscribe(
      { FilterPolicy: JSON.stringify(Object.fromEntries([...'abcdef'].map((key) => [key, ['value']]))) },
      invalid('Attributes Reason: FilterPolicy: Filter policy can not have more than 5 keys'),
    ),
    tooComplex(
      {
        source,
        $or: [{ metricName: count(6) }, { metricType: count(4), $or: [{ metricId: count(4) }, { spaceId: count(4) }] }],
      },
      'MessageAttributes',
    ),
    tooComplex(
      {
        $or: [{ metricName: count(3) }, { namespace: count(2) }],
        detail: { scope: ['Service', 'Test'], $or: [{ source: count(1) }, { type: count(3) }] },
      },
      'MessageBody',
    ),
    subscribe({
      FilterPolicy: JSON.stringify({
        source: source.slice(0, 3),
        $or: [{ metricName: count(6) }, { metricType: count(4), $or: [{ metricId: count(4) }, { spaceId: count(7) }] }],
      }),
    }),
  ],
  [
    'a nested policy',
    ...subscribed(),
    set(
      'FilterPolicy',
      '{"object":{"key":[{"prefix":"auto-"}]}}',
      invalid('Filter policy scope MessageAttributes does not support nested filter policy'),
    ),
    set('FilterPolicyScope', 'MessageBody'),
    set('FilterPolicy', '{"object":{"key":[{"prefix":"auto-"}]}}'),
    shows({ FilterPolicy: { object: { key: [{ prefix: 'auto-' }] } }, FilterPolicyScope: 'MessageBody' }),
  ],
  [
    'limits of nested policies',
    ...subscribed(),
    set('FilterPolicyScope', 'MessageBody'),
    set(
      'FilterPolicy',
      JSON.stringify({ key_a: { key_b: { key_c: count(4) } }, key_d: { key_e: count(3) }, key_f: count(3) }),
      invalid('FilterPolicy: Filter policy is too complex'),
    ),
    set(
      'FilterPolicy',
      JSON.stringify(Object.fromEntries([...'abcdef'].map((key) => [key, ['value']]))),
      invalid('FilterPolicy: Filter policy can not have more than 5 keys'),
    ),
    set(
      'FilterPolicy',
      '{"key_a": "value_one"}',
      invalid(
        'FilterPolicy: "key_a" must be an object or an array\n at [Source: (String)"{"key_a":"value_one"}"; line: 1, column: 11]',
      ),
    ),
  ],
  [
    'the scope of a policy',
    ...subscribed(),
    shows(),
    set('FilterPolicyScope', 'MessageBody'),
    shows(),
    set(
      'FilterPolicyScope',
      'RandomValue',
      invalid('FilterPolicyScope: Invalid value [RandomValue]. Please use either MessageBody or MessageAttributes'),
    ),
    set('FilterPolicy', '{"attr": ["match-this"]}'),
    shows({ FilterPolicy: { attr: ['match-this'] }, FilterPolicyScope: 'MessageBody' }),
  ],
  [
    'a policy that is changed and removed',
    ...subscribed(),
    set('FilterPolicy', JSON.stringify(numbers)),
    shows({ FilterPolicy: numbers, FilterPolicyScope: 'MessageAttributes' }),
    receive({}),
    publish(priced('99')),
    receive(shownPrice),
    publish(priced('111')),
    receive(shownPrice),
    remove,
    set('FilterPolicy', '{"attr1":[null,{"anything-but":"whatever"}]}'),
    shows({ FilterPolicy: { attr1: [null, { 'anything-but': 'whatever' }] }, FilterPolicyScope: 'MessageAttributes' }),
    publish({}),
    receive({}),
    set('FilterPolicy', ''),
    publish({}),
    receive(one(notification('test message'))),
  ],
  [
    'whether an attribute exists',
    ...subscribed(),
    set('FilterPolicy', '{"store":[{"exists":true}]}'),
    shows({ FilterPolicy: { store: [{ exists: true }] }, FilterPolicyScope: 'MessageAttributes' }),
    receive({}),
    publish({ MessageAttributes: stored }),
    receive(shownStore),
    publish({ MessageAttributes: { def: stored.def } }),
    receive(shownStore),
    remove,
    set('FilterPolicy', '{"store":[{"exists":false}]}'),
    shows({ FilterPolicy: { store: [{ exists: false }] }, FilterPolicyScope: 'MessageAttributes' }),
    publish({ MessageAttributes: { def: stored.def } }),
    receive(shownDef),
    publish({ MessageAttributes: stored }),
    receive(shownDef),
  ],
  [
    'lists in attributes',
    ...subscribed({ RawMessageDelivery: 'true', FilterPolicy: '{"store":["value1"]}' }),
    shows({
      RawMessageDelivery: 'true',
      FilterPolicy: { store: ['value1'] },
      FilterPolicyScope: 'MessageAttributes',
    }),
    receive({}),
    publish({ Message: 'message-1', MessageAttributes: shop('value1') }),
    receive(one('message-1')),
    remove,
    publish({ Message: 'message-2', MessageAttributes: shop('["value1", "value2"]', 'String.Array') }),
    receive(one('message-2')),
    remove,
    publish({ Message: 'message-3', MessageAttributes: shop('["value2", "value3"]', 'String.Array') }),
    receive({}),
  ],
  [
    'bodies',
    ...subscribed({ FilterPolicyScope: 'MessageBody', FilterPolicy: JSON.stringify(insurance) }),
    receive({}),
    ...eachPasses({ object: { key: 'auto-test' } }, { object: { key: 'hardcodedvalue' } }),
    ...nonePasses(
      { object: { key: 'test-auto' } },
      { object: { key: 'auto-test' }, test: 'just-exists' },
      { object: { key: 'auto-test', nested_key: 'just-exists' } },
      { object: { test: 'auto-test' } },
      { test: 'auto-test' },
      'Regular string message',
      '"Regular string message"',
    ),
  ],
  [
    'raw bodies',
    ...byBody(insurance),
    receive({}),
    ...[{ object: { key: 'auto-test' } }, { object: { key: 'hardcodedvalue' } }].flatMap((body) => [
      publish({ Message: JSON.stringify(body) }),
      receive(one(body)),
      remove,
    ]),
  ],
  [
    'two policies of a topic',
    ...subscribed(),
    ['sqs:CreateQueue', { QueueName: 'inbox2' }],
    [
      'sns:Subscribe',
      {
        ...subscribe({ FilterPolicy: JSON.stringify(numbers) })[1],
        Endpoint: 'arn:aws:sqs:us-east-1:123456789012:inbox2',
      },
    ],
    receive({}),
    receive({}, { QueueUrl: 'inbox2' }),
    batch([{ Id: '1', Message: 'test message', ...priced('99') }]),
    receive(shownPrice),
    remove,
    receive(shownPrice, { QueueUrl: 'inbox2', VisibilityTimeout: 30 }),
    batch([{ Id: '1', Message: 'another', ...priced('111') }]),
    receive(one(notification('another', { MessageAttributes: { attr1: { Type: 'Number', Value: '111' } } }))),
    receive({}, { QueueUrl: 'inbox2' }),
  ],
  [
    'dots in names',
    ...subscribed({ FilterPolicyScope: 'MessageBody', FilterPolicy: '{"object.nested":["string.value"]}' }),
    receive({}),
    ...eachPasses({ object: { nested: 'string.value' } }, { 'object.nested': 'string.value' }),
    ...nonePasses({ object: { nested: 'test-auto' } }),
    set('FilterPolicy', '{"object.nested.test":["string.value"]}'),
    ...eachPasses(
      { object: { nested: { test: 'string.value' } } },
      { 'object.nested.test': 'string.value' },
      { 'object.nested': { test: 'string.value' } },
      { object: { 'nested.test': 'string.value' } },
    ),
    ...nonePasses({ object: { nested: { test: 'string.notvalue' } } }),
  ],
  ...['queue1', 'queue2'].map(
    (queue): Story => [
      `lists in bodies: ${queue}`,
      ...passing(
        { headers: { 'route-to': [queue] } },
        [{ headers: { 'route-to': [queue] } }, { headers: { 'route-to': ['queue1', 'queue2'] } }],
        [
          { headers: { 'route-to': ['queue3'] } },
          { headers: { 'route-to': [queue === 'queue1' ? 'queue2' : 'queue1'] } },
        ],
      ),
    ],
  ),
  [
    'lists of objects in bodies',
    ...passing(
      { Records: { s3: { object: { key: [{ prefix: 'auto-' }] } }, eventName: [{ prefix: 'ObjectCreated:' }] } },
      [
        {
          Records: [
            { eventName: 'ObjectCreated:Put', s3: { object: [[{ key: 'auto-insurance-2314.xml', size: 17 }]] } },
            { eventName: 'ObjectRemoved:Delete', s3: { object: { key: 'home-insurance-2314.xml', size: 17 } } },
          ],
        },
        record('auto-insurance-2314.xml', 'ObjectCreated:Put'),
      ],
      [
        record('auto-insurance-2314.xml', 'ObjectRemoved:Delete'),
        record('home-insurance-2314.xml', 'ObjectCreated:Put'),
      ],
    ),
  ],
  [
    'alternatives',
    ...passing(
      {
        $or: [{ metricName: ['CPUUtilization', 'ReadLatency'] }, { namespace: ['AWS/EC2', 'AWS/ES'] }],
        detail: {
          scope: ['Service'],
          $or: [{ source: ['aws.cloudwatch'] }, { type: ['CloudWatch Alarm State Change'] }],
        },
      },
      [
        { metricName: 'CPUUtilization', detail: watched },
        { metricName: 'ReadLatency', detail: watched },
        { namespace: 'AWS/EC2', detail: watched },
        { namespace: 'AWS/ES', detail: watched },
        { metricName: 'CPUUtilization', detail: alarm },
      ],
      [
        { metricName: 'CPUUtilization', detail: { ...alarm, scope: 'aws.cloudwatch' } },
        { metricName: 'CPUUtilization', detail: { ...alarm, type: 'CPUUtilization' } },
        { metricName: 'CPUUtilization', detail: { type: alarm.type } },
        { metricName: 'CPUUtilization', detail: { scope: 'Service' } },
        { metricName: 'CPUUtilization', scope: 'Service' },
        { metricName: 'AWS/EC2', detail: alarm },
        { namespace: 'CPUUtilization', detail: alarm },
      ],
    ),
  ],
  [
    'an empty text, next to an empty list',
    ...passing(
      { detail: { eventVersion: [''] } },
      [{ resources: [], detail: { eventVersion: '', responseElements: null } }],
      [],
    ),
  ],
  [
    'addresses',
    ...passing(
      {
        detail: {
          $or: [
            { sourceIPAddress: [{ cidr: '10.0.0.0/24' }] },
            { sourceIPAddressV6: [{ cidr: '2001:db8:1234:1a00::/64' }] },
          ],
        },
      },
      [
        { detail: { sourceIPAddress: '10.0.0.255' } },
        { detail: { sourceIPAddressV6: '2001:0db8:1234:1a00:0000:0000:0000:0000' } },
      ],
      [
        { detail: { sourceIPAddress: '10.0.0.256' } },
        { detail: { sourceIPAddressV6: '2001:0db8:123f:1a01:0000:0000:0000:0000' } },
      ],
    ),
  ],
]

function batch(PublishBatchRequestEntries: readonly object[]): Step {
  const { TopicArn } = Object(publish({})[1])
  return ['sns:PublishBatch', { TopicArn, PublishBatchRequestEntries }]
}
