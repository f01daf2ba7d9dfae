import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AwsChange, parseChangeEvent } from '../../src/notifications/change-event.ts'
import { runs } from '../support/suite.ts'
import {
  confirmation,
  created,
  deleted,
  failedImage,
  inEnvelope,
  labelled,
  rotated,
  samples,
  secretPut,
  stageMoved,
  unchanged,
  updated,
} from './samples.ts'

const [parameterArn = ''] = created.resources
const parameter = { kind: 'parameter', name: 'MyExampleParameter', arn: parameterArn } as const
const putArn = secretPut.detail.requestParameters.secretId
const rotatedArn = rotated.detail.additionalEventData.SecretId

describe('a change event', () => {
  it.each<[string, { readonly id: string; readonly time: string; readonly detail: object }, AwsChange]>([
    ['a parameter that was created', created, { hint: { ...parameter, operation: 'put' } }],
    ['a parameter that was updated', updated, { hint: { ...parameter, operation: 'put' } }],
    ['a parameter that was deleted', deleted, { hint: { ...parameter, operation: 'delete' } }],
    [
      'a label that was moved',
      labelled,
      {
        hint: {
          kind: 'parameter',
          name: '/app/x',
          arn: labelled.resources[0] ?? '',
          operation: 'label',
          label: 'current',
          version: '4',
        },
      },
    ],
    ['a parameter that has not changed', unchanged, { notice: { parameter: 'foo', policy: 'NoChangeNotification' } }],
    [
      'a stage that was moved',
      stageMoved,
      {
        hint: {
          kind: 'secret',
          name: 'mySecret',
          arn: stageMoved.resources[0] ?? '',
          operation: 'label',
          label: 'AWSCURRENT',
          version: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111',
        },
      },
    ],
    [
      'a secret that was put, through CloudTrail',
      secretPut,
      {
        hint: {
          kind: 'secret',
          name: putArn,
          arn: putArn,
          operation: 'label',
          label: 'AWSCURRENT',
          version: '4d383ea9-084a-49c9-8722-cbfb0f25c456',
        },
      },
    ],
    [
      'a secret that was rotated, through CloudTrail',
      rotated,
      { hint: { kind: 'secret', name: rotatedArn, arn: rotatedArn, operation: 'put' } },
    ],
  ])('reports %s: bare, in an SNS envelope, and by its detail alone', (_, event, { hint, notice }) => {
    const when = { occurredAt: Date.parse(event.time), eventId: event.id }
    const change = {
      ...(hint !== undefined && { hint: { ...hint, ...when } }),
      ...(notice !== undefined && { notice: { ...notice, ...when } }),
    }
    expect(parseChangeEvent(JSON.stringify(event))).toEqual(change)
    expect(parseChangeEvent(JSON.stringify(inEnvelope(event)))).toEqual(change)

    // The input path of a rule may select the detail alone, without the time and the ARN.
    const { arn: __, ...about } = hint ?? {}
    for (const message of [event.detail, inEnvelope(event.detail)]) {
      const alone = parseChangeEvent(JSON.stringify(message))
      if (hint !== undefined) expect(alone?.hint).toMatchObject(about)
      if (notice !== undefined) expect(alone?.notice).toEqual(notice)
      expect({ ...alone?.hint, ...alone?.notice }).not.toHaveProperty('eventId')
    }
  })

  it.each([
    ['what is no JSON', 'hello'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['another source', JSON.stringify({ ...created, source: 'shop' })],
    ['another kind of event', JSON.stringify({ ...created, 'detail-type': 'EC2 Instance State-change Notification' })],
    ['an event whose kind cannot even be text', JSON.stringify({ ...created, 'detail-type': { toString: null } })],
    ['an event whose source cannot even be text', JSON.stringify({ ...created, source: { toString: null } })],
    ['a kind that every object has', JSON.stringify({ ...created, source: 'constructor', 'detail-type': 'x' })],
    ['an event without detail', JSON.stringify({ ...created, detail: undefined })],
    ['an event without a name', JSON.stringify({ ...created, detail: { operation: 'Create' } })],
    ['an unknown operation', JSON.stringify({ ...created, detail: { ...created.detail, operation: 'Rename' } })],
    ['a write that failed after all', JSON.stringify(failedImage)],
    ['a move of no label', JSON.stringify({ ...labelled, detail: { ...labelled.detail, label: undefined } })],
    ['a confirmation', JSON.stringify(confirmation)],
    ['an envelope around nothing', JSON.stringify({ ...inEnvelope(created), Message: 'hello' })],
    ['an envelope in an envelope', JSON.stringify(inEnvelope(inEnvelope(created)))],
  ])('is not %s', (_, message) => {
    expect(parseChangeEvent(message)).toBeUndefined()
  })

  it('with an id of any length is reported, and only an id that could be one of AWS is kept', () => {
    const change = (id: string) => parseChangeEvent(JSON.stringify({ ...created, id }))?.hint
    expect(change('x'.repeat(256))).toMatchObject({ eventId: 'x'.repeat(256) })
    expect(change('x'.repeat(257))).toMatchObject({ name: 'MyExampleParameter' })
    expect(change('x'.repeat(257))).not.toHaveProperty('eventId')
  })

  it('never throws, and never reports a name that the event does not contain', () => {
    fc.assert(
      fc.property(fc.oneof(mutated(), fc.jsonValue()), fc.boolean(), (event, isWrapped) => {
        const text = JSON.stringify(isWrapped ? inEnvelope(Object(event)) : event)
        const { hint, notice } = parseChangeEvent(text) ?? {}
        const strings = stringsIn(event)
        for (const name of [hint?.name, hint?.arn, hint?.version, hint?.label, notice?.parameter]) {
          const isImplied = name === 'AWSCURRENT'
          if (name !== undefined && !isImplied) expect(strings).toContain(name)
        }
      }),
      { numRuns: runs(3_000) },
    )
  })
})

describe('a secret event through CloudTrail', () => {
  const name = 'prod/test-secret'
  const arn = `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-123456`
  const read = (detail: object) => parseChangeEvent(JSON.stringify({ ...secretPut, detail }))?.hint

  it.each<[string, object, object | undefined]>([
    ['CreateSecret', { requestParameters: { name }, responseElements: { arn } }, { name: arn, arn, operation: 'put' }],
    ['CreateSecret', { requestParameters: { name }, responseElements: { aRN: arn } }, { name: arn, operation: 'put' }],
    ['UpdateSecret', { requestParameters: { secretId: name } }, { name, operation: 'put' }],
    [
      'UpdateSecret',
      { requestParameters: { secretId: name, clientRequestToken: 'v2' } },
      { name, operation: 'label', label: 'AWSCURRENT', version: 'v2' },
    ],
    [
      'PutSecretValue',
      { requestParameters: { secretId: name, clientRequestToken: 'v2', versionStages: ['AWSPENDING'] } },
      { label: 'AWSPENDING', version: 'v2' },
    ],
    [
      'UpdateSecretVersionStage',
      { requestParameters: { secretId: arn, versionStage: 'AWSCURRENT', moveToVersionId: 'v3' } },
      { name: arn, label: 'AWSCURRENT', version: 'v3' },
    ],
    ['DeleteSecret', { requestParameters: { secretId: name } }, { name, operation: 'delete' }],
    ['RestoreSecret', { requestParameters: { secretId: name } }, { name, operation: 'put' }],
    ['RotateSecret', { requestParameters: { secretId: name } }, { name, operation: 'put' }],
    ['RotationSucceeded', { additionalEventData: { SecretId: arn } }, { name: arn, operation: 'put' }],
    ['RotationStarted', { additionalEventData: { SecretId: arn } }, undefined],
    ['RotationFailed', { additionalEventData: { SecretId: arn }, errorMessage: 'no' }, undefined],
    ['TagResource', { requestParameters: { secretId: name } }, undefined],
    ['PutSecretValue', { requestParameters: { secretId: name }, errorCode: 'AccessDenied' }, undefined],
    ['PutSecretValue', { requestParameters: null }, undefined],
    ['constructor', { requestParameters: { secretId: name } }, undefined],
  ])('%s %j', (eventName, record, hint) => {
    const change = read({ eventSource: 'secretsmanager.amazonaws.com', eventName, ...record })
    if (hint === undefined) expect(change).toBeUndefined()
    else expect(change).toMatchObject({ kind: 'secret', ...hint })
  })
})

describe('a policy event', () => {
  const policy = (type: string, attributes: object, more: object = {}) => {
    const content = JSON.stringify({ Type: type, Version: '1.0', Attributes: attributes })
    const detail = { ...unchanged.detail, 'policy-type': type, 'policy-content': content, ...more }
    return parseChangeEvent(JSON.stringify({ ...unchanged, detail }))
  }
  const occurredAt = Date.parse(unchanged.time)

  it('reports when a parameter expires', () => {
    const change = policy('ExpirationNotification', { Before: '15', Unit: 'Days' })
    expect(change?.notice).toMatchObject({ parameter: 'foo', expiresAt: occurredAt + 15 * 86_400_000 })
    expect(change?.hint).toBeUndefined()
    expect(policy('ExpirationNotification', { Before: '6', Unit: 'Hours' })?.notice?.expiresAt).toBe(
      occurredAt + 6 * 3_600_000,
    )
  })

  it('reports and hints at an expired parameter', () => {
    const change = policy('Expiration', { Timestamp: '2018-12-02T21:34:33.000Z' })
    expect(change?.notice).toMatchObject({ policy: 'Expiration', expiresAt: Date.UTC(2018, 11, 2, 21, 34, 33) })
    expect(change?.hint).toMatchObject({ kind: 'parameter', name: 'foo', operation: 'delete' })
    expect(policy('Expiration', {}, { 'action-status': 'Failed' })?.hint).toBeUndefined()
  })

  it('is reported even with unexpected content', () => {
    const notice = { parameter: 'foo', policy: 'ExpirationNotification' }
    expect(policy('ExpirationNotification', { Before: 'soon', Unit: 'Days' })?.notice).toMatchObject(notice)
    expect(policy('ExpirationNotification', { Before: '1', Unit: 'constructor' })?.notice).not.toHaveProperty(
      'expiresAt',
    )
    expect(policy('ExpirationNotification', {}, { 'policy-content': '{' })?.notice).toMatchObject(notice)
    expect(policy('Renewal', {})).toBeUndefined()
  })
})

/** Samples with some parts replaced or missing. */
function mutated(): fc.Arbitrary<unknown> {
  const changes = fc.array(fc.tuple(fc.nat(30), fc.option(fc.jsonValue())), { minLength: 0, maxLength: 4 })
  return fc.tuple(fc.constantFrom(...Object.values(samples)), changes).map(([sample, made]) => {
    const event = structuredClone(sample) as unknown
    for (const [index, value] of made) {
      const places = placesIn(event)
      const place = places[index % Math.max(1, places.length)]
      if (place === undefined) continue
      if (value === null) Reflect.deleteProperty(place.holder, place.key)
      else Reflect.set(place.holder, place.key, value)
    }
    return event
  })
}

function placesIn(value: unknown): { readonly holder: object; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [{ holder: value, key }, ...placesIn(inner)])
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(stringsIn)
}
