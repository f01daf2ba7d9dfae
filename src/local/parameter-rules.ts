import { AwsError, constraint, validation } from './aws-error.ts'
import { checkDataType } from './data-types.ts'
import { type Input, isInput } from './input.ts'
import type { Kms } from './kms.ts'
import { isPublic, isShared, isWellFormed } from './parameter-names.ts'

/**
 * A new version of a parameter.
 *
 * @experimental
 */
export interface PutParameter {
  /**
   * The full name, for example `/app/port`. The ARN of another account or region stores a parameter that it shares. A
   * name below `/aws/service/` stores a parameter that AWS publishes.
   */
  readonly name: string
  /** The text of the value. */
  readonly value: string
  /** `String`, `StringList` or `SecureString`. @default the type of the previous version, or `String` */
  readonly type?: string
  /** Whether the parameter may exist already. @default true */
  readonly overwrite?: boolean
  /** The key of a SecureString: an id, ARN or alias. @default `alias/aws/ssm` */
  readonly keyId?: string
  /** `Standard`, `Advanced` or `Intelligent-Tiering`. @default the tier of the previous version, or `Standard` */
  readonly tier?: string
  /** Policies as JSON, for advanced parameters only. @default the policies of the previous version */
  readonly policies?: string
  /** @default the description of the previous version */
  readonly description?: string
  /** `text`, `integer`, `json` or another data type of AWS. @default the data type of the previous version, or `text` */
  readonly dataType?: string
  /** A regular expression that every value must match. @default the pattern of the previous version */
  readonly allowedPattern?: string
  /** Values by key. @default the tags of the parameter */
  readonly tags?: Readonly<Record<string, string>>
}

const syntax =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ' +
  'divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_'

/**
 * Checks the name of a new parameter. @returns The name without outer spaces.
 *
 * @param arnPrefix The ARN of a parameter in this account and region, up to and without the slash before the name.
 */
export function checkName(given: string, arnPrefix: string): string {
  const name = given.trim()
  if (/^\/aws/i.test(name))
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`)
  if (/^(aws|ssm)/i.test(name)) {
    throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')
  }
  if (/^\/ssm/i.test(name) || !isWellFormed(name) || isShared(name)) throw validation(syntax)
  if (name.split('/').length - 1 > 15) {
    const message =
      'A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names.'
    throw new AwsError('HierarchyLevelLimitExceededException', message)
  }
  if (name.length + arnPrefix.length + 1 > 1_011) {
    throw validation('Parameter name: the maximum length, including the ARN, is 1011 characters.')
  }
  return name
}

/** Checks the name of a parameter that a test stores. It may be published by AWS, or shared by another account. */
export function checkSeededName(given: string, arnPrefix: string): string {
  const isElsewhere = isShared(given) && !given.startsWith(`${arnPrefix}/`)
  return (isElsewhere || isPublic(given)) && isWellFormed(given) ? given : checkName(given, arnPrefix)
}

export function checkValue(put: PutParameter, type: string, tier: string): void {
  const { value, allowedPattern, dataType = 'text', policies } = put
  if (value === '') throw constraint('value', value, 'Member must have length greater than or equal to 1')
  if (value.includes('{{'))
    throw validation('Parameter value: can\'t nest another parameter. Do not use "{{}}" in the value.')
  const limit = tier === 'Advanced' ? 8_192 : 4_096
  if (Buffer.byteLength(value) > limit) throw validation(tooLong(tier, limit))
  if (allowedPattern !== undefined && !toRegExp(allowedPattern).test(value)) {
    const message = `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`
    throw new AwsError('ParameterPatternMismatchException', message)
  }
  checkDataType(dataType, type, value)
  if (policies !== undefined) checkPolicies(policies, tier)
}

function toRegExp(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`)
  } catch {
    throw new AwsError(
      'InvalidAllowedPatternException',
      'The request does not meet the regular expression requirement.',
    )
  }
}

