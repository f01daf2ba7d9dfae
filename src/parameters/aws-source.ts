import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SSMClient } from '@aws-sdk/client-ssm'
import type {
  Clock,
  Outcome,
  ParameterSource,
  PlannedCall,
  Random,
  Reading,
  ReadRequest,
  SecretRequest,
  StoredSecret,
} from '../ports.ts'
import { settleAll } from '../refresh/settle-all.ts'
import { referencePrefix } from '../schema/secret-id.ts'
import { type AwsCaller, makeCaller } from './aws-caller.ts'
import { chunk, type DeniedNames, readByName } from './by-name.ts'
import { readByPath } from './by-path.ts'
import { readReferences } from './secret-reference.ts'
import { readFromSecretsManager } from './secrets-manager.ts'
import { makeSsm, type Ssm } from './ssm.ts'

/** Where and how AWS is read. */
export interface AwsSourceOptions {
  readonly client?: SSMClient
  readonly secretsClient?: SecretsManagerClient
  readonly region?: string
  readonly endpoint?: string
  readonly clock: Clock
  readonly random: Random
}

/** Parameter Store, and Secrets Manager behind it. */
export function awsSource(options: AwsSourceOptions): ParameterSource {
  return new AwsSource(options)
}

class AwsSource implements ParameterSource {
  readonly #options: AwsSourceOptions
  readonly #client: SSMClient
  readonly #ssm: Ssm
  readonly #denied: DeniedNames = new Set()
  #secrets: Promise<{ client: SecretsManagerClient; caller: AwsCaller }> | undefined

  constructor(options: AwsSourceOptions) {
    this.#options = options
    this.#client = options.client ?? new SSMClient(clientConfig(options))
    this.#ssm = makeSsm(this.#client, this.#callerOf(this.#client, options.client === undefined))
  }

  async read(request: ReadRequest, { signal }: { readonly signal: AbortSignal }): Promise<Reading> {
    const hierarchies = settleAll(
      request.hierarchies.map((hierarchy) => readByPath(this.#ssm, hierarchy, this.#denied, signal)),
    )
    const names = readByName(this.#ssm, request.names, this.#denied, signal)
    const secrets = this.#readSecrets(request.secrets, signal)
    await settleAll<unknown>([hierarchies, names, secrets])
    return { hierarchies: await hierarchies, names: await names, secrets: await secrets }
  }

  explain({ hierarchies, names, secrets }: ReadRequest): readonly PlannedCall[] {
    const references = secrets
      .filter(isReadable)
      .map(({ id, selector }) => `${referencePrefix}${id}${suffix(selector)}`)
    const others = secrets.filter((secret) => !isReadable(secret))
    return [
      ...hierarchies.map(({ path }) => ({ action: 'ssm:GetParametersByPath', subjects: [path] })),
      ...chunk(names).map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...chunk(references).map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...others.map(({ id, selector }) => ({
        action: 'secretsmanager:GetSecretValue',
        subjects: [`${id}${suffix(selector)}`],
      })),
    ]
  }

  async close(): Promise<void> {
    if (this.#options.client === undefined) this.#client.destroy()
    if (this.#secrets === undefined || this.#options.secretsClient !== undefined) return
    const { client } = await this.#secrets
    client.destroy()
  }

  async #readSecrets(secrets: readonly SecretRequest[], signal: AbortSignal): Promise<Outcome<StoredSecret>[]> {
    const references = secrets.filter(isReadable)
    const read = readReferences(this.#ssm, references, signal)
    const others = settleAll(
      secrets.filter((secret) => !isReadable(secret)).map((secret) => this.#readDirectly(secret, signal)),
    )
    await settleAll<unknown>([read, others])
    const remaining = { references: (await read).values(), others: (await others).values() }
    return secrets.flatMap((secret) => {
      const { value } = (isReadable(secret) ? remaining.references : remaining.others).next()
      return value ?? []
    })
  }

  async #readDirectly(secret: SecretRequest, signal: AbortSignal): Promise<Outcome<StoredSecret>> {
    this.#secrets ??= this.#openSecretsManager()
    const { client, caller } = await this.#secrets
    return readFromSecretsManager(client, caller, secret, signal)
  }

  async #openSecretsManager(): Promise<{ client: SecretsManagerClient; caller: AwsCaller }> {
    const { secretsClient } = this.#options
    const client = secretsClient ?? (await this.#makeSecretsClient())
    return { client, caller: this.#callerOf(client, secretsClient === undefined) }
  }

  async #makeSecretsClient(): Promise<SecretsManagerClient> {
    const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
    const { region, credentials } = this.#client.config
    const { client, ...options } = this.#options
    return new SecretsManagerClient({ ...clientConfig(options), ...(client !== undefined && { region, credentials }) })
  }

  #callerOf(client: object, isOwn: boolean): AwsCaller {
    const { clock, random } = this.#options
    return makeCaller({ client, isOwn, clock, random })
  }
}

// One attempt a call, because the retries are ours; and limits that end a call instead of only logging it.
function clientConfig({ region, endpoint }: Pick<AwsSourceOptions, 'region' | 'endpoint'>) {
  return {
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
  }
}

function isReadable({ id, binary }: SecretRequest): boolean {
  return !binary && !id.startsWith('arn:')
}

function suffix(selector: string | undefined): string {
  return selector === undefined ? '' : `:${selector}`
}
