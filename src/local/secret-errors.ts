import { AwsError } from './aws-error.ts'

export function notFound(): AwsError {
  return new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
}

export function stageNotFound(stage: string): AwsError {
  const message = `Secrets Manager can't find the specified secret value for staging label: ${stage}`
  return new AwsError('ResourceNotFoundException', message)
}

export function versionNotFound(versionId: string): AwsError {
  const message = `Secrets Manager can't find the specified secret value for VersionId: ${versionId}`
  return new AwsError('ResourceNotFoundException', message)
}

export function exists(name: string): AwsError {
  return new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`)
}

export function tokenInUse(token: string, arn: string): AwsError {
  const message = `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`
  return new AwsError('ResourceExistsException', message)
}

export function nameScheduledForDeletion(): AwsError {
  return invalidRequest(
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  )
}

export function markedForDeletion(): AwsError {
  return invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
}

export function invalidName(): AwsError {
  const message =
    'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!'
  return new AwsError('ValidationException', message)
}

export function invalidRequest(message: string): AwsError {
  return new AwsError('InvalidRequestException', message)
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

export function noToken(name: 'InvalidRequestException' | 'InvalidParameterException'): AwsError {
  return new AwsError(name, 'You must provide a ClientRequestToken value. We recommend a UUID-type value.')
}

/** Converts an error of KMS to the error of Secrets Manager. */
export function keyFailure(error: unknown, verb: 'encrypt' | 'decrypt'): unknown {
  if (!(error instanceof AwsError)) return error
  if (error.name === 'AccessDeniedException') return new AwsError(error.name, 'Access to KMS is not allowed')
  const name = verb === 'encrypt' ? 'EncryptionFailure' : 'DecryptionFailure'
  return new AwsError(name, `Secrets Manager can't ${verb} the protected secret text using the provided KMS key.`)
}
