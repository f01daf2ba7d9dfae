import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseChangeEvent } from '../../src/notifications/change-event.ts'

// As AWS documents them.
const created = {
  version: '0',
  id: '6a7e4feb-b491-4cf7-a9f1-bf3703497718',
  'detail-type': 'Parameter Store Change',
  source: 'aws.ssm',
  account: '123456789012',
  time: '2017-05-22T16:43:48Z',
  region: 'us-east-2',
  resources: ['arn:aws:ssm:us-east-2:123456789012:parameter/MyExampleParameter'],
  detail: { operation: 'Create', name: 'MyExampleParameter', type: 'String', description: 'Sample Parameter' },
}
const labelled = {
  ...created,
  detail: {
    operation: 'LabelParameterVersion',
    name: '/app/x',
    type: 'String',
    label: 'current',
    fromVersion: '3',
    toVersion: '4',
  },
}
const rotated = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'Secret Label Updated',
  source: 'aws.secretsmanager',
  account: '012345678901',
  time: '2024-02-06T16:43:48Z',
  region: 'us-west-2',
  resources: ['arn:aws:secretsmanager:us-west-2:012345678901:secret:mySecret-a1b2c3'],
  detail: { name: 'mySecret', labelUpdated: 'AWSCURRENT', versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111' },
}
const known = {
  arn: 'arn:aws:ssm:us-east-2:123456789012:parameter/MyExampleParameter',
  occurredAt: Date.UTC(2017, 4, 22, 16, 43, 48),
  eventId: '6a7e4feb-b491-4cf7-a9f1-bf3703497718',
}
const parameter = { kind: 'parameter', name: 'MyExampleParameter', ...known }

describe('a change event', () => {
  it.each([
    ['a parameter that was created', created, { ...parameter, operation: 'put' }],
    [
      'a parameter that was updated',
      { ...created, detail: { ...created.detail, operation: 'Update' } },
      { ...parameter, operation: 'put' },
    ],
    [
      'a parameter that was deleted',
      { ...created, detail: { ...created.detail, operation: 'Delete' } },
      { ...parameter, operation: 'delete' },
    ],
    [
      'a label that was moved',
      labelled,
      { kind: 'parameter', name: '/app/x', operation: 'label', label: 'current', version: '4', ...known },
    ],
    [
      'a stage that was moved',
      rotated,
      {
        kind: 'secret',
        name: 'mySecret',
        operation: 'label',
        label: 'AWSCURRENT',
        version: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111',
        arn: rotated.resources[0],
        occurredAt: Date.UTC(2024, 1, 6, 16, 43, 48),
        eventId: rotated.id,
      },
    ],
  ])('tells of %s, bare and in an envelope of SNS', (_, event, hint) => {
    expect(parseChangeEvent(JSON.stringify(event))).toEqual(hint)
    const envelope = { Type: 'Notification', MessageId: 'm', Message: JSON.stringify(event) }
    expect(parseChangeEvent(JSON.stringify(envelope))).toEqual(hint)
  })

  it.each([
    ['what is no JSON', 'hello'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['another source', JSON.stringify({ ...created, source: 'shop' })],
    ['another kind of event', JSON.stringify({ ...created, 'detail-type': 'EC2 Instance State-change Notification' })],
    ['an event whose kind cannot even be text', JSON.stringify({ ...created, 'detail-type': { toString: null } })],
    ['an event without detail', JSON.stringify({ ...created, detail: undefined })],
    ['an event without a name', JSON.stringify({ ...created, detail: { operation: 'Create' } })],
    ['an unknown operation', JSON.stringify({ ...created, detail: { ...created.detail, operation: 'Rename' } })],
    ['a move of no label', JSON.stringify({ ...labelled, detail: { ...labelled.detail, label: undefined } })],
    ['a confirmation', JSON.stringify({ Type: 'SubscriptionConfirmation', Message: JSON.stringify(created) })],
    ['an envelope around nothing', JSON.stringify({ Type: 'Notification', Message: 'hello' })],
  ])('is not %s', (_, message) => {
    expect(parseChangeEvent(message)).toBeUndefined()
  })

  it('never throws, and never names what the event does not', () => {
    const samples = [created, labelled, rotated]
    const mutated = fc
      .tuple(fc.constantFrom(...samples), fc.constantFrom(...Object.keys(created), 'detail.name'), fc.jsonValue())
      .map(([sample, key, value]) =>
        key === 'detail.name' ? { ...sample, detail: { ...sample.detail, name: value } } : { ...sample, [key]: value },
      )
    fc.assert(
      fc.property(fc.oneof(mutated, fc.jsonValue()), (event) => {
        const text = JSON.stringify(event)
        const hint = parseChangeEvent(text)
        expect(hint === undefined || text.includes(JSON.stringify(hint.name))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
