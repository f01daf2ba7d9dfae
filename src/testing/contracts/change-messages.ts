import { randomUUID } from 'node:crypto'
import { platform } from '../../platform/node.ts'
import type { Hint, PolicyNotice } from '../../ports.ts'

/** An EventBridge event as text, with the hint and the notice that a source must report for it. */
export interface ChangeMessage {
  readonly text: string
  readonly eventId: string
  readonly hint?: Hint
  readonly notice?: PolicyNotice
}

/** Events of a parameter that is created, updated, deleted and labelled. */
export function parameterMessages(): ChangeMessage[] {
  const labelled = { label: 'live', fromVersion: '3', toVersion: '4' }
  return [
    parameterMessage('/app/created', { operation: 'Create' }, { operation: 'put' }),
    parameterMessage('/app/updated', { operation: 'Update' }, { operation: 'put' }),
    parameterMessage('/app/deleted', { operation: 'Delete' }, { operation: 'delete' }),
    parameterMessage(
      '/app/labelled',
      { operation: 'LabelParameterVersion', ...labelled },
      { operation: 'label', label: 'live', version: '4' },
    ),
  ]
}

/** The event of an updated parameter. */
export function updateOf(name: string, more: object = {}): ChangeMessage {
  return parameterMessage(name, { operation: 'Update', ...more }, { operation: 'put' })
}

/** Events of a secret whose stage moves: the event of Secrets Manager, and the API call in CloudTrail. */
export function secretMessages(): ChangeMessage[] {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-a1b2c3'
  const version = randomUUID()
  const moved = { kind: 'secret', arn, operation: 'label', label: 'AWSCURRENT', version } as const
  return [
    message(
      { source: 'aws.secretsmanager', 'detail-type': 'Secret Label Updated', resources: [arn] },
      { name: 'prod/db', labelUpdated: 'AWSCURRENT', versionId: version },
      { hint: { ...moved, name: 'prod/db' } },
    ),
    message(
      { source: 'aws.secretsmanager', 'detail-type': 'AWS API Call via CloudTrail', resources: [] },
      {
        eventSource: 'secretsmanager.amazonaws.com',
        eventName: 'PutSecretValue',
        requestParameters: { secretId: arn, clientRequestToken: version },
      },
      { hint: { ...moved, name: arn } },
    ),
  ]
}

/** Events of parameter policies: no change for the set period, and an expired parameter. */
export function policyMessages(): ChangeMessage[] {
  const expiresAt = secondsOf(platform.clock.now())
  const Attributes = { Timestamp: new Date(expiresAt).toISOString() }
  const expired = { Type: 'Expiration', Version: '1.0', Attributes }
  const unchanged = { Type: 'NoChangeNotification', Version: '1.0', Attributes: { After: '2', Unit: 'Hours' } }
  return [
    policyMessage('/app/unchanged', unchanged, {
      notice: { parameter: '/app/unchanged', policy: 'NoChangeNotification' },
    }),
    policyMessage('/app/expired', expired, {
      notice: { parameter: '/app/expired', policy: 'Expiration', expiresAt },
      hint: { kind: 'parameter', name: '/app/expired', arn: arnOf('/app/expired'), operation: 'delete' },
    }),
  ]
}

/** Messages that report no change of a stored value. */
export function unrelatedMessages(): string[] {
  const event = JSON.parse(updateOf('/app/unrelated').text)
  return [
    'no JSON',
    '[]',
    'null',
    JSON.stringify({ source: 'shop', 'detail-type': 'Order Placed', detail: { order: 1 } }),
    JSON.stringify({ ...event, 'detail-type': 'Maintenance Window Execution State-change Notification' }),
    // AWS found the write invalid after it had accepted it.
    JSON.stringify({ ...event, detail: { ...event.detail, exception: 'Unable to Describe Resource' } }),
  ]
}

/** Messages that attack a parser. */
export function hostileMessages(): string[] {
  const event = updateOf('/app/hostile').text
  const parts = JSON.parse(event)
  const withDetail = (detail: unknown) => JSON.stringify({ ...parts, detail })
  return [
    `{"__proto__":${event}}`,
    `{"constructor":{"prototype":${event}},"__proto__":{"polluted":true}}`,
    withDetail(null),
    withDetail({ ...parts.detail, name: { toString: 'x' } }),
    withDetail({ ...parts.detail, operation: '__proto__' }),
    `${'{"detail":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
    '['.repeat(100_000),
    'x'.repeat(200_000),
  ]
}

function parameterMessage(name: string, detail: object, hint: Pick<Hint, 'operation' | 'label' | 'version'>) {
  const arn = arnOf(name)
  return message(
    { source: 'aws.ssm', 'detail-type': 'Parameter Store Change', resources: [arn] },
    { name, type: 'String', ...detail },
    { hint: { kind: 'parameter', name, arn, ...hint } },
  )
}

function policyMessage(
  name: string,
  policy: { readonly Type: string },
  expected: Pick<ChangeMessage, 'hint' | 'notice'>,
) {
  return message(
    { source: 'aws.ssm', 'detail-type': 'Parameter Store Policy Action', resources: [arnOf(name)] },
    {
      'policy-type': policy.Type,
      'parameter-name': name,
      'parameter-type': 'String',
      'policy-content': JSON.stringify(policy),
      'action-status': 'Success',
    },
    expected,
  )
}

function message(envelope: object, detail: object, { hint, notice }: Pick<ChangeMessage, 'hint' | 'notice'>) {
  const eventId = randomUUID()
  const occurredAt = secondsOf(platform.clock.now())
  const time = new Date(occurredAt).toISOString().replace('.000', '')
  return {
    text: JSON.stringify({ version: '0', id: eventId, account: '123456789012', time, ...envelope, detail }),
    eventId,
    ...(hint !== undefined && { hint: { ...hint, occurredAt, eventId } }),
    ...(notice !== undefined && { notice: { ...notice, occurredAt, eventId } }),
  }
}

function arnOf(name: string): string {
  return `arn:aws:ssm:us-east-1:123456789012:parameter${name}`
}

// AWS gives times in whole seconds.
function secondsOf(ms: number): number {
  return ms - (ms % 1_000)
}
