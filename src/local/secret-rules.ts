import { AwsError, constraint } from './aws-error.ts'
import { type Input, optionalBytes, optionalText } from './input.ts'

export const currentStage = 'AWSCURRENT'
const maxBytes = 65_536

/** @throws AwsError For a move of a stage that AWS refuses. */
export function checkMove(
  stage: string,
  {
    to,
    from,
    attachedTo,
  }: {
    readonly to: string | undefined
    readonly from: string | undefined
    /** The version that has the stage now. */
    readonly attachedTo: string | undefined
  },
): void {
  if (to === undefined && from === undefined) {
    throw invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId or both.')
  }
  if (to === undefined && stage === currentStage) {
    const message = `You can only move staging label ${currentStage} to a different secret version. It can't be completely removed.`
    throw invalidParameter(message)
  }
  if (from === undefined && attachedTo !== undefined && attachedTo !== to) {
    const message = `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${attachedTo}, so you must explicitly reference that version in RemoveFromVersionId.`
    throw invalidParameter(message)
  }
  if (from !== undefined && from !== attachedTo) {
    throw invalidParameter(`Staging label ${stage} is not attached to version ${from} of RemoveFromVersionId.`)
  }
}

export function checkSize(value: string | Uint8Array | undefined): void {
  if (value === undefined || Buffer.byteLength(value) <= maxBytes) return
  const member = typeof value === 'string' ? 'secretString' : 'secretBinary'
  throw constraint(member, '', `Member must have length less than or equal to ${maxBytes}`)
}

export function checkTags(tags: Readonly<Record<string, string>>): void {
  if (Object.keys(tags).some((key) => /^aws:/i.test(key))) {
    throw invalidRequest('aws: prefixed tag key names are not allowed for external use.')
  }
}

/** Reads the value of a request: text or bytes. */
export function contentOf(input: Input): string | Uint8Array | undefined {
  const [string, bytes] = [optionalText(input, 'SecretString'), optionalBytes(input, 'SecretBinary')]
  if (string !== undefined && bytes !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.")
  }
  return string ?? bytes
}

/** Reads the key of a request. `undefined`, or an empty text in the request, is the default key. */
export function keyIn(input: Input): string | undefined {
  const keyId = optionalText(input, 'KmsKeyId')
  return keyId === '' ? undefined : keyId
}

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
