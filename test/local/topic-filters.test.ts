import { SetSubscriptionAttributesCommand } from '@aws-sdk/client-sns'
import { describe, expect, it } from 'vitest'
import { rejection } from '../support/rejection.ts'
import { attributes, text, topic } from '../support/topics.ts'

const body = JSON.stringify({
  shop: 'north',
  price: 9.5,
  tags: ['new', 'red'],
  order: { id: 7, lines: [{ sku: 'a' }] },
})

// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
describe('a filter policy lets pass', () => {
  it.each<[object, boolean]>([
    [{}, true],
    [{ shop: ['north', 'south'] }, true],
    [{ shop: ['south'] }, false],
    [{ none: ['x'] }, false],
    [{ shop: ['north'], price: [{ numeric: ['>', 10] }] }, false],
    [{ shop: [{ prefix: 'no' }] }, true],
    [{ shop: [{ suffix: 'th' }] }, true],
    [{ shop: [{ 'equals-ignore-case': 'NORTH' }] }, true],
    [{ shop: [{ 'anything-but': 'north' }] }, false],
    [{ shop: [{ 'anything-but': ['south', 'west'] }] }, true],
    [{ shop: [{ 'anything-but': { prefix: 'no' } }] }, false],
    [{ price: [9.5] }, true],
    [{ price: ['9.5'] }, false],
    [{ price: [{ numeric: ['>=', 9, '<', 10] }] }, true],
    [{ price: [{ numeric: ['=', 9] }] }, false],
    [{ ip: [{ cidr: '10.0.0.0/24' }] }, true],
    [{ tags: ['red'] }, true],
    [{ tags: ['blue'] }, false],
    [{ tags: [{ 'anything-but': ['new'] }] }, true],
    [{ bytes: [{ exists: true }] }, false],
    [{ shop: [{ exists: true }] }, true],
    [{ none: [{ exists: false }] }, true],
    [{ $or: [{ shop: ['south'] }, { price: [{ numeric: ['<', 10] }] }] }, true],
    [{ $or: [{ shop: ['south'] }, { price: [{ numeric: ['>', 10] }] }] }, false],
  ])('messages by attributes: %j: %s', async (policy, isDelivered) => {
    const { subscribe, publish, taken } = await topic()
    await subscribe({ FilterPolicy: JSON.stringify(policy) })
    await publish({ MessageAttributes: attributes })

    expect(taken()).toHaveLength(isDelivered ? 1 : 0)
  })

  it.each<[object, string, boolean]>([
    [{ shop: ['north'] }, body, true],
    [{ shop: ['south'] }, body, false],
    [{ order: { id: [{ numeric: ['>', 6] }], lines: { sku: ['a'] } } }, body, true],
    [{ order: { id: [8] } }, body, false],
    [{ tags: ['red'] }, body, true],
    [{ shop: ['north'] }, 'not JSON', false],
    [{ none: [{ exists: false }] }, 'not JSON', false],
    [{ none: [{ exists: false }] }, '["a"]', false],
  ])('messages by their body: %j', async (policy, Message, isDelivered) => {
    const { subscribe, publish, taken } = await topic()
    await subscribe({ FilterPolicy: JSON.stringify(policy), FilterPolicyScope: 'MessageBody' })
    await publish({ Message, MessageAttributes: { shop: text('south') } })

    expect(taken()).toHaveLength(isDelivered ? 1 : 0)
  })

  it('messages by its current value', async () => {
    const { sns, subscribe, publish, taken } = await topic()
    const SubscriptionArn = await subscribe({ FilterPolicy: '{"shop":["south"]}' })
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }))
    await publish({ MessageAttributes: attributes })
    await set('FilterPolicy', '{"shop":["north"]}')
    await publish({ Message: 'one', MessageAttributes: attributes })
    await set('FilterPolicyScope', 'MessageBody')
    await publish({ Message: 'two', MessageAttributes: attributes })
    await publish({ Message: '{"shop":"north"}' })
    await set('FilterPolicy', '')
    await publish({ Message: 'three' })

    expect(taken().map((one) => JSON.parse(one).Message)).toEqual(['one', '{"shop":"north"}', 'three'])
  })
})

