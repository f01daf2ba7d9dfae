import type { Clock } from '../ports.ts'
import type { Input } from './input.ts'
import type { DenyList } from './policy.ts'

/** What the services share. */
export interface ServiceContext {
  readonly clock: Clock
  readonly policy: DenyList
  /** As whom every call is made. */
  readonly caller: Caller
  /** The ARN of a resource in this account and region. */
  arn(service: string, resource: string): string
  /** Tells the default event bus that something has changed. */
  emit(event: AwsEvent): void
}

/** The identity behind a call. */
export interface Caller {
  readonly accountId: string
  readonly arn: string
  readonly userId: string
}

/** What AWS itself puts on the default event bus. */
export interface AwsEvent {
  /** Such as `aws.ssm`. */
  readonly source: string
  /** Such as `Parameter Store Change`. */
  readonly detailType: string
  /** ARNs of what it is about. */
  readonly resources: readonly string[]
  /** What happened, in the form of its type. */
  readonly detail: object
}

/** How a call is to be answered. */
export interface CallContext {
  /** The time that reads see, in milliseconds since the Unix epoch. */
  readonly readAt: number
  readonly hasSparsePages: boolean
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal
  /** The trace of X-Ray that the call is part of. */
  readonly traceHeader: string | undefined
}

/** The operations of a service, by name. */
export type Operations = Readonly<Record<string, (input: Input, context: CallContext) => object | Promise<object>>>