export function checkType(type: string | undefined): void {
  if (type === undefined) throw validation('A parameter type is required when you create a parameter.')
  if (['String', 'StringList', 'SecureString'].includes(type)) return
  throw constraint('type', type, 'Member must satisfy enum value set: [SecureString, StringList, String]')
}

/** @throws AwsError `InvalidKeyId` */
export function checkKey(kms: Kms, keyId: string): void {
  if (!kms.has(keyId)) throw new AwsError('InvalidKeyId', `Invalid keyId ${keyId}`)
}

/** @throws AwsError For a tag key that is reserved for AWS. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).some((key) => /^aws:/i.test(key))) {
    throw validation('aws: prefixed tag key names are not allowed for external use.')
  }
}

/** Divides labels into valid and invalid labels. */
export function splitLabels(labels: readonly string[]): { readonly valid: string[]; readonly invalid: string[] } {
  const isValid = (label: string) => /^[A-Za-z_.-][\w.-]{0,99}$/.test(label) && !/^(aws|ssm)/i.test(label)
  return { valid: labels.filter(isValid), invalid: labels.filter((label) => !isValid(label)) }
}

function checkPolicies(policies: string, tier: string): void {
  if (tier !== 'Advanced')
    throw validation('Parameter policies are only supported with parameters that use the advanced-parameter tier.')
  let list: unknown
  try {
    list = JSON.parse(policies)
  } catch {
    throw new AwsError('InvalidPolicyAttributeException', 'The policies are not valid JSON.')
  }
  if (!Array.isArray(list)) throw new AwsError('InvalidPolicyTypeException', 'The policies are not a list.')
  if (list.length > 10)
    throw new AwsError('PoliciesLimitExceededException', 'A parameter can have at most 10 policies.')
  const kinds = list.map((policy) => checkPolicy(isInput(policy) ? policy : { Type: policy }))
  if (kinds.filter((kind) => kind === 'Expiration').length > 1) {
    throw new AwsError('IncompatiblePolicyException', 'A parameter can have only one Expiration policy.')
  }
}

/** @returns The type of a policy. An empty policy has no type: it removes all policies. */
function checkPolicy(policy: Input): string | undefined {
  if (Object.keys(policy).length === 0) return undefined
  const { Type: type, Version: version, Attributes: attributes } = policy
  const known = typeof type === 'string' && Object.hasOwn(policyAttributes, type) ? policyAttributes[type] : undefined
  if (known === undefined) {
    throw new AwsError('InvalidPolicyTypeException', `The policy type is invalid: ${JSON.stringify(type)}`)
  }
  const given = isInput(attributes) ? attributes : {}
  const wrong = Object.entries(known).find(([name, isValid]) => !isValid(given[name]))?.[0]
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (version === '1.0' && wrong === undefined && unknown === undefined) return String(type)
  const place = version === '1.0' ? `the attribute ${wrong ?? unknown}` : 'Version, which must be 1.0'
  throw new AwsError('InvalidPolicyAttributeException', `The policy ${String(type)} is invalid: see ${place}.`)
}

const isAmount = (value: unknown): boolean => typeof value === 'string' && /^\d+$/.test(value)
const isUnit = (value: unknown): boolean => value === 'Days' || value === 'Hours'

// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
const policyAttributes: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  Expiration: { Timestamp: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)) },
  ExpirationNotification: { Before: isAmount, Unit: isUnit },
  NoChangeNotification: { After: isAmount, Unit: isUnit },
}

function tooLong(tier: string, limit: number): string {
  if (tier === 'Advanced') return `Advanced tier parameters support a maximum parameter value of ${limit} characters.`
  return (
    `Standard tier parameters support a maximum parameter value of ${limit} characters. To create a larger parameter ` +
    'value, upgrade the parameter to use the advanced-parameter tier. For more information, see ' +
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
  )
}
