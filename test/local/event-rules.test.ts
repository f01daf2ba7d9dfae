import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'
import { rejection } from '../support/rejection.ts'

const account = 'arn:aws:events:us-east-1:123456789012'
const EventPattern = '{"source": ["shop"]}'

describe('a rule', () => {
  it('is described and listed with its settings, and tagged', async () => {
    const { send } = await bus()
    const rule = { Name: 'rule', EventPattern, Description: 'sales', RoleArn: 'arn:aws:iam::123456789012:role/r' }
    expect(
      (await send(new PutRuleCommand({ ...rule, State: 'DISABLED', Tags: [{ Key: 'team', Value: 'shop' }] }))).RuleArn,
    ).toBe(`${account}:rule/rule`)
    const shown = { ...rule, Arn: `${account}:rule/rule`, State: 'DISABLED', EventBusName: 'default' }
    expect(await send(new DescribeRuleCommand({ Name: 'rule' }))).toMatchObject({ ...shown, CreatedBy: '123456789012' })
    expect((await send(new ListRulesCommand({ NamePrefix: 'ru' }))).Rules).toEqual([shown])
    expect((await send(new ListRulesCommand({ NamePrefix: 'other' }))).Rules).toEqual([])

    const resource = { ResourceARN: `${account}:rule/rule` }
    await send(new TagResourceCommand({ ...resource, Tags: [{ Key: 'stage', Value: 'dev' }] }))
    await send(new UntagResourceCommand({ ...resource, TagKeys: ['team'] }))
    // PutRule does not change the tags of an existing rule.
    await send(new PutRuleCommand({ Name: 'rule', EventPattern, Tags: [{ Key: 'late', Value: 'x' }] }))
    expect((await send(new ListTagsForResourceCommand(resource))).Tags).toEqual([{ Key: 'stage', Value: 'dev' }])
    expect(await send(new DescribeRuleCommand({ Name: 'rule' }))).not.toHaveProperty('Description')
  })

  it('delivers only while it is enabled', async () => {
    const { send, put, received, target } = await bus()
    await send(new PutRuleCommand({ Name: 'rule', EventPattern, State: 'DISABLED' }))
    await target({ InputPath: '$.detail.n' })
    await put({ Detail: '{"n":1}' })
    await send(new EnableRuleCommand({ Name: 'rule' }))
    await put({ Detail: '{"n":2}' })
    await send(new DisableRuleCommand({ Name: 'rule' }))
    await put({ Detail: '{"n":3}' })

    expect(received()).toEqual(['2'])
  })

  it('lists its targets, and cannot be deleted while it has targets', async () => {
    const { send, target, arn } = await bus()
    await send(new PutRuleCommand({ Name: 'rule', EventPattern }))
    const given = { InputTransformer: { InputPathsMap: { n: '$.detail.n' }, InputTemplate: '"<n>"' } }
    await target(given)
    const listed = await send(new ListTargetsByRuleCommand({ Rule: 'rule' }))
    expect(listed.Targets).toEqual([{ Id: 'one', Arn: arn, ...given }])
    expect((await send(new ListRuleNamesByTargetCommand({ TargetArn: arn }))).RuleNames).toEqual(['rule'])
    expect(await rejection(send(new DeleteRuleCommand({ Name: 'rule' })))).toMatchObject({
      message: "Rule can't be deleted since it has targets.",
    })
    await send(new RemoveTargetsCommand({ Rule: 'rule', Ids: ['one'] }))
    await send(new DeleteRuleCommand({ Name: 'rule' }))
    expect(await rejection(send(new DescribeRuleCommand({ Name: 'rule' })))).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Rule rule does not exist on EventBus default.',
    })
  })

  it('comes in pages', async () => {
    const { send } = await bus()
    for (const Name of ['a', 'b', 'c']) await send(new PutRuleCommand({ Name, EventPattern }))
    const first = await send(new ListRulesCommand({ Limit: 2 }))
    const second = await send(new ListRulesCommand({ Limit: 2, NextToken: first.NextToken }))

    expect([first, second].map(({ Rules }) => Rules?.map(({ Name }) => Name))).toEqual([['a', 'b'], ['c']])
    expect(second.NextToken).toBeUndefined()
  })
})

