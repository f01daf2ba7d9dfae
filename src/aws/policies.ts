import type { StoredPolicy } from '../ports.ts'
import { isObject, isText, type Json, parseObject } from './json.ts'

/** The policies of a parameter as AWS describes it. */
export interface DescribedPolicies {
  /** The full name. */
  readonly parameter: string
  readonly modifiedAt: number | undefined
  /** The policies, each as JSON text. */
  readonly texts: readonly unknown[]
}

const dayMs = 86_400_000
const unitsMs: Readonly<Record<string, number>> = { Days: dayMs, Hours: 3_600_000 }
// How long before an expiration without a notification policy the notice is due.
const noticeMs = 7 * dayMs

/**
 * The notices that are due by the policies of a parameter, with their times. Unknown policies are left out.
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
 */
export function dueBy({ parameter, modifiedAt, texts }: DescribedPolicies): StoredPolicy[] {
  const policies = texts.flatMap((text): Json[] => {
    const policy = isText(text) ? parseObject(text) : undefined
    return policy === undefined ? [] : [policy]
  })
  const expiresAt = policies.flatMap((policy) => timestampIn(policy) ?? [])[0]
  const lengthsOf = (type: string, member: string) =>
    policies.flatMap((policy) => (policy.Type === type ? (lengthIn(policy, member) ?? []) : []))
  const before = lengthsOf('ExpirationNotification', 'Before')
  const leads = before.length > 0 ? before : [noticeMs]
  const expirations = expiresAt === undefined ? [] : leads.map((lead) => ({ dueAt: expiresAt - lead, expiresAt }))
  const after = modifiedAt === undefined ? [] : lengthsOf('NoChangeNotification', 'After')
  return [
    ...expirations.map((due) => ({ parameter, policy: 'ExpirationNotification' as const, ...due })),
    ...after.map((ms) => ({ parameter, policy: 'NoChangeNotification' as const, dueAt: (modifiedAt ?? 0) + ms })),
  ]
}

/** When a parameter with this policy expires. */
export function timestampIn(policy: Json): number | undefined {
  const { Timestamp } = attributesOf(policy)
  const at = isText(Timestamp) ? Date.parse(Timestamp) : Number.NaN
  return Number.isFinite(at) ? at : undefined
}

/** A length of time in a policy, in milliseconds. */
export function lengthIn(policy: Json, member: string): number | undefined {
  const { [member]: count, Unit } = attributesOf(policy)
  const unitMs = isText(Unit) && Object.hasOwn(unitsMs, Unit) ? unitsMs[Unit] : undefined
  const ms = isText(count) && unitMs !== undefined ? Number(count) * unitMs : Number.NaN
  return Number.isFinite(ms) ? ms : undefined
}

function attributesOf({ Attributes }: Json): Json {
  return isObject(Attributes) ? Attributes : {}
}
