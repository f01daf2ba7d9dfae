import { AwsError, validation } from './aws-error.ts'

export function notFound(): AwsError {
  return new AwsError('ParameterNotFound', '')
}

export function versionNotFound(name: string, selector: string): AwsError {
  const message = `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`
  return new AwsError('ParameterVersionNotFound', message)
}

export function invalidName(): AwsError {
  return validation(
    'Invalid parameter name: it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
  )
}

export function alreadyExists(): AwsError {
  const message =
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.'
  return new AwsError('ParameterAlreadyExists', message)
}

export function typeMismatch(): AwsError {
  return new AwsError(
    'HierarchyTypeMismatchException',
    'Parameter Store does not support changing a parameter type in a hierarchy.',
  )
}

export function cannotDowngrade(): AwsError {
  return validation(
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
  )
}

export function keyDenied(): AwsError {
  const message =
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.'
  return new AwsError('AccessDeniedException', message)
}

export function labelLimit(): AwsError {
  return new AwsError(
    'ParameterVersionLabelLimitExceeded',
    'An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: ' +
      'A parameter version can have maximum 10 labels.Move one or more labels to another version and try again.',
  )
}

export function tagsOnOverwrite(): AwsError {
  return validation(
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove " +
      'overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.',
  )
}

const nameRequirements =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". ' +
  'It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following ' +
  'symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, ' +
  'must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.'

export function invalidPath(): AwsError {
  return validation(`The parameter path: ${nameRequirements}`)
}

export function invalidPathFilter(): AwsError {
  return validation(nameRequirements)
}
