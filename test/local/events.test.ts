import {
  EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { EventFault } from '../../src/local/index.ts'
import { createFakeClock } from '../../src/testing/index.ts'
import { localAws } from '../support/aws.ts'

describe('the event bus', () => {
  it('emits an event for every change of a parameter', async () => {
    const { aws, received } = await routed({ source: ['aws.ssm'] })
    aws.parameters.put({ name: '/app/a', value: '1', description: 'first' })
    aws.parameters.put({ name: '/app/a', value: '2' })
    aws.parameters.label({ name: '/app/a', version: 1, labels: ['live'] })
    aws.parameters.label({ name: '/app/a', labels: ['live'] })
    aws.parameters.delete('/app/a')
    const events = received()

    expect(events.map(({ detail }) => detail)).toEqual([
      { name: '/app/a', type: 'String', operation: 'Create', description: 'first' },
      { name: '/app/a', type: 'String', operation: 'Update' },
      { name: '/app/a', type: 'String', operation: 'LabelParameterVersion', label: 'live', toVersion: '1' },
      {
        name: '/app/a',
        type: 'String',
        operation: 'LabelParameterVersion',
        label: 'live',
        fromVersion: '1',
        toVersion: '2',
      },
      { name: '/app/a', type: 'String', operation: 'Delete' },
    ])
    expect(events[0]).toMatchObject({
      version: '0',
      'detail-type': 'Parameter Store Change',
      source: 'aws.ssm',
      account: '123456789012',
      time: '2023-11-14T22:13:20Z',
      resources: ['arn:aws:ssm:us-east-1:123456789012:parameter/app/a'],
    })
    expect(new Set(events.map(({ id }) => id)).size).toBe(5)
  })

  it('emits events for calls of clients', async () => {
    const { aws, received } = await routed({ source: ['aws.ssm'] })
    const ssm = new SSMClient(aws.clientOptions)
    onTestFinished(() => ssm.destroy())
    await ssm.send(new PutParameterCommand({ Name: 'root', Value: 'x', Type: 'SecureString' }))

    expect(received()).toMatchObject([{ detail: { name: 'root', type: 'SecureString', operation: 'Create' } }])
  })

  it('emits events for stages that move, except AWSPENDING and AWSPREVIOUS', async () => {
    const { aws, received } = await routed({ 'detail-type': ['Secret Label Updated'] })
    const { arn, versionId } = aws.secrets.create({ name: 'db', value: '1' })
    const pending = aws.secrets.put({ id: 'db', value: '2', stages: ['AWSPENDING'] })
    aws.secrets.updateStage({ id: 'db', stage: 'AWSCURRENT', versionId: pending.versionId })
    aws.secrets.updateStage({ id: 'db', stage: 'AWSCURRENT', versionId: pending.versionId })

    expect(received()).toMatchObject([
      { resources: [arn], detail: { name: 'db', labelUpdated: 'AWSCURRENT', versionId } },
      { resources: [arn], detail: { name: 'db', labelUpdated: 'AWSCURRENT', versionId: pending.versionId } },
    ])
  })

  it.each<[EventFault['kind'], EventFault, readonly string[], readonly string[]]>([
    ['lost', { kind: 'lost', times: 1 }, ['b', 'c'], []],
    ['duplicated', { kind: 'duplicated', times: 1 }, ['a', 'a', 'b', 'c'], []],
    ['reordered', { kind: 'reordered', times: 1 }, ['b', 'a', 'c'], []],
    ['late', { kind: 'late', ms: 1_000, times: 1 }, ['b', 'c'], ['a']],
  ])('delivers events with the fault %s', async (_, fault, atOnce, later) => {
    const { aws, clock, received } = await routed({ source: ['aws.ssm'] })
    aws.events.faults.add(fault)
    for (const name of ['a', 'b', 'c']) aws.parameters.put({ name, value: 'x' })
    const names = () => received().map(({ detail }) => detail.name)

    expect(names()).toEqual(atOnce)
    await clock.advance(1_000)
    expect(names()).toEqual(later)
  })

  it('delivers to the targets of rules, and refuses events with a source of AWS', async () => {
    const { aws, received } = await routed({ source: ['none'] })
    const events = new EventBridgeClient(aws.clientOptions)
    onTestFinished(() => events.destroy())
    const EventPattern = JSON.stringify({ source: ['shop'] })
    await events.send(new PutRuleCommand({ Name: 'rule', EventPattern }))
    const Targets = [{ Id: '1', Arn: aws.queues.create('inbox').arn, InputPath: '$.detail' }]
    await events.send(new PutTargetsCommand({ Rule: 'rule', Targets }))
    const entry = { DetailType: 'sale', Detail: '{"name":"x"}' }
    const { Entries, FailedEntryCount } = await events.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Source: 'shop' },
          { ...entry, Source: 'aws.ssm' },
        ],
      }),
    )

    expect(FailedEntryCount).toBe(1)
    expect(Entries?.[1]?.ErrorCode).toBe('NotAuthorizedForSourceException')
    expect(received()).toEqual([{ name: 'x' }])
    expect((await events.send(new ListRulesCommand({}))).Rules?.map(({ Name }) => Name)).toContain('rule')
    await events.send(new RemoveTargetsCommand({ Rule: 'rule', Ids: ['1'] }))
    expect((await events.send(new ListTargetsByRuleCommand({ Rule: 'rule' }))).Targets).toEqual([])
  })
})

async function routed(pattern: object) {
  const clock = createFakeClock(1_700_000_000_000)
  const aws = await localAws({ clock })
  const { url, arn } = aws.queues.create('inbox')
  aws.events.route(pattern, arn)
  return { aws, clock, received: () => aws.queues.take(url).map((body) => JSON.parse(body)) }
}