// Recorded on AWS: tests/aws/services/sns/test_sns_filter_policy.snapshot.json of LocalStack.
describe('an attribute of a subscription is refused:', () => {
  const tooMany = Object.fromEntries([...'abcdef'].map((name) => [name, ['x']]))
  const numbers = Array.from({ length: 13 }, (_, index) => index)

  it.each<[Record<string, string>, string]>([
    [{ RawMessageDelivery: 'maybe' }, 'RawMessageDelivery: Invalid value [maybe]. Must be true or false.'],
    [
      { FilterPolicyScope: 'Body' },
      'FilterPolicyScope: Invalid value [Body]. Please use either MessageBody or MessageAttributes',
    ],
    [{ FilterPolicy: '{"a":["x" y' }, 'FilterPolicy: failed to parse JSON.'],
    [{ FilterPolicy: '{"a":[1],\n "b":[none]}' }, `FilterPolicy: failed to parse JSON. ${word('none', 2, 11)}`],
    [{ FilterPolicy: '{"a":[true],}' }, `FilterPolicy: failed to parse JSON. ${name('}', 125, 1, 13)}`],
    [{ FilterPolicy: '[]' }, 'FilterPolicy: Filter is not an object'],
    [
      policy({ a: [{ wildcard: 'x*' }] }),
      `FilterPolicy: Unrecognized match type wildcard${at('{"a":[{"wildcard":"x*"}]}', 20)}`,
    ],
    [
      policy({ $or: [{ a: ['x'] }, { b: [{ prefix: 1 }] }] }),
      `FilterPolicy: prefix match pattern must be a string${at('{"$or":[{"a":["x"]},{"b":[{"prefix":1}]}]}', 38)}`,
    ],
    [
      policy({ a: [{ 'anything-but': ['x', 1] }] }),
      `FilterPolicy: Inside anything but list, either all values are number or string, mixed type is not supported${at('{"a":[{"anything-but":["x",1]}]}', 30)}`,
    ],
    [policy({ a: {} }), `FilterPolicy: Empty objects are not allowed${at('{"a":{}}', 8)}`],
    [
      policy({ a: ['x'.repeat(500), []] }),
      `FilterPolicy: Match value must be String, number, true, false, or null\n at [Source: (String)"{"a":["${'x'.repeat(493)}"[truncated 13 chars]; line: 1, column: 511]`,
    ],
    [policy({ a: { b: ['x'] } }), 'Filter policy scope MessageAttributes does not support nested filter policy'],
    [policy(tooMany), 'FilterPolicy: Filter policy can not have more than 5 keys'],
    [policy({ a: numbers, b: numbers }), 'FilterPolicy: Filter policy is too complex'],
    [
      { ...policy({ a: { b: numbers, c: numbers.slice(0, 3) } }), FilterPolicyScope: 'MessageBody' },
      'FilterPolicy: Filter policy is too complex',
    ],
    [{ RedrivePolicy: '{"deadLetterTargetArn":"queue"}' }, 'RedrivePolicy: deadLetterTargetArn is an invalid arn'],
    [{ RedrivePolicy: '{' }, 'RedrivePolicy: failed to parse JSON.'],
    [
      { DeliveryPolicy: '{}' },
      'The local AWS does not support the attribute DeliveryPolicy of subscriptions: remove it, or test this against AWS',
    ],
    [{ Color: 'red' }, 'AttributeName'],
  ])('%j', async (given, message) => {
    const { subscribe, sns } = await topic()
    expect(await rejection(subscribe(given))).toMatchObject({
      name: 'InvalidParameterException',
      message: `Invalid parameter: Attributes Reason: ${message}`,
    })

    const [[AttributeName, AttributeValue] = ['', '']] = Object.entries(given)
    const SubscriptionArn = await subscribe({
      FilterPolicyScope: given.FilterPolicyScope === 'MessageBody' ? 'MessageBody' : 'MessageAttributes',
    })
    const set = new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue })
    expect(await rejection(sns.send(set))).toMatchObject({ message: `Invalid parameter: ${message}` })
  })

  function at(source: string, column: number): string {
    return `\n at [Source: (String)"${source}"; line: 1, column: ${column}]`
  }

  function word(text: string, line: number, column: number): string {
    return `Unrecognized token '${text}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')${redacted(line, column)}`
  }

  function name(character: string, code: number, line: number, column: number): string {
    return `Unexpected character ('${character}' (code ${code})): was expecting double-quote to start field name${redacted(line, column)}`
  }

  function redacted(line: number, column: number): string {
    return `\n at [Source: REDACTED (\`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION\` disabled); line: ${line}, column: ${column}]`
  }

  function policy(FilterPolicy: object): Record<string, string> {
    return { FilterPolicy: JSON.stringify(FilterPolicy) }
  }
})
