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

export function markedForDeletion(): AwsError {
  const message = "You can't perform this operation on the secret because it was marked for deletion."
  return new AwsError('InvalidRequestException', message)
}
