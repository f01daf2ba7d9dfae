import { AwsError } from './aws-error.ts'

export function noKey(name: string): AwsError {
  return new AwsError('NotFoundException', `Key '${name}' does not exist`)
}

export function badKeyId(name: string): AwsError {
  return new AwsError('NotFoundException', `Invalid keyId '${name}'`)
}

/** The error for the ARN of a key in another region. */
export function badArn(region: string): AwsError {
  return new AwsError('NotFoundException', `Invalid arn ${region}`)
}

export function noAlias(arn: string): AwsError {
  return new AwsError('NotFoundException', `Alias ${arn} is not found.`)
}

/** The error for an alias where the operation takes only a key. */
export function noAliasHere(): AwsError {
  return new AwsError('InvalidArnException', 'Key Aliases are not supported for this operation.')
}

/** The error for a change that the policy of an AWS managed key does not allow. */
export function managedKey(user: string, action: string, arn: string): AwsError {
  const reason = `because no resource-based policy allows the ${action} action`
  const message = `User: ${user} is not authorized to perform: ${action} on resource: ${arn} ${reason}`
  return new AwsError('AccessDeniedException', message)
}

export function wrongState(arn: string, state: string): AwsError {
  return new AwsError('KMSInvalidStateException', `${arn} is ${state}.`)
}

export function wrongKey(): AwsError {
  const message = 'The key ID in the request does not identify a CMK that can perform this operation.'
  return new AwsError('IncorrectKeyException', message)
}

/** The answer to a call with DryRun that would succeed. */
export function dryRun(): AwsError {
  const message = 'The request would have succeeded, but the DryRun option is set.'
  return new AwsError('DryRunOperationException', message)
}
