import type {
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { ReadFailure } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { settleAll } from '../time/settle.ts'
import type { AwsSource } from './aws-source.ts'
import type { AwsCaller } from './call.ts'
import { AwsCallError, malformed } from './call-error.ts'
import { asOurs, Connections, clientOptions, loadPackage } from './client.ts'
import { isReference } from './routes.ts'
import { binarySecret, deletedSecret, textSecret } from './secret-failures.ts'
import { readReferences } from './secret-reference.ts'

/** Secrets Manager's client, with the commands that it takes. */
interface SecretsManager {
  readonly module: typeof import('@aws-sdk/client-secrets-manager')
  readonly client: SecretsManagerClient
  readonly caller: AwsCaller
}

/**
 * Reads secrets: as references through Parameter Store, and from Secrets Manager those that Parameter Store does not
 * return. The client of Secrets Manager is imported when the first such secret is read.
 */
export class SecretReader {
  readonly #source: AwsSource
  #opening: Promise<SecretsManager> | undefined

  constructor(source: AwsSource) {
    this.#source = source
  }

  async read(secrets: readonly SecretRequest[], signal: AbortSignal): Promise<Outcome<StoredSecret>[]> {
    const { parameterStore, denied, options } = this.#source
    const isReferred = (secret: SecretRequest) => isReference(secret, options.secretsVia)
    const references = readReferences(parameterStore, secrets.filter(isReferred), denied, signal)
    const others = settleAll(
      secrets.filter((secret) => !isReferred(secret)).map((secret) => this.#readDirectly(secret, signal)),
    )
    await settleAll<unknown>([references, others])
    const remaining = { references: (await references).values(), others: (await others).values() }
    return secrets.flatMap((secret) => {
      const { value } = (isReferred(secret) ? remaining.references : remaining.others).next()
      return value ?? []
    })
  }

  async close(): Promise<void> {
    if (this.#source.options.secretsClient !== undefined) return
    const opened = await this.#opening?.catch(() => undefined)
    opened?.client.destroy()
  }

  async #readDirectly(secret: SecretRequest, signal: AbortSignal): Promise<Outcome<StoredSecret>> {
    const input: GetSecretValueCommandInput = { SecretId: secret.id, ...selectionOf(secret.selector) }
    try {
      this.#opening ??= this.#open()
      const { module, client, caller } = await this.#opening
      const send = async (abortSignal: AbortSignal) => {
        const answer = await client.send(new module.GetSecretValueCommand(input), { abortSignal })
        this.#source.tally.decrypted(1)
        return answer
      }
      return toOutcome(secret, await caller.call('secretsmanager:GetSecretValue', input, send, signal))
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error
      if (error.errorName === 'ResourceNotFoundException') return { kind: 'missing' }
      return { kind: 'failed', failure: { ...error.failure, ...reasonFor(error) } }
    }
  }

  async #open(): Promise<SecretsManager> {
    const { options, opening } = this.#source
    const module = await loadPackage(
      '@aws-sdk/client-secrets-manager',
      'reading a secret from Secrets Manager itself',
      () => import('@aws-sdk/client-secrets-manager'),
    )
    const { secretsClient } = options
    if (secretsClient !== undefined) {
      return { module, client: asOurs(secretsClient), caller: this.#source.callerOf(secretsClient, undefined) }
    }
    // One role, region and endpoint serve both clients.
    const { region, credentials, endpoint } = (await opening).client.config
    const place =
      options.client === undefined
        ? clientOptions(options)
        : { ...clientOptions({ isInvoked: options.isInvoked }), ...(endpoint !== undefined && { endpoint }) }
    const client = new module.SecretsManagerClient({ region, credentials, ...place })
    const connections = new Connections()
    connections.watch(client)
    return { module, client, caller: this.#source.callerOf(undefined, connections) }
  }
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
    // A copy: the bytes of the SDK may be a view of a larger buffer.
    value: typeof value === 'string' ? value : Uint8Array.from(value),
    ...(ARN !== undefined && { arn: ARN }),
    ...(modifiedAt !== undefined && { modifiedAt }),
  }
  return { kind: 'found', found }
}
