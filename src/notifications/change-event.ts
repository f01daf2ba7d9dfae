import type { Hint } from '../ports.ts'

/**
 * What a message tells of stored values: an event of EventBridge, bare or in an envelope of SNS. `undefined` when it is
 * not understood, or tells nothing that could matter. Never throws.
 */
export function parseChangeEvent(message: string): Hint | undefined {
  const outer = parseObject(message)
  const isEnvelope = outer?.Type === 'Notification' && typeof outer.Message === 'string'
  const event = isEnvelope ? parseObject(String(outer.Message)) : outer
  if (event === undefined || !isObject(event.detail)) return undefined
  const about = aboutParameter(event, event.detail) ?? aboutSecret(event, event.detail)
  if (about === undefined) return undefined
  const [arn] = Array.isArray(event.resources) ? event.resources : []
  const occurredAt = typeof event.time === 'string' ? Date.parse(event.time) : Number.NaN
  return {
    ...about,
    ...(typeof arn === 'string' && { arn }),
    ...(Number.isFinite(occurredAt) && { occurredAt }),
    ...(typeof event.id === 'string' && event.id !== '' && { eventId: event.id }),
  }
}

type About = Pick<Hint, 'kind' | 'name' | 'operation' | 'label' | 'version'>

// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
function aboutParameter(event: Json, { name, operation, label, toVersion }: Json): About | undefined {
  if (event.source !== 'aws.ssm' || event['detail-type'] !== 'Parameter Store Change' || !isText(name)) return undefined
  const base = { kind: 'parameter', name } as const
  if (operation === 'Create' || operation === 'Update') return { ...base, operation: 'put' }
  if (operation === 'Delete') return { ...base, operation: 'delete' }
  if (operation !== 'LabelParameterVersion' || !isText(label)) return undefined
  const version = isText(toVersion) || typeof toVersion === 'number' ? { version: String(toVersion) } : {}
  return { ...base, operation: 'label', label, ...version }
}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
function aboutSecret(event: Json, { name, labelUpdated, versionId }: Json): About | undefined {
  if (event.source !== 'aws.secretsmanager' || event['detail-type'] !== 'Secret Label Updated') return undefined
  if (!isText(name) || !isText(labelUpdated)) return undefined
  const version = isText(versionId) ? { version: versionId } : {}
  return { kind: 'secret', name, operation: 'label', label: labelUpdated, ...version }
}

type Json = Readonly<Record<string, unknown>>

function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
