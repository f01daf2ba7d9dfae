import { AwsError, validation } from './aws-error.ts'
import { isInput } from './input.ts'
import type { Kms } from './kms.ts'

/** What PutParameter is given, checked for its form alone. */
export interface PutParameter {
  /** The full name, such as `/app/port`. */
  readonly name: string
  /** The text to store. */
  readonly value: string
  /** `String`, `StringList` or `SecureString`. @default that of the version before, or `String` */
  readonly type?: string
  /** Whether it may be there already. @default true */
  readonly overwrite?: boolean
  /** The key of a SecureString: an id, ARN or alias. @default `alias/aws/ssm` */
  readonly keyId?: string
  /** `Standard`, `Advanced` or `Intelligent-Tiering`. @default that of the version before, or `Standard` */
  readonly tier?: string
  /** JSON, as AWS takes it; of advanced parameters alone. */
  readonly policies?: string
  /** What people are to know of it. */
  readonly description?: string
  /** `text`, or what AWS checks it to be. @default `text` */
  readonly dataType?: string
  /** A regular expression that values have to match. */
  readonly allowedPattern?: string
}

const syntax =
  'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ' +
  'divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_'

/** The name as it is stored: with its outer spaces gone. */
export function checkName(given: string, arnPrefixLength: number): string {
  const name = given.trim()
  if (/^\/aws\//i.test(name))
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`)
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw validation('Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).')
  }
  if (!isWellFormed(name)) throw validation(syntax)
  if (name.split('/').length - 1 > 15) {
    const message =
      'A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names.'
    throw new AwsError('HierarchyLevelLimitExceededException', message)
  }
  if (name.length + arnPrefixLength > 1_011) {
    throw validation('Parameter name: the maximum length, including the ARN of which it is a part, is 1011 characters.')
  }
  return name
}

/** Whether a name is one that a read could ever find. */
export function isWellFormed(name: string): boolean {
  return /^[\w.-]+$/.test(name) || /^(\/[\w.-]+)+$/.test(name)
}

export function checkValue(put: PutParameter, type: string, tier: string): void {
  const { value, allowedPattern, dataType = 'text', policies } = put
  if (value === '')
    throw validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
    )
  if (value.includes('{{'))
    throw validation('Parameter value: can\'t nest another parameter. Do not use "{{}}" in the value.')
  const limit = tier === 'Advanced' ? 8_192 : 4_096
  if (Buffer.byteLength(value) > limit) throw validation(tooLong(tier, limit))
  if (allowedPattern !== undefined && !toRegExp(allowedPattern).test(value)) {
    const message = `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`
    throw new AwsError('ParameterPatternMismatchException', message)
  }
  if (!['text', 'aws:ec2:image', 'aws:ssm:integration'].includes(dataType)) {
    throw validation(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`)
  }
  if (type !== 'String' && dataType === 'aws:ec2:image')
    throw validation('aws:ec2:image is only for parameters of type String.')
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
  const rule = 'Member must satisfy enum value set: [SecureString, StringList, String]'
  throw validation(`1 validation error detected: Value '${type}' at 'type' failed to satisfy constraint: ${rule}`)
}

/** @throws AwsError `InvalidKeyId` */
export function checkKey(kms: Kms, keyId: string): void {
  if (!kms.has(keyId)) throw new AwsError('InvalidKeyId', `Invalid keyId ${keyId}`)
}

/** The labels that may be attached, and those that may not. */
export function sortLabels(labels: readonly string[]): { readonly valid: string[]; readonly invalid: string[] } {
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
  for (const policy of list) {
    const type = isInput(policy) ? policy.Type : undefined
    const isNone = isInput(policy) && Object.keys(policy).length === 0
    if (isNone || (typeof type === 'string' && policyTypes.includes(type))) continue
    throw new AwsError('InvalidPolicyTypeException', `The policy type is invalid: ${JSON.stringify(type)}`)
  }
}

const policyTypes = ['Expiration', 'ExpirationNotification', 'NoChangeNotification']

function tooLong(tier: string, limit: number): string {
  if (tier === 'Advanced') return `Advanced tier parameters support a maximum parameter value of ${limit} characters.`
  return (
    `Standard tier parameters support a maximum parameter value of ${limit} characters. To create a larger parameter ` +
    'value, upgrade the parameter to use the advanced-parameter tier. For more information, see ' +
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html'
  )
}
