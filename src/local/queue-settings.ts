import { parsedObject } from './json.ts'
import { invalidMember, invalidValue, queueError, unknownAttribute } from './queue-errors.ts'

const defaults = {
  VisibilityTimeout: '30',
  ReceiveMessageWaitTimeSeconds: '0',
  MessageRetentionPeriod: '345600',
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  SqsManagedSseEnabled: 'true',
}

type NumberName = Exclude<keyof typeof defaults, 'SqsManagedSseEnabled'>

/** The attributes of a queue that callers can set. */
export class QueueSettings {
  readonly #values = new Map<string, string>(Object.entries(defaults))

  number(name: NumberName): number {
    return Number(this.#values.get(name))
  }

  get(name: string): string | undefined {
    return this.#values.get(name)
  }

  /** An empty text removes a policy or key. A queue uses either a KMS key or the encryption of SQS. */
  set(given: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(given)) {
      if (value === '') this.#values.delete(name)
      else this.#values.set(name, value)
    }
    if (given.SqsManagedSseEnabled === 'true') this.#values.delete('KmsMasterKeyId')
    if (this.#values.has('KmsMasterKeyId')) this.#values.set('SqsManagedSseEnabled', 'false')
  }

  get all(): Readonly<Record<string, string>> {
    const shown = new Map(this.#values)
    if (!shown.has('KmsMasterKeyId')) shown.delete('KmsDataKeyReusePeriodSeconds')
    return Object.fromEntries(shown)
  }
}

const bounds: Readonly<Record<string, readonly [number, number]>> = {
  VisibilityTimeout: [0, 43_200],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  MessageRetentionPeriod: [60, 1_209_600],
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1_024, 1_048_576],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
}

const checks: Readonly<Record<string, (value: string) => boolean>> = {
  ...Object.fromEntries(
    Object.entries(bounds).map(([name, [min, max]]) => [
      name,
      (value: string) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max,
    ]),
  ),
  SqsManagedSseEnabled: (value) => value === 'true' || value === 'false',
  KmsMasterKeyId: () => true,
  Policy: (value) => value === '' || parsedObject(value) !== undefined,
  RedrivePolicy: (value) => value === '' || parsedObject(value) !== undefined,
  RedriveAllowPolicy: (value) => value === '' || isAllowPolicy(parsedObject(value)),
}

/** The names of attributes that callers can set. */
export const settingNames: readonly string[] = Object.keys(checks)

/** @throws AwsError For an unknown attribute or an invalid value. */
export function checkSettings(given: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (name === 'DeduplicationScope' || name === 'FifoThroughputLimit') {
      throw queueError('InvalidAttributeName', `You can specify the ${name} only when FifoQueue is set to true.`)
    }
    const isValid = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (isValid === undefined) throw unknownAttribute(name)
    if (!isValid(value)) throw queueError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`)
    if (name === 'RedrivePolicy' && value !== '') checkRedrivePolicy(value)
  }
  if (given.SqsManagedSseEnabled === 'true' && (given.KmsMasterKeyId ?? '') !== '') {
    const message =
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.'
    throw queueError('InvalidAttributeName', message)
  }
}

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string
  readonly maxReceiveCount: number
}

export function redrivePolicyOf(settings: QueueSettings): RedrivePolicy | undefined {
  const { deadLetterTargetArn, maxReceiveCount } = parsedObject(settings.get('RedrivePolicy') ?? '') ?? {}
  if (typeof deadLetterTargetArn !== 'string') return undefined
  return { deadLetterTargetArn, maxReceiveCount: Number(maxReceiveCount) }
}

/** Whether a queue may be the dead-letter queue of another. */
export function allowsRedrive(settings: QueueSettings, sourceArn: string): boolean {
  const { redrivePermission = 'allowAll', sourceQueueArns } =
    parsedObject(settings.get('RedriveAllowPolicy') ?? '') ?? {}
  if (redrivePermission !== 'byQueue') return redrivePermission === 'allowAll'
  return Array.isArray(sourceQueueArns) && sourceQueueArns.includes(sourceArn)
}

function checkRedrivePolicy(value: string): void {
  const policy = parsedObject(value) ?? {}
  const required = ['deadLetterTargetArn', 'maxReceiveCount']
  const absent = required.find((name) => policy[name] === undefined)
  if (absent !== undefined) throw invalidValue(`The required parameter '${absent}' is missing`)
  const unknown = Object.keys(policy).find((name) => !required.includes(name))
  if (unknown !== undefined) {
    throw invalidMember(
      'RedrivePolicy',
      value,
      'Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].',
    )
  }
  const count = Number(policy.maxReceiveCount)
  if (!Number.isInteger(count) || count < 1 || count > 1_000) {
    const reason = `Invalid value for maxReceiveCount: ${count}, valid values are from 1 to 1000 both inclusive.`
    throw invalidMember('RedrivePolicy', value, reason)
  }
}

function isAllowPolicy(policy: Readonly<Record<string, unknown>> | undefined): boolean {
  const { redrivePermission, sourceQueueArns, ...others } = policy ?? {}
  const isByQueue = redrivePermission === 'byQueue'
  const hasArns = Array.isArray(sourceQueueArns) && sourceQueueArns.length > 0 && sourceQueueArns.length <= 10
  const isKnown = isByQueue || redrivePermission === 'allowAll' || redrivePermission === 'denyAll'
  return isKnown && Object.keys(others).length === 0 && (isByQueue ? hasArns : sourceQueueArns === undefined)
}
