import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge'
import { describe, expect, it, onTestFinished } from 'vitest'
import { compilePattern } from '../../src/local/event-pattern.ts'
import { localAws } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

// From https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html, and recorded on AWS:
// tests/aws/services/events/test_events_patterns.snapshot.json of LocalStack.
const event = {
  id: '1',
  account: '123456789012',
  time: '2026-01-01T00:00:00Z',
  region: 'us-east-1',
  'detail-type': 'Test',
  source: 'aws.ssm',
  resources: ['x', 'y'],
  none: [],
  detail: {
    name: '/app/Key.PEM',
    operation: 'Update',
    size: 5,
    ratio: 0.25,
    isLast: true,
    error: null,
    ip: '10.0.0.17',
    ip6: '2001:db8::ff',
    'a.b': 'dotted',
    star: 'a*b',
    items: [
      { id: 1, color: 'red', marks: [{ m: 'p' }, { m: 'q' }] },
      { id: 2, color: 'blue', marks: [] },
    ],
  },
}
const detail = (name: string, ...wanted: readonly unknown[]) => ({ detail: { [name]: wanted } })

describe('an event pattern matches', () => {
  it.each<[object, boolean]>([
    [{ source: ['aws.ssm', 'other'] }, true],
    [{ source: ['other'] }, false],
    [{ source: ['aws.SSM'] }, false],
    [{ resources: ['y'] }, true],
    [{ resources: ['z'] }, false],
    [{ none: [null] }, false],
    [{ none: [{ exists: false }] }, true],
    [{ none: [{ exists: true }] }, false],
    [{ missing: { below: ['x'] } }, false],
    [{ detail: { name: { deeper: ['x'] } } }, false],
    [detail('size', 5), true],
    [detail('size', '5'), false],
    [detail('isLast', true), true],
    [detail('isLast', 'true'), false],
    [detail('error', null), true],
    [detail('missing', null), false],
    [detail('error', { exists: true }), true],
    [detail('items', { exists: true }), false],
    [detail('name', { exists: false }), false],
    [detail('label', { exists: false }), true],
    [detail('label', 'x', { exists: false }), true],
    [{ detail: { 'a.b': ['dotted'] } }, true],
    [{ detail: { a: { b: ['dotted'] } } }, true],
    [{ 'detail.size': [5] }, true],
    [detail('name', { prefix: '/app/' }), true],
    [detail('name', { prefix: '/apple/' }), false],
    [detail('name', { prefix: '' }), true],
    [detail('name', { prefix: { 'equals-ignore-case': '/APP/' } }), true],
    [detail('size', { prefix: '5' }), false],
    [detail('name', { suffix: '.PEM' }), true],
    [detail('name', { suffix: '.pem' }), false],
    [detail('name', { suffix: { 'equals-ignore-case': '.pem' } }), true],
    [detail('operation', { 'equals-ignore-case': 'uPDATE' }), true],
    [detail('operation', { 'equals-ignore-case': 'updat' }), false],
    [detail('name', { wildcard: '/app/*' }), true],
    [detail('name', { wildcard: '*/Key.*' }), true],
    [detail('name', { wildcard: '/app' }), false],
    [detail('name', { wildcard: '/*app/*' }), true],
    [detail('operation', { wildcard: 'Up*date*e' }), false],
    [detail('star', { wildcard: 'a\\*b' }), true],
    [detail('operation', { wildcard: 'Up\\*' }), false],
    [detail('operation', { 'anything-but': 'Delete' }), true],
    [detail('operation', { 'anything-but': ['Update', 'Delete'] }), false],
    [detail('missing', { 'anything-but': 'x' }), false],
    [detail('error', { 'anything-but': 'x' }), true],
    [detail('size', { 'anything-but': 5 }), false],
    [detail('size', { 'anything-but': [1, 2] }), true],
    [{ resources: [{ 'anything-but': 'x' }] }, true],
    [detail('name', { 'anything-but': { prefix: '/app/' } }), false],
    [detail('name', { 'anything-but': { prefix: '/b' } }), true],
    [detail('name', { 'anything-but': { prefix: ['/b', '/app'] } }), false],
    [detail('size', { 'anything-but': { prefix: '5' } }), true],
    [detail('name', { 'anything-but': { suffix: '.PEM' } }), false],
    [detail('name', { 'anything-but': { suffix: ['.a', '.b'] } }), true],
    [detail('operation', { 'anything-but': { 'equals-ignore-case': 'update' } }), false],
    [detail('operation', { 'anything-but': { 'equals-ignore-case': ['delete', 'create'] } }), true],
    [detail('name', { 'anything-but': { wildcard: '*.PEM' } }), false],
    [detail('name', { 'anything-but': { wildcard: ['*.a', '/b*'] } }), true],
    [detail('missing', { 'anything-but': { prefix: 'x' } }), false],
    [detail('size', { numeric: ['=', 5] }), true],
    [detail('size', { numeric: ['>', 0, '<=', 5] }), true],
    [detail('size', { numeric: ['>', 5] }), false],
    [detail('ratio', { numeric: ['<', 0.3] }), true],
    [detail('name', { numeric: ['>', 0] }), false],
    [detail('error', { numeric: ['=', 0] }), false],
    [detail('ip', { cidr: '10.0.0.0/24' }), true],
    [detail('ip', { cidr: '10.0.1.0/24' }), false],
    [detail('ip6', { cidr: '2001:db8::/120' }), true],
    [detail('ip6', { cidr: '10.0.0.0/0' }), false],
    [detail('name', { cidr: '10.0.0.0/0' }), false],
    [{ $or: [{ source: ['other'] }, { source: ['aws.ssm'], ...detail('size', 5) }] }, true],
    [{ $or: [{ source: ['other'] }, { source: ['aws.ssm'], ...detail('size', 6) }] }, false],
    [{ source: ['other'], $or: [{ resources: ['x'] }, { resources: ['y'] }] }, false],
    [{ detail: { $or: [{ name: ['none'] }, { size: [{ numeric: ['<', 6] }] }] } }, true],
    // Fields below one array match in the same element of the array.
    [{ detail: { items: { id: [1], color: ['red'] } } }, true],
    [{ detail: { items: { id: [1], color: ['blue'] } } }, false],
    [{ detail: { items: { color: ['red'], marks: { m: ['q'] } } } }, true],
    [{ detail: { items: { color: ['blue'], marks: { m: ['q'] } } } }, false],
  ])('%j: %s', (pattern, isMatch) => {
    expect(compilePattern(pattern).matches(event)).toBe(isMatch)
  })
})

