import type {
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { ReadFailure } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { AwsCallError, malformed } from './aws-messages.ts'
import type { AwsCaller } from './call.ts'
import { binarySecret, deletedSecret, textSecret } from './secret-failures.ts'
import type { Usage } from './usage.ts'

/** Reads secrets without Parameter Store: binary ones, those by their ARN, and all of them if that is asked for. */
export interface SecretsManager {
  readonly client: SecretsManagerClient
  readonly caller: AwsCaller
  readonly module: SecretsManagerModule
  readonly usage: Usage
}

export type SecretsManagerModule = typeof import('@aws-sdk/client-secrets-manager')

/**
 * The SDK's client, loaded when it is needed for the first time.
 *
 * @throws CallFailed when it is not installed.
 */
export async function loadSecretsManager(
  load: () => Promise<SecretsManagerModule> = () => import('@aws-sdk/client-secrets-manager'),
): Promise<SecretsManagerModule> {
  try {
    return await load()
  } catch {
    throw new AwsCallError(notInstalled, 'ModuleNotFound')
  }
}

/** Reads one secret, by name or ARN, as text or as bytes. */
export async function readSecret(
  { client, caller, module, usage }: SecretsManager,
  secret: SecretRequest,
  signal: AbortSignal,
): Promise<Outcome<StoredSecret>> {
  const input: GetSecretValueCommandInput = { SecretId: secret.id, ...selectionOf(secret.selector) }
  const send = async (abortSignal: AbortSignal) => {
    const answer = await client.send(new module.GetSecretValueCommand(input), { abortSignal })
    usage.decrypted(1)
    return answer
  }
  try {
    return toOutcome(secret, await caller.call('secretsmanager:GetSecretValue', input, send, signal))
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error
    if (error.errorName === 'ResourceNotFoundException') return { kind: 'missing' }
    return { kind: 'failed', failure: { ...error.failure, ...reasonFor(error) } }
  }
}

const notInstalled: ReadFailure = {
  code: 'AWS_ERROR',
  isTransient: false,
  detail: 'reading a secret from Secrets Manager itself needs @aws-sdk/client-secrets-manager, which cannot be loaded',
  remedy: 'npm install @aws-sdk/client-secrets-manager',
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html: 32 to 64 characters
function selectionOf(selector: string | undefined): { VersionId?: string; VersionStage?: string } {
  if (selector === undefined || selector === 'AWSCURRENT') return {}
  const isVersionId = /^[\w-]{32,64}$/.test(selector) && /\d/.test(selector)
  return isVersionId ? { VersionId: selector } : { VersionStage: selector }
}

function reasonFor({ errorName, failure }: AwsCallError): Partial<ReadFailure> {
  if (errorName === 'InvalidRequestException' && /deletion|deleted/i.test(failure.detail)) return deletedSecret
  if (errorName === 'InvalidRequestException' || errorName === 'InvalidParameterException') {
    return { code: 'INVALID_REFERENCE', remedy: 'correct the id or the selector in secret()' }
  }
  return {}
}

function toOutcome(
  { binary }: SecretRequest,
  { SecretString, SecretBinary, VersionId, ARN, CreatedDate }: GetSecretValueCommandOutput,
): Outcome<StoredSecret> {
  if (SecretString === undefined && SecretBinary === undefined) {
    return { kind: 'failed', failure: malformed('secretsmanager:GetSecretValue', 'value') }
  }
  const value = binary ? SecretBinary : SecretString
  if (value === undefined) return { kind: 'failed', failure: binary ? textSecret : binarySecret }
  const modifiedAt = CreatedDate?.getTime()
  const found: StoredSecret = {
    versionId: VersionId ?? `modified-${modifiedAt ?? 'unknown'}`,
    // A copy: what the SDK hands out may be a window on a larger buffer.
    value: typeof value === 'string' ? value : Uint8Array.from(value),
    ...(ARN !== undefined && { arn: ARN }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  }
  return { kind: 'found', found }
}
