import { AwsError } from './aws-error.ts'

/** The JSON names of errors by their codes in the older query protocol. Clients read the codes from a header. */
const names: Readonly<Record<string, string>> = {
  'AWS.SimpleQueueService.NonExistentQueue': 'QueueDoesNotExist',
  QueueAlreadyExists: 'QueueNameExists',
  InvalidParameterValue: 'InvalidParameterValueException',
  MissingParameter: 'MissingRequiredParameterException',
}

export function queueError(code: string, message: string, status = 400): AwsError {
  const name = names[code] ?? code.replace(/^AWS\.SimpleQueueService\./, '')
  return new AwsError(name, message, status, { headers: { 'x-amzn-query-error': `${code};Sender` } })
}

export function simpleError(name: string, message: string, status?: number): AwsError {
  return queueError(`AWS.SimpleQueueService.${name}`, message, status)
}

export function noQueue(): AwsError {
  return simpleError('NonExistentQueue', 'The specified queue does not exist.')
}

export function missing(member: string): AwsError {
  return queueError('MissingParameter', `The request must contain the parameter ${member}.`)
}

export function invalidValue(message: string): AwsError {
  return queueError('InvalidParameterValue', message)
}

export function invalidMember(member: string, value: unknown, reason: string): AwsError {
  return invalidValue(`Value ${String(value)} for parameter ${member} is invalid. Reason: ${reason}`)
}

export function unknownAttribute(name: string): AwsError {
  return queueError('InvalidAttributeName', `Unknown Attribute ${name}.`)
}