describe('a malformed event pattern is refused:', () => {
  it.each([
    [{ source: 'aws.ssm' }, '"source" must be an object or an array'],
    [{ detail: { size: 5 } }, '"size" must be an object or an array'],
    [{ source: [] }, 'Empty arrays are not allowed'],
    [{ detail: {} }, 'Empty objects are not allowed'],
    [{}, 'Empty objects are not allowed'],
    [['source'], 'Filter is not an object'],
    [{ source: [['a']] }, 'Match value must be String, number, true, false, or null'],
    [{ source: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
    [{ source: [{ EXISTS: true }] }, 'Unrecognized match type EXISTS'],
    [{ $or: [{ source: ['one alternative'] }] }, 'Unrecognized match type source'],
    [{ source: [{ constructor: 'x' }] }, 'Unrecognized match type constructor'],
    [{ source: [{ exists: 'no' }] }, 'exists match pattern must be either true or false.'],
    [{ source: [{ prefix: 1 }] }, 'prefix match pattern must be a string'],
    [{ source: [{ suffix: ['.png'] }] }, 'suffix match pattern must be a string'],
    [{ source: [{ 'equals-ignore-case': ['a'] }] }, 'equals-ignore-case match pattern must be a string'],
    [{ source: [{ wildcard: 1 }] }, 'wildcard match pattern must be a string'],
    [{ source: [{ wildcard: 'a**' }] }, 'Consecutive wildcard characters at pos 2'],
    [{ source: [{ wildcard: 'a\\b' }] }, 'Invalid escape character at pos 1'],
    [{ source: [{ numeric: 10 }] }, 'Value of numeric must be an array.'],
    [{ source: [{ numeric: ['>', 0, '<'] }] }, 'Value of < must be numeric'],
    [{ source: [{ numeric: ['>', 0, '>', 0] }] }, 'Bad numeric range operator: >'],
    [{ source: [{ numeric: ['=', '0'] }] }, 'Value of equals must be numeric'],
    [{ source: [{ numeric: [] }] }, 'Invalid member in numeric match: ]'],
    [{ source: [{ numeric: ['<', 100, '>', 10] }] }, 'Too many elements in numeric expression'],
    [{ source: [{ numeric: ['>', 3, '<', 1] }] }, 'Bottom must be less than top'],
    [{ source: [{ numeric: ['!=', 1] }] }, 'Unrecognized numeric range operator: !='],
    [{ source: [{ cidr: 'bad' }] }, "Malformed CIDR, one '/' required"],
    [{ source: [{ cidr: '10.0.0.0/x' }] }, 'Malformed CIDR, mask bits must be an integer'],
    [{ source: [{ cidr: 'xx.11.xx/8' }] }, 'Nonstandard IP address: xx.11.xx'],
    [{ source: [{ 'anything-but': null }] }, 'Value of anything-but must be an array or single string/number value.'],
    [{ source: [{ 'anything-but': ['a', null] }] }, 'Inside anything but list, start|null|boolean is not supported.'],
    [{ source: [{ 'anything-but': { exists: true } }] }, 'Unsupported anything-but pattern: exists'],
    [{ source: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
    [{ source: [{ 'anything-but': { suffix: [1] } }] }, 'prefix/suffix match pattern must be a string'],
    [
      { source: [{ 'anything-but': { 'equals-ignore-case': [1] } }] },
      'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.',
    ],
  ])('%j', async (pattern, reason) => {
    const { test } = await tester()

    expect(await rejection(test(JSON.stringify(pattern)))).toMatchObject({
      name: 'InvalidEventPatternException',
      message: expect.stringContaining(`Event pattern is not valid. Reason: ${reason}`),
    })
  })

  it('text that is not JSON', async () => {
    const { test } = await tester()

    expect(await rejection(test('{"source": shop'))).toMatchObject({
      name: 'InvalidEventPatternException',
      message: expect.stringContaining("Event pattern is not valid. Reason: Unrecognized token 'shop': was expecting"),
    })
  })

  it('by events.route()', async () => {
    const { aws } = await tester()

    expect(() => aws.events.route({ source: 'aws.ssm' }, aws.queues.create('q').arn)).toThrow(
      new TypeError('events.route(): the pattern is not valid: "source" must be an object or an array'),
    )
  })
})

describe('TestEventPattern', () => {
  it('answers whether a pattern matches, and takes only objects', async () => {
    const { test } = await tester()

    expect((await test('{"source": ["aws.ssm"]}')).Result).toBe(true)
    expect((await test('{"source": ["other"]}')).Result).toBe(false)
    expect(await rejection(test('{"source": ["a"]}', '["a"]'))).toMatchObject({
      name: 'ValidationException',
      message: 'Parameter Event is not valid.',
    })
  })

  it.each(['id', 'account', 'source', 'time', 'region', 'detail-type'])('requires %s in the event', async (member) => {
    const { test } = await tester()

    const given = JSON.stringify({ ...event, [member]: undefined })
    expect(await rejection(test('{"source": ["aws.ssm"]}', given))).toMatchObject({
      message: 'Parameter Event is not valid.',
    })
  })
})

async function tester() {
  const aws = await localAws()
  const client = new EventBridgeClient(aws.clientOptions)
  onTestFinished(() => client.destroy())
  const test = (EventPattern: string, Event = JSON.stringify(event)) =>
    client.send(new TestEventPatternCommand({ EventPattern, Event }))
  return { aws, test }
}
