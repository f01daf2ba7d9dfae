import { isObject, isText, type Json, parseObject } from '../aws/json.ts'
import { lengthIn, timestampIn } from '../aws/policies.ts'
import type { Hint, Inbox, PolicyNotice } from '../ports.ts'
import { aboutTrailedSecret } from './trail-event.ts'

/** The change that an event reports. */
export interface AwsChange {
  readonly hint?: Hint
  readonly notice?: PolicyNotice
}

/**
 * Delivers an event to an inbox, for a notification source of your own. The event is one of EventBridge about parameters,
 * their policies or secrets: as text or as a parsed object, complete or only its detail, bare or in an SNS envelope. An
 * event that is not understood or changes no value is counted as ignored. Never throws for a value parsed from JSON.
 */
export function deliverEvent(event: unknown, inbox: Inbox): void {
  if (typeof event === 'string') deliverChange(parseChangeEvent(event), inbox)
  else deliverChange(isObject(event) ? openEnvelope(event) : undefined, inbox)
}

/** Delivers a change to an inbox; counts an event without a change as ignored. */
export function deliverChange({ hint, notice }: AwsChange = {}, inbox: Inbox): void {
  if (notice !== undefined) inbox.notice(notice)
  if (hint !== undefined) inbox.hint(hint)
  if (notice === undefined && hint === undefined) inbox.ignored()
}

/** Parses a message that holds an event, bare or in an SNS envelope. */
export function parseChangeEvent(message: string): AwsChange | undefined {
  const outer = parseObject(message)
  return outer && openEnvelope(outer)
}

/**
 * Reads the change from an EventBridge event, complete or only its detail. `undefined` when the event is not understood
 * or changes no value. Never throws.
 */
export function readChangeEvent(event: Json): AwsChange | undefined {
  // The input path of a rule may have selected the detail alone.
  const isComplete = isObject(event.detail) && isText(event['detail-type']) && isText(event.source)
  const detail = isComplete && isObject(event.detail) ? event.detail : event
  const kind = isComplete ? `${event.source} ${event['detail-type']}` : kindOf(detail)
  const read = Object.hasOwn(readers, kind) ? readers[kind] : undefined
  const origin = isComplete ? originOf(event) : {}
  const about = read?.(detail, origin)
  if (about === undefined) return undefined
  const { arn, ...when } = origin
  return {
    ...(about.hint !== undefined && { hint: { ...origin, ...about.hint } }),
    ...(about.notice !== undefined && { notice: { ...when, ...about.notice } }),
  }
}

function openEnvelope(outer: Json): AwsChange | undefined {
  if (outer.Type !== 'Notification' || !isText(outer.Message)) return readChangeEvent(outer)
  const event = parseObject(outer.Message)
  return event && readChangeEvent(event)
}

// Event ids are kept for deduplication. Those of AWS have 36 characters.
const maxIdLength = 256

type Origin = Pick<Hint, 'arn' | 'occurredAt' | 'eventId'>

const readers: Readonly<Record<string, (detail: Json, origin: Origin) => AwsChange | undefined>> = {
  'aws.ssm Parameter Store Change': aboutParameter,
  'aws.ssm Parameter Store Policy Action': aboutPolicy,
  'aws.secretsmanager Secret Label Updated': aboutLabel,
  'aws.secretsmanager AWS API Call via CloudTrail': aboutTrail,
  'aws.secretsmanager AWS Service Event via CloudTrail': aboutTrail,
}

function kindOf(detail: Json): string {
  if (isText(detail.operation) && isText(detail.name)) return 'aws.ssm Parameter Store Change'
  if (isText(detail['policy-type']) && isText(detail['parameter-name'])) return 'aws.ssm Parameter Store Policy Action'
  if (isText(detail.labelUpdated) && isText(detail.name)) return 'aws.secretsmanager Secret Label Updated'
  return isText(detail.eventName) && detail.eventSource === 'secretsmanager.amazonaws.com'
    ? 'aws.secretsmanager AWS API Call via CloudTrail'
    : ''
}

// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
function aboutParameter({ name, operation, label, toVersion, exception }: Json): AwsChange | undefined {
  // An `exception` reports a write that AWS accepted and then found invalid: it changed nothing.
  if (!isText(name) || exception !== undefined) return undefined
  const base = { kind: 'parameter', name } as const
  if (operation === 'Create' || operation === 'Update') return { hint: { ...base, operation: 'put' } }
  if (operation === 'Delete') return { hint: { ...base, operation: 'delete' } }
  if (operation !== 'LabelParameterVersion' || !isText(label)) return undefined
  const version = isText(toVersion) || typeof toVersion === 'number' ? { version: String(toVersion) } : {}
  return { hint: { ...base, operation: 'label', label, ...version } }
}

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
function aboutPolicy(detail: Json, { occurredAt }: Origin): AwsChange | undefined {
  const { 'parameter-name': name, 'policy-type': policy, 'policy-content': content, 'action-status': status } = detail
  const isKnown = policy === 'Expiration' || policy === 'ExpirationNotification' || policy === 'NoChangeNotification'
  if (!isText(name) || !isKnown) return undefined
  const expiresAt = expiryIn(content, occurredAt)
  const notice: PolicyNotice = { parameter: name, policy, ...(expiresAt !== undefined && { expiresAt }) }
  const isDeleted = policy === 'Expiration' && status === 'Success'
  return { notice, ...(isDeleted && { hint: { kind: 'parameter', name, operation: 'delete' } as const }) }
}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
function aboutLabel({ name, labelUpdated, versionId }: Json): AwsChange | undefined {
  if (!isText(name) || !isText(labelUpdated)) return undefined
  const version = isText(versionId) ? { version: versionId } : {}
  return { hint: { kind: 'secret', name, operation: 'label', label: labelUpdated, ...version } }
}

function aboutTrail(detail: Json): AwsChange | undefined {
  const hint = aboutTrailedSecret(detail)
  return hint && { hint }
}

function originOf({ resources, time, id }: Json): Origin {
  const [arn] = Array.isArray(resources) ? resources : []
  const occurredAt = isText(time) ? Date.parse(time) : Number.NaN
  return {
    ...(isText(arn) && { arn }),
    ...(Number.isFinite(occurredAt) && { occurredAt }),
    ...(isText(id) && id.length <= maxIdLength && { eventId: id }),
  }
}

/** When a parameter expires, by the policy text in a notification that was sent at `notifiedAt`. */
function expiryIn(text: unknown, notifiedAt: number | undefined): number | undefined {
  const policy = isText(text) ? parseObject(text) : undefined
  if (policy === undefined) return undefined
  // A notification policy holds the time between the notification and the expiration.
  const lead = lengthIn(policy, 'Before')
  return timestampIn(policy) ?? (lead === undefined || notifiedAt === undefined ? undefined : notifiedAt + lead)
}