describe('an invalid or unsupported rule or target is named:', () => {
  it.each([
    [{ ScheduleExpression: 'rate(5 minutes)' }, /member ScheduleExpression of events:PutRule/],
    [{ State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' as const }, /enum value set: \[ENABLED, DISABLED\]/],
    [{ EventPattern: undefined }, /EventPattern or ScheduleExpression must be specified/],
    [{ EventPattern: '{"source": [{"regex": "x"}]}' }, /Unrecognized match type regex/],
    [{ Name: 'a b' }, /Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression/],
    [{ EventBusName: 'none' }, /^Event bus none does not exist\.$/],
  ])('PutRule %j', async (given, message) => {
    const { send } = await bus()

    expect(await rejection(send(new PutRuleCommand({ Name: 'rule', EventPattern, ...given })))).toMatchObject({
      message: expect.stringMatching(message),
    })
  })

  it.each<[Partial<Target>, RegExp]>([
    [{ Arn: 'arn:aws:lambda:us-east-1:123456789012:function:f' }, /target one is not valid.* a target of lambda: use/],
    [{ Arn: `${account}:api-destination/d/1` }, /a target of events: use an SQS queue or an SNS topic/],
    [{ Arn: 'arn:aws:sqs:us-east-1:123456789012:q.fifo' }, /does not support FIFO queues/],
    [{ SqsParameters: { MessageGroupId: 'g' } }, /member targets\.1\.member\.SqsParameters of events:PutTargets/],
    [{ DeadLetterConfig: { Arn: 'x' } }, /member targets\.1\.member\.DeadLetterConfig/],
    [{ RetryPolicy: { MaximumRetryAttempts: 1 } }, /member targets\.1\.member\.RetryPolicy/],
    [{ Id: '!' }, /Value '!' at 'targets\.1\.member\.id' failed to satisfy constraint/],
    [
      { Input: '{}', InputPath: '$' },
      /^Only one of Input, InputPath, or InputTransformer must be provided for target one/,
    ],
    [{ Input: '{' }, /^JSON syntax error in input for target one/],
    [{ InputPath: '$..name' }, /^Invalid jsonPath for target one/],
    [
      { InputTransformer: { InputTemplate: '"<none>"' } },
      /^InputTemplate for target one contains invalid placeholder none\.$/,
    ],
  ])('PutTargets %j', async (given, message) => {
    const { send, target } = await bus()
    await send(new PutRuleCommand({ Name: 'rule', EventPattern }))

    expect(await rejection(target(given))).toMatchObject({ message: expect.stringMatching(message) })
  })

  it('PutTargets with more than five targets', async () => {
    const { send, arn } = await bus()
    await send(new PutRuleCommand({ Name: 'rule', EventPattern }))
    const Targets = ['1', '2', '3', '4', '5', '6'].map((Id) => ({ Id, Arn: arn }))

    expect(await rejection(send(new PutTargetsCommand({ Rule: 'rule', Targets })))).toMatchObject({
      name: 'LimitExceededException',
    })
  })
})

describe('a target receives', () => {
  const Detail = '{"command":"update","payload":{"id":"7","tags":["a","b"]},"isOn":true}'

  // Recorded on AWS: tests/aws/services/events/test_events_inputs.snapshot.json of LocalStack.
  it.each<[string, Partial<Target>, string | undefined]>([
    ['the constant', { Input: '{"a": 1}' }, '{"a": 1}'],
    ['a part of the event', { InputPath: '$.detail.payload' }, '{"id":"7","tags":["a","b"]}'],
    ['a text as JSON', { InputPath: '$.detail.command' }, '"update"'],
    ['an element of a list', { InputPath: '$.detail.payload.tags[1]' }, '"b"'],
    ['nothing if the part is missing', { InputPath: '$.detail.none' }, undefined],
    ['text with values', template('"<c> of <t> is <on>"'), '"update of sale is true"'],
    ['text without a missing value', template('"<c> <missing>!"'), '"update !"'],
    ['objects in text without quotes', template('"<p> <tags>"'), '"{id:7,tags:[a,b]} [a,b]"'],
    ['several lines', template('"<c>"\n"<t>"'), '"update"\n"sale"'],
    [
      'JSON',
      template('{"c": <c>, "p": <p>, "m": <missing>}'),
      '{"c": "update", "p": {"id":"7","tags":["a","b"]}, "m": ""}',
    ],
    ['JSON with text in text', template('{"path": "users/<c>/<c>"}'), '{"path": "users/update/update"}'],
    ['nothing if the document is broken', template('{"p": "<p>"}'), undefined],
    ['nothing for text without quotes', template('<tags> word'), undefined],
    ['the rule', template('"<aws.events.rule-name> <aws.events.rule-arn>"'), `"rule ${account}:rule/rule"`],
    ['the time', template('"<aws.events.event.ingestion-time>"'), '"2023-11-14T22:13:20.000Z"'],
  ])('%s', async (_, given, body) => {
    const { send, put, received, target } = await bus()
    await send(new PutRuleCommand({ Name: 'rule', EventPattern }))
    await target(given)
    await put({ Detail })

    expect(received()).toEqual(body === undefined ? [] : [body])
  })

  it('the whole event in a template', async () => {
    const { send, put, received, target } = await bus()
    await send(new PutRuleCommand({ Name: 'rule', EventPattern }))
    await target(template('{"event": <aws.events.event>, "json": <aws.events.event.json>}'))
    await put({ Detail: '{"n":1}', Time: new Date('2020-01-02T03:04:05.678Z'), Resources: ['r'] })
    const [body = ''] = received()
    const { event, json } = JSON.parse(body)

    expect(json).toMatchObject({
      'detail-type': 'sale',
      time: '2020-01-02T03:04:05Z',
      resources: ['r'],
      detail: { n: 1 },
    })
    expect(event).toMatchObject({ detailType: 'sale', source: 'shop' })
    expect(event).not.toHaveProperty('detail')
  })

  function template(InputTemplate: string): Partial<Target> {
    const InputPathsMap = {
      c: '$.detail.command',
      t: '$.detail-type',
      p: '$.detail.payload',
      tags: '$.detail.payload.tags',
      on: '$.detail.isOn',
      missing: '$.detail.none',
    }
    return { InputTransformer: { InputPathsMap, InputTemplate } }
  }
})

describe('PutEvents', () => {
  it.each([
    [{ Source: 'aws.shop' }, 'NotAuthorizedForSourceException', 'Not authorized for the source.'],
    [{ Source: '' }, 'InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.'],
    [
      { DetailType: '' },
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    ],
    [{ Detail: undefined }, 'InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.'],
    [{ Detail: '["a"]' }, 'MalformedDetail', 'Detail is malformed.'],
    [{ Detail: '{' }, 'MalformedDetail', 'Detail is malformed.'],
  ])('fails only the entry %j', async (given, ErrorCode, ErrorMessage) => {
    const { put } = await bus()
    const { Entries, FailedEntryCount } = await put({ Detail: '{}' }, { Detail: '{}', ...given })

    expect(FailedEntryCount).toBe(1)
    expect(Entries).toEqual([{ EventId: expect.any(String) }, { ErrorCode, ErrorMessage }])
  })

  it('refuses more than ten entries, an entry of more than 1 MiB, and unsupported members', async () => {
    const { put } = await bus()
    const big = JSON.stringify({ text: 'x'.repeat(1_048_560) })

    expect(await rejection(put(...Array.from({ length: 11 }, () => ({ Detail: '{}' }))))).toMatchObject({
      message: expect.stringContaining("at 'entries' failed to satisfy constraint: Member must have length less than"),
    })
    expect(await rejection(put({ Detail: big }))).toMatchObject({
      message: 'Total size of the entries in the request is over the limit.',
    })
    expect(await rejection(put({ Detail: '{}', TraceHeader: 'x' }))).toMatchObject({
      message: expect.stringContaining('member entries.1.member.TraceHeader'),
    })
  })
})

describe('a bus', () => {
  it('has rules and events of its own', async () => {
    const { send, put, received, target } = await bus()
    const created = await send(
      new CreateEventBusCommand({ Name: 'own', Description: 'mine', Tags: [{ Key: 'a', Value: 'b' }] }),
    )
    expect(created.EventBusArn).toBe(`${account}:event-bus/own`)
    const { RuleArn } = await send(new PutRuleCommand({ Name: 'rule', EventBusName: 'own', EventPattern }))
    expect(RuleArn).toBe(`${account}:rule/own/rule`)
    await target({ InputPath: '$.detail.n' }, 'own')
    const answer = await put(
      { Detail: '{"n":1}' },
      { Detail: '{"n":2}', EventBusName: 'own' },
      { Detail: '{"n":3}', EventBusName: created.EventBusArn },
      { Detail: '{"n":4}', EventBusName: 'none' },
    )

    expect(answer.FailedEntryCount).toBe(0)
    expect(received()).toEqual(['2', '3'])
    expect((await send(new ListRulesCommand({}))).Rules).toEqual([])
    expect((await send(new ListTagsForResourceCommand({ ResourceARN: created.EventBusArn }))).Tags).toEqual([
      { Key: 'a', Value: 'b' },
    ])
  })

  it('is described, listed and deleted', async () => {
    const { send } = await bus()
    await send(new CreateEventBusCommand({ Name: 'own' }))
    const listed = await send(new ListEventBusesCommand({}))
    expect(listed.EventBuses?.map(({ Name }) => Name)).toEqual(['default', 'own'])
    expect(await send(new DescribeEventBusCommand({}))).toMatchObject({
      Name: 'default',
      Arn: `${account}:event-bus/default`,
    })
    expect(await rejection(send(new CreateEventBusCommand({ Name: 'own' })))).toMatchObject({
      name: 'ResourceAlreadyExistsException',
      message: 'Event bus own already exists.',
    })
    await send(new DeleteEventBusCommand({ Name: 'own' }))
    expect(await rejection(send(new DescribeEventBusCommand({ Name: 'own' })))).toMatchObject({
      message: 'Event bus own does not exist.',
    })
    expect(await rejection(send(new DeleteEventBusCommand({ Name: 'default' })))).toMatchObject({
      message: 'Cannot delete event bus default.',
    })
  })
})

async function bus() {
  const clock = createFakeClock(1_700_000_000_000)
  const aws = await localAws({ clock })
  const client = new EventBridgeClient(aws.clientOptions)
  onTestFinished(() => client.destroy())
  const send: EventBridgeClient['send'] = client.send.bind(client)
  const { arn, url } = aws.queues.create('inbox')
  const target = (given: Partial<Target>, EventBusName = 'default') =>
    client.send(new PutTargetsCommand({ Rule: 'rule', EventBusName, Targets: [{ Id: 'one', Arn: arn, ...given }] }))
  const put = (...Entries: readonly PutEventsRequestEntry[]) =>
    client.send(
      new PutEventsCommand({ Entries: Entries.map((entry) => ({ Source: 'shop', DetailType: 'sale', ...entry })) }),
    )
  return { send, arn, target, put, received: () => aws.queues.take(url) }
}
