import type { EventPattern } from './event-pattern.ts'
import { compileFilter, type FilterScope } from './filter-policy.ts'
import { isInput } from './input.ts'
import { jsonFault, parsed } from './json.ts'
import { PatternError } from './pattern-place.ts'
import { invalidParameter } from './topic-errors.ts'

type Check = (value: string) => boolean

const isWithin =
  (min: number, max: number): Check =>
  (value) => {
    return /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
  }

const topicChecks: Readonly<Record<string, Check>> = {
  DisplayName: (value) => value.length <= 100,
  Policy: (value) => isInput(parsed(value)),
  KmsMasterKeyId: () => true,
  SignatureVersion: (value) => value === '1' || value === '2',
  MaximumMessageSize: isWithin(1_024, 1_048_576),
}

// Attributes of AWS that the local AWS does not support.
const topicOnlyOnAws =
  /^(DeliveryPolicy|TracingConfig|ArchivePolicy|DataProtectionPolicy|FifoThroughputScope|ContentBasedDeduplication|(HTTP|Application|Lambda|SQS|Firehose)(SuccessFeedbackRoleArn|SuccessFeedbackSampleRate|FailureFeedbackRoleArn))$/
const subscriptionOnlyOnAws = /^(DeliveryPolicy|SubscriptionRoleArn|ReplayPolicy|ReplayStatus)$/

/** @param prefix For example `Attributes Reason: `. @throws AwsError For an unknown attribute or an invalid value. */
export function checkTopicAttribute(name: string, value: string, prefix = ''): void {
  const isValid = Object.hasOwn(topicChecks, name) ? topicChecks[name] : undefined
  if (isValid === undefined) throw unknownAttribute(name, topicOnlyOnAws.test(name), 'topics', prefix)
  if (!isValid(value)) throw invalidParameter(`${prefix}${name}`)
}

/** The filter of a subscription. */
export interface Filter {
  readonly scope: FilterScope
  readonly pattern: EventPattern
}

/**
 * Checks the attributes of a subscription.
 *
 * @param changed The names of the attributes that a call sets.
 * @param prefix For example `Attributes Reason: `.
 * @returns The filter that the attributes describe.
 */
export function checkSubscription(
  all: ReadonlyMap<string, string>,
  changed: readonly string[],
  prefix = '',
): Filter | undefined {
  for (const name of changed) checkSubscriptionAttribute(name, all.get(name) ?? '', prefix)
  const scope = all.get('FilterPolicyScope') === 'MessageBody' ? 'MessageBody' : 'MessageAttributes'
  const policy = all.get('FilterPolicy') ?? ''
  if (policy === '') return undefined
  try {
    return { scope, pattern: compileFilter(policy, scope) }
  } catch (error) {
    throw error instanceof PatternError ? invalidParameter(`${prefix}${error.message}`) : error
  }
}

function checkSubscriptionAttribute(name: string, value: string, prefix: string): void {
  if (name === 'RawMessageDelivery') {
    if (!/^(true|false)$/i.test(value)) {
      throw invalidParameter(`${prefix}RawMessageDelivery: Invalid value [${value}]. Must be true or false.`)
    }
  } else if (name === 'FilterPolicyScope') {
    if (value !== 'MessageBody' && value !== 'MessageAttributes') {
      const advice = 'Please use either MessageBody or MessageAttributes'
      throw invalidParameter(`${prefix}FilterPolicyScope: Invalid value [${value}]. ${advice}`)
    }
  } else if (name === 'RedrivePolicy') {
    if (value !== '' && deadLetterArnOf(value) === undefined) {
      const isJson = isInput(parsed(value))
      const reason = isJson ? 'deadLetterTargetArn is an invalid arn' : `failed to parse JSON. ${jsonFault(value)}`
      throw invalidParameter(`${prefix}RedrivePolicy: ${reason.trimEnd()}`)
    }
  } else if (name !== 'FilterPolicy') {
    throw unknownAttribute(name, subscriptionOnlyOnAws.test(name), 'subscriptions', prefix)
  }
}

/** The ARN of the dead-letter queue in a redrive policy. */
export function deadLetterArnOf(redrivePolicy: string | undefined): string | undefined {
  const policy = parsed(redrivePolicy ?? '')
  const arn = isInput(policy) && Object.keys(policy).length === 1 ? policy.deadLetterTargetArn : undefined
  return typeof arn === 'string' && /^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w-]+$/.test(arn) ? arn : undefined
}

function unknownAttribute(name: string, isOnAws: boolean, what: string, prefix: string): Error {
  if (!isOnAws) return invalidParameter(`${prefix}AttributeName`)
  return invalidParameter(
    `${prefix}The local AWS does not support the attribute ${name} of ${what}: remove it, or test this against AWS`,
  )
}

/** The delivery policy of every topic. */
export const defaultDeliveryPolicy: string = JSON.stringify({
  http: {
    defaultHealthyRetryPolicy: {
      minDelayTarget: 20,
      maxDelayTarget: 20,
      numRetries: 3,
      numMaxDelayRetries: 0,
      numNoDelayRetries: 0,
      numMinDelayRetries: 0,
      backoffFunction: 'linear',
    },
    disableSubscriptionOverrides: false,
    defaultRequestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
  },
})

/** The policy of a topic that has no policy of its own. */
export function defaultPolicy(arn: string, owner: string): string {
  const actions = [
    'GetTopicAttributes',
    'SetTopicAttributes',
    'AddPermission',
    'RemovePermission',
    'DeleteTopic',
    'Subscribe',
    'ListSubscriptionsByTopic',
    'Publish',
  ]
  const statement = {
    Sid: '__default_statement_ID',
    Effect: 'Allow',
    Principal: { AWS: '*' },
    Action: actions.map((action) => `SNS:${action}`),
    Resource: arn,
    Condition: { StringEquals: { 'AWS:SourceOwner': owner } },
  }
  return JSON.stringify({ Version: '2008-10-17', Id: '__default_policy_ID', Statement: [statement] })
}
