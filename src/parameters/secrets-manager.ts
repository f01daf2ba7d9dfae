import type { GetSecretValueCommandOutput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { ReadFailure } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import type { AwsCaller } from './aws-caller.ts'
import { CallFailed } from './aws-errors.ts'

/** Reads what Parameter Store cannot hand out: binary secrets, and secrets by their ARN. */
export async function readFromSecretsManager(
  client: SecretsManagerClient,
  caller: AwsCaller,
  secret: SecretRequest,
  signal: AbortSignal,
): Promise<Outcome<StoredSecret>> {
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager')
  const input = { SecretId: secret.id, ...selectionOf(secret.selector) }
  const send = (abortSignal: AbortSignal) => client.send(new GetSecretValueCommand(input), { abortSignal })
  try {
    return toOutcome(secret, await caller.call('secretsmanager:GetSecretValue', input, send, signal))
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error
    if (error.errorName === 'ResourceNotFoundException') return { kind: 'missing' }
    return { kind: 'failed', failure: { ...error.failure, ...reasonFor(error) } }
  }
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html: 32 to 64 characters
function selectionOf(selector: string | undefined): { VersionId?: string; VersionStage?: string } {
  if (selector === undefined) return {}
  const isVersionId =
    /^[\da-fA-F]{8}(-[\da-fA-F]{4}){3}-[\da-fA-F]{12}$/.test(selector) || /^[\w-]{32,64}$/.test(selector)
  return isVersionId ? { VersionId: selector } : { VersionStage: selector }
}

function reasonFor({ errorName, failure }: CallFailed): Partial<ReadFailure> {
  if (errorName === 'InvalidRequestException' && /deletion|deleted/i.test(failure.detail)) {
    return {
      code: 'SECRET_DELETED',
      detail: 'the secret is marked for deletion',
      remedy: 'restore it, or use another one',
    }
  }
  if (errorName === 'InvalidRequestException' || errorName === 'InvalidParameterException') {
    return { code: 'INVALID_REFERENCE', remedy: 'correct the id or the selector in secret()' }
  }
  return {}
}

function toOutcome(secret: SecretRequest, answer: GetSecretValueCommandOutput): Outcome<StoredSecret> {
  const { SecretString, SecretBinary, VersionId, ARN, CreatedDate } = answer
  const value = secret.binary ? SecretBinary : SecretString
  if (value === undefined) return { kind: 'failed', failure: secret.binary ? textual : binary }
  const modifiedAt = CreatedDate?.getTime()
  const found: StoredSecret = {
    versionId: VersionId ?? 'unknown',
    // A copy: what the SDK hands out may be a window on a larger buffer.
    value: typeof value === 'string' ? value : Uint8Array.from(value),
    ...(ARN !== undefined && { arn: ARN }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  }
  return { kind: 'found', found }
}

const binary: ReadFailure = {
  code: 'BINARY_SECRET',
  isTransient: false,
  detail: 'the secret is binary, and text was expected',
  remedy: 'declare it as secret(id, { binary: true })',
}

const textual: ReadFailure = {
  code: 'INVALID_REFERENCE',
  isTransient: false,
  detail: 'the secret is text, and bytes were expected',
  remedy: 'declare it as secret(id, schema)',
}
