import type { GetSecretValueCommandInput, GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager'
import type { ReadFailure } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { settleAll } from '../time/settle.ts'
import type { AwsSource } from './aws-source.ts'
import type { AwsCaller } from './call.ts'
import { AwsCallError, malformed } from './call-error.ts'
import type { CallOptions } from './calls.ts'
import { type AwsClient, asOurs, Connections, clientOptions, isLight, loadPackage } from './client.ts'
import { isReference } from './routes.ts'
import { binarySecret, deletedSecret, textSecret } from './secret-failures.ts'
import { readReferences } from './secret-reference.ts'

/** The call that reads Secrets Manager. */
interface SecretsManager {
  readonly caller: AwsCaller
  getSecretValue(input: GetSecretValueCommandInput, options: CallOptions): Promise<GetSecretValueCommandOutput>
  /** Absent for a client that was passed in. */
  close?(): void
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
    const opened = await this.#opening?.catch(() => undefined)
    opened?.close?.()
  }

  async #readDirectly(secret: SecretRequest, signal: AbortSignal): Promise<Outcome<StoredSecret>> {
    const input: GetSecretValueCommandInput = { SecretId: secret.id, ...selectionOf(secret.selector) }
    try {
      this.#opening ??= this.#open()
      const secretsManager = await this.#opening
      const send = async (abortSignal: AbortSignal) => {
        const answer = await secretsManager.getSecretValue(input, { abortSignal })
        this.#source.tally.decrypted(1)
        return answer
      }
      return toOutcome(secret, await secretsManager.caller.call('secretsmanager:GetSecretValue', input, send, signal))
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error
      if (error.errorName === 'ResourceNotFoundException') return { kind: 'missing' }
      return { kind: 'failed', failure: { ...error.failure, ...reasonFor(error) } }
    }
  }

  async #open(): Promise<SecretsManager> {
    const { client, secretsClient } = this.#source.options
    const given = secretsClient ?? (isLight(client) ? client : undefined)
    if (!isLight(given)) return this.#openSdk(given)
    const service = given.secretsManager
    const caller = this.#source.callerOf(service, service)
    return { caller, getSecretValue: (input, options) => service.call('GetSecretValue', input, options) }
  }

  async #openSdk(given: AwsClient | undefined): Promise<SecretsManager> {
    const { options } = this.#source
    const { SecretsManagerClient, GetSecretValueCommand } = await loadPackage(
      '@aws-sdk/client-secrets-manager',
      'reading a secret from Secrets Manager itself',
      () => import('./secrets-manager-sdk.ts'),
    )
    if (given !== undefined) {
      const client = asOurs<InstanceType<typeof SecretsManagerClient>>(given)
      const caller = this.#source.callerOf(given, undefined)
      return { caller, getSecretValue: (input, sending) => client.send(new GetSecretValueCommand(input), sending) }
    }
    // One role, region and endpoint serve both clients.
    const { region, credentials, endpoint } = await this.#source.settings()
    const place =
      options.client === undefined
        ? clientOptions(options)
        : { ...clientOptions({ isInvoked: options.isInvoked }), ...(endpoint !== undefined && { endpoint }) }
    const client = new SecretsManagerClient({
      ...(region !== undefined && { region }),
      ...(credentials !== undefined && { credentials }),
      ...place,
    })
    const connections = new Connections()
    connections.watch(client)
    return {
      caller: this.#source.callerOf(undefined, connections),
      getSecretValue: (input, sending) => client.send(new GetSecretValueCommand(input), sending),
      close: () => client.destroy(),
    }
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
