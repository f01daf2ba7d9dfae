import type { Clock } from '../ports.ts'
import type { Input } from './input.ts'
import type { DenyList } from './policy.ts'
import type { Shape } from './shape.ts'

/** The account, region, clock and policy that all services share. */
export interface ServiceContext {
  readonly clock: Clock
  readonly policy: DenyList
  /** The identity of every caller. */
  readonly caller: Caller
  /** The ARN of a resource in this account and region. */
  arn(service: string, resource: string): string
  /** The URL of the local AWS. */
  endpoint(): string
  /** Aborts when the local AWS closes. */
  readonly signal: AbortSignal
  /** Emits an event on the default event bus. */
  emit(event: AwsEvent): void
}

/** The identity behind a call. */
export interface Caller {
  readonly accountId: string
  readonly arn: string
  readonly userId: string
}

/**
 * An event of an AWS service.
 *
 * @experimental
 */
export interface AwsEvent {
  /** For example `aws.ssm`. */
  readonly source: string
  /** For example `Parameter Store Change`. */
  readonly detailType: string
  /** The ARNs of the resources that changed. */
  readonly resources: readonly string[]
  /** The members that are specific to the detail type. */
  readonly detail: object
}

/** The circumstances of a call. */
export interface CallContext {
  /** Reads answer with the state of this time, in milliseconds since the Unix epoch. */
  readonly readAt: number
  readonly hasSparsePages: boolean
  /** Aborts when the caller disconnects. */
  readonly signal: AbortSignal
  /** The X-Ray trace of the call. */
  readonly traceHeader: string | undefined
}

/** The operations of a service, by name. */
export type Operations = Readonly<Record<string, (input: Input, call: CallContext) => object | Promise<object>>>

/** The caller of every request: a role of the account. */
export function callerOf(accountId: string, partition: string): Caller {
  return {
    accountId,
    arn: `arn:${partition}:sts::${accountId}:assumed-role/local/session`,
    userId: 'AROALOCAL:session',
  }
}

/** The operations of STS. AWS answers them to every caller, so no denial applies. */
export function callerOperations({ accountId, arn, userId }: Caller): Operations {
  return { GetCallerIdentity: () => ({ Arn: arn, UserId: userId, Account: accountId }) }
}

export const callerShapes: Readonly<Record<string, Shape>> = { GetCallerIdentity: {} }

/** The partition of a region, for example `aws-cn`: the second element of its ARNs. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  const isolated = /^us-(gov|iso)([a-z]?)-/.exec(region)
  if (isolated === null) return 'aws'
  const [, kind, letter] = isolated
  return kind === 'gov' ? 'aws-us-gov' : ['aws-iso', letter].filter(Boolean).join('-')
}
