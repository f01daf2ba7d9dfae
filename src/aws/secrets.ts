import type {
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
  SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager'
import type { GetParameterCommandOutput } from '@aws-sdk/client-ssm'
import type { ReadFailure } from '../errors.ts'
import type { Outcome, SecretRequest, StoredSecret } from '../ports.ts'
import { settleAll } from '../time/settle.ts'
import type { AwsSource } from './aws-source.ts'
import { AwsCallError, isAboutSubject, isNotFound, malformed } from './call-error.ts'
import { type Call, clientOptions, isLight, loadPackage, type OpenClient, openClient } from './client.ts'
import type { AnsweredParameter } from './parameter-store.ts'
import { answerTo } from './read-batch.ts'
import { chunk, isReference, referenceName } from './routes.ts'
import { binarySecret, deletedSecret, textSecret } from './secret-failures.ts'

type SecretOutcome = Outcome<StoredSecret>

/**
 * Reads secrets: as references through Parameter Store, and from Secrets Manager those that Parameter Store does not
 * return. The client of Secrets Manager is opened when the first such secret is read.
 */
export class SecretReader {
  readonly #source: AwsSource
  #opening: Promise<OpenClient> | undefined
  #call: Call | undefined

  constructor(source: AwsSource) {
    this.#source = source
  }

  async read(secrets: readonly SecretRequest[], signal: AbortSignal): Promise<SecretOutcome[]> {
    const { denied, options } = this.#source
    const nameOf = (secret: SecretRequest) =>
      isReference(secret, options.secretsVia) ? referenceName(secret) : undefined
    const names = [...new Set(secrets.flatMap((secret) => nameOf(secret) ?? []))]
    const references = new Map<string, SecretOutcome>()
    const alone = names.filter((name) => denied.has(name))
    const together = chunk(names.filter((name) => !denied.has(name)))
    // Separately from parameters, because a bad reference may fail its call.
    const reading = settleAll([
      ...together.map((batch) => this.#readReferences(batch, references, signal)),
      ...alone.map(async (name) => void references.set(name, await this.#readReference(name, signal))),
    ])
    const others = settleAll(
      secrets.map(async (secret) => (nameOf(secret) === undefined ? this.#readDirectly(secret, signal) : undefined)),
    )
    const [, direct] = await settleAll([reading, others])
    return secrets.map((secret, index) => direct[index] ?? references.get(referenceName(secret)) ?? { kind: 'missing' })
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined)
    opened?.destroy?.()
  }

  async #readReferences(
    names: readonly string[],
    outcomes: Map<string, SecretOutcome>,
    signal: AbortSignal,
  ): Promise<void> {
    let answers: readonly AnsweredParameter[] = []
    try {
      const { parameters } = await this.#source.parameterStore.getParameters(names, { isDecrypting: true, signal })
      answers = parameters
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error
      const { failure } = error
      if (!isAboutSubject(error)) {
        for (const name of names) outcomes.set(name, { kind: 'failed', failure })
        return
      }
    }
    await settleAll(
      names.map(async (name) => {
        const answer = answerTo(name, names, answers)
        outcomes.set(name, answer === undefined ? await this.#readReference(name, signal) : referenceIn(answer))
      }),
    )
  }

  /** A reference that is read alone gets an error of its own. */
  async #readReference(name: string, signal: AbortSignal): Promise<SecretOutcome> {
    const { parameterStore, denied } = this.#source
    try {
      const input = { Name: name, WithDecryption: true }
      const { Parameter } = await parameterStore.call<GetParameterCommandOutput>('GetParameter', input, signal)
      const [answer] = parameterStore.accept([Parameter], 'ssm:GetParameter', { isDecrypting: true })
      denied.delete(name)
      return answer === undefined ? { kind: 'missing' } : referenceIn(answer)
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error
      if (isNotFound(error)) return { kind: 'missing' }
      const { failure } = error
      if (failure.code === 'ACCESS_DENIED' || failure.code === 'DECRYPTION_FAILED') denied.add(name)
      return { kind: 'failed', failure: { ...failure, ...explainReference(failure, name) } }
    }
  }

  async #readDirectly(secret: SecretRequest, signal: AbortSignal): Promise<SecretOutcome> {
    const input: GetSecretValueCommandInput = { SecretId: secret.id, ...selectionOf(secret.selector) }
    this.#opening ??= this.#open()
    this.#call ??= this.#source.callsTo('secretsmanager', this.#opening)
    try {
      const answer = await this.#call<GetSecretValueCommandOutput>('GetSecretValue', input, signal)
      this.#source.tally.decrypted(1)
      return secretIn(secret, answer)
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error
      if (error.errorName === 'ResourceNotFoundException') return { kind: 'missing' }
      return { kind: 'failed', failure: { ...error.failure, ...explainFailure(error) } }
    }
  }

  #open(): Promise<OpenClient> {
    const { client, secretsClient = isLight(client) ? client : undefined } = this.#source.options
    const purpose = 'reading a secret from Secrets Manager itself'
    return openClient(secretsClient, 'secretsManager', {
      load: () =>
        loadPackage('@aws-sdk/client-secrets-manager', purpose, () => import('@aws-sdk/client-secrets-manager')),
      make: async ({ SecretsManagerClient }) => new SecretsManagerClient(await this.#clientConfig()),
    })
  }

  // One role, region and endpoint serve both clients.
  async #clientConfig(): Promise<SecretsManagerClientConfig> {
    const { options, ssm } = this.#source
    const { region, credentials, endpoint }: SecretsManagerClientConfig = (await ssm).config
    const own = { ...(region !== undefined && { region }), ...(credentials !== undefined && { credentials }) }
    if (options.client === undefined) return { ...own, ...clientOptions(options) }
    const { isInvoked } = options
    return { ...own, ...clientOptions({ isInvoked }), ...(endpoint !== undefined && { endpoint }) }
  }
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html: 32 to 64 characters
function selectionOf(selector: string | undefined): { VersionId?: string; VersionStage?: string } {
  if (selector === undefined || selector === 'AWSCURRENT') return {}
  const isVersionId = /^[\w-]{32,64}$/.test(selector) && /\d/.test(selector)
  return isVersionId ? { VersionId: selector } : { VersionStage: selector }
}

function explainFailure({ errorName, failure }: AwsCallError): Partial<ReadFailure> {
  if (errorName === 'InvalidRequestException' && /deletion|deleted/i.test(failure.detail)) return deletedSecret
  if (errorName === 'InvalidRequestException' || errorName === 'InvalidParameterException') {
    return { code: 'INVALID_REFERENCE', remedy: 'correct the id or the selector in secret()' }
  }
  return {}
}

function secretIn(
  { binary }: SecretRequest,
  { SecretString, SecretBinary, VersionId, ARN, CreatedDate }: GetSecretValueCommandOutput,
): Outcome<StoredSecret> {
  if (SecretString === undefined && SecretBinary === undefined) {
    return { kind: 'failed', failure: malformed('secretsmanager:GetSecretValue', 'value') }
  }
  const value = binary ? SecretBinary : SecretString
  if (value === undefined) return { kind: 'failed', failure: binary ? textSecret : binarySecret }
  // A copy: the bytes of the SDK may be a view of a larger buffer.
  const own = typeof value === 'string' ? value : Uint8Array.from(value)
  return foundAt(own, { versionId: VersionId, arn: ARN, modifiedAt: CreatedDate?.getTime() })
}

function explainReference({ code, detail, remedy }: ReadFailure, name: string): Partial<ReadFailure> {
  if (code === 'ACCESS_DENIED') {
    const grant = `ssm:GetParameter and ssm:GetParameters on parameter${name}, and secretsmanager:GetSecretValue on the secret`
    return { remedy: remedy.startsWith('remove') ? `${remedy}; also needed: ${grant}` : `allow ${grant}` }
  }
  if (code !== 'INVALID_REQUEST') return {}
  if (/invalid request to secrets manager/i.test(detail)) return deletedSecret
  return { code: 'INVALID_REFERENCE', remedy: 'write the name of the secret, optionally with :<stage or version id>' }
}

function referenceIn({ value, arn, modifiedAt, secretVersionId }: AnsweredParameter): Outcome<StoredSecret> {
  if (value === undefined) return { kind: 'failed', failure: binarySecret }
  const ownArn = arn?.includes(':secretsmanager:') ? arn : undefined
  return foundAt(value, { versionId: secretVersionId, arn: ownArn, modifiedAt })
}

function foundAt(
  value: StoredSecret['value'],
  { versionId, arn, modifiedAt }: { [Key in 'versionId' | 'arn' | 'modifiedAt']: StoredSecret[Key] | undefined },
): SecretOutcome {
  const version = versionId ?? `modified-${modifiedAt ?? 'unknown'}`
  const optional = { ...(arn !== undefined && { arn }), ...(modifiedAt !== undefined && { modifiedAt }) }
  return { kind: 'found', found: { versionId: version, value, ...optional } }
}
