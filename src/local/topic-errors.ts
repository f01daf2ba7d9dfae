import { AwsError } from './aws-error.ts'
import { type Input, optionalText } from './input.ts'

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameter', `Invalid parameter: ${message}`)
}

export function notFound(what: 'Topic' | 'Subscription'): AwsError {
  return new AwsError('NotFound', `${what} does not exist`, 404)
}

/** Reads a required member. */
export function needed(input: Input, member: string): string {
  const value = optionalText(input, member)
  if (value === undefined || value === '') throw noValue(member)
  return value
}

function noValue(member: string): AwsError {
  return invalidParameter(`${member} Reason: no value for required parameter`)
}

/** Reads a required ARN. AWS checks the number of its elements. */
export function neededArn(input: Input, member: string): string {
  const arn = optionalText(input, member)
  if (arn === undefined) throw noValue(member)
  const elements = arn.split(':').length
  if (elements < 6) throw invalidParameter(`${member} Reason: An ARN must have at least 6 elements, not ${elements}`)
  return arn
}
