import { SSMClient, type SSMClientConfig } from '@aws-sdk/client-ssm'
import type { Whereabouts } from '../errors.ts'
import type {
  Clock,
  Outcome,
  ParameterSource,
  PlannedCall,
  Random,
  Reading,
  ReadOptions,
  ReadRequest,
  SecretRequest,
  SourcePlace,
  SourceUsage,
  StoredPolicy,
  StoredSecret,
} from '../ports.ts'
import { settleAll } from '../time/settle.ts'
import { AwsCallError } from './aws-messages.ts'
import { chunk, type DeniedNames } from './by-name.ts'
import { type AwsCaller, attemptTimeoutMs, type CallAttempt, makeCaller } from './call.ts'
import { type AwsClient, asOurs, HostRecorder } from './client.ts'
import { describePolicies } from './describe-policies.ts'
import { readRoutes } from './hierarchies.ts'
import { makeSsm, type Ssm } from './parameter-store.ts'
import { Routes, type Strategy } from './routes.ts'
import { readReferences, referenceName } from './secret-reference.ts'
import { loadSecretsManager, readSecret, type SecretsManager } from './secrets.ts'
import { Usage } from './usage.ts'
import { whereaboutsOf } from './whereabouts.ts'

/** Which service hands out the secrets that either could. */
export type SecretsVia = 'parameter-store' | 'secrets-manager'

/** Where and how AWS is read. */
export interface AwsSourceOptions {
  /** Keeps its own retries, and is not closed. */
  readonly client?: AwsClient
  /** Keeps its own retries, and is not closed. When absent, one is made like the other client. */
  readonly secretsClient?: AwsClient
  readonly region?: string
  readonly endpoint?: string
  /** @default 'auto' */
  readonly strategy?: Strategy
  /** @default 'parameter-store' */
  readonly secretsVia?: SecretsVia
  /** The process may stand still: no timer may be left when a reading is aborted. @default false */
  readonly isInvoked?: boolean
  readonly clock: Clock
  readonly random: Random
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>
  /** What the environment says about who reads. */
  readIdentity?(): Promise<Whereabouts>
  /** Hears of every attempt at a call that this source makes. */
  onCall?(attempt: CallAttempt): void
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
  readonly #routes: Routes
  // Of a quota of their own: that they are throttled says nothing of how fast parameters may be read.
  readonly #describing: AwsCaller
  #secretsManager: Promise<SecretsManager> | undefined
  readonly #usage = new Usage()
  readonly #callers: AwsCaller[] = []

  constructor(options: AwsSourceOptions) {
    this.#options = options
    this.#routes = new Routes(options.strategy ?? 'auto')
    const { client } = options
    this.#client =
      client === undefined ? new SSMClient({ ...oneAttempt(options), ...placeOf(options) }) : asOurs(client)
    const own = client === undefined ? this.#client : undefined
    const recorder = new HostRecorder()
    if (own !== undefined) recorder.watch(own.config.requestHandler)
    this.#ssm = makeSsm(this.#client, this.#callerOf(this.#client, own, recorder), this.#usage)
    this.#describing = this.#callerOf(this, own, recorder)
  }

  async read(request: ReadRequest, { signal, known }: ReadOptions): Promise<Reading> {
    const before = this.#usage.total
    const reading = { ssm: this.#ssm, denied: this.#denied, routes: this.#routes, signal, known }
    const parameters = readRoutes(request.hierarchies, request.names, reading)
    const secrets = this.#readSecrets(request.secrets, signal)
    await settleAll<unknown>([parameters, secrets])
    return { ...(await parameters), secrets: await secrets, calls: this.#usage.total - before }
  }

  readPolicies(request: ReadRequest, { signal }: Pick<ReadOptions, 'signal'>): Promise<StoredPolicy[]> {
    const { clock } = this.#options
    return describePolicies(request, { client: this.#client, caller: this.#describing, clock, signal })
  }

  explain({ hierarchies, names, secrets }: ReadRequest): readonly PlannedCall[] {
    const references = [...new Set(secrets.filter(this.#isReference).map(referenceName))]
    const others = secrets.filter((secret) => !this.#isReference(secret))
    const walks = new Set(hierarchies.flatMap((request) => this.#routes.of(request).walks.map(({ path }) => path)))
    const single = this.#routes.namesOf(hierarchies, names)
    return [
      ...[...walks].map((path) => ({ action: 'ssm:GetParametersByPath', subjects: [path] })),
      ...chunk(single).map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...chunk(references).map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...others.map(({ id, selector }) => ({
        action: 'secretsmanager:GetSecretValue',
        subjects: [selector === undefined ? id : `${id}:${selector}`],
      })),
    ]
  }

  usage(): SourceUsage {
    return this.#usage.shown()
  }

  place(): SourcePlace | undefined {
    return this.#usage.place
  }

  async where(): Promise<Whereabouts> {
    const { readIdentity, nextTurn } = this.#options
    const environment = (await readIdentity?.()) ?? {}
    const { place, hasReached } = this.#usage
    const account = place?.accountId
    return whereaboutsOf({ config: this.#client.config, account, hasCalled: hasReached, environment, nextTurn })
  }

  resumed(): void {
    for (const caller of this.#callers) caller.resumed()
  }

  async close(): Promise<void> {
    if (this.#options.client === undefined) this.#client.destroy()
    if (this.#secretsManager === undefined || this.#options.secretsClient !== undefined) return
    const opened = await this.#secretsManager.catch(() => undefined)
    opened?.client.destroy()
  }

  async #readSecrets(secrets: readonly SecretRequest[], signal: AbortSignal): Promise<Outcome<StoredSecret>[]> {
    const references = readReferences(this.#ssm, secrets.filter(this.#isReference), this.#denied, signal)
    const others = settleAll(
      secrets.filter((secret) => !this.#isReference(secret)).map((secret) => this.#readDirectly(secret, signal)),
    )
    await settleAll<unknown>([references, others])
    const remaining = { references: (await references).values(), others: (await others).values() }
    return secrets.flatMap((secret) => {
      const { value } = (this.#isReference(secret) ? remaining.references : remaining.others).next()
      return value ?? []
    })
  }

  // Parameter Store hands out text, by name. Whether it takes the `!` of secrets that AWS services manage is not documented.
  readonly #isReference = ({ id, binary }: SecretRequest): boolean => {
    return this.#options.secretsVia !== 'secrets-manager' && !binary && !id.startsWith('arn:') && !id.includes('!')
  }

  async #readDirectly(secret: SecretRequest, signal: AbortSignal): Promise<Outcome<StoredSecret>> {
    try {
      this.#secretsManager ??= this.#openSecretsManager()
      return await readSecret(await this.#secretsManager, secret, signal)
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error
      return { kind: 'failed', failure: error.failure }
    }
  }

  async #openSecretsManager(): Promise<SecretsManager> {
    const module = await loadSecretsManager()
    const { secretsClient } = this.#options
    const client: SecretsManager['client'] =
      secretsClient === undefined
        ? new module.SecretsManagerClient({ ...oneAttempt(this.#options), ...this.#placeOfSecrets() })
        : asOurs(secretsClient)
    const own = secretsClient === undefined ? client : undefined
    const recorder = new HostRecorder()
    if (own !== undefined) recorder.watch(own.config.requestHandler)
    return {
      module,
      client,
      caller: this.#callerOf(client, own, recorder),
      usage: this.#usage,
    }
  }

  // Like the client that it belongs to, so that one role, region and endpoint serve both.
  #placeOfSecrets(): Pick<SSMClientConfig, 'region' | 'credentials' | 'endpoint'> {
    const { region, credentials, endpoint } = this.#client.config
    const own = placeOf(this.#options)
    if (this.#options.client === undefined) return { region, credentials, ...own }
    return { region, credentials, ...(endpoint !== undefined && { endpoint }) }
  }

  #callerOf(client: object, own: { destroy(): void } | undefined, recorder: HostRecorder): AwsCaller {
    const { clock, random, nextTurn, onCall } = this.#options
    const count = (attempt: CallAttempt) => {
      this.#usage.count(attempt)
      onCall?.(attempt)
    }
    // The SDK opens connections anew for a client whose connections were destroyed.
    const reconnect = () => own?.destroy()
    const isOwn = own !== undefined
    const caller = makeCaller({ client, isOwn, clock, random, nextTurn, recorder, reconnect, onCall: count })
    this.#callers.push(caller)
    return caller
  }
}

// The retries are ours. The SDK's own limits are there for what passes ours by; without the last option it only logs.
function oneAttempt({ isInvoked }: AwsSourceOptions): Pick<SSMClientConfig, 'maxAttempts' | 'requestHandler'> {
  const requestTimeout = attemptTimeoutMs + 500
  // A timer for a connection that is aborted before it stands is one that the SDK does not clear.
  const connecting = isInvoked === true ? {} : { connectionTimeout: 1_000 }
  return { maxAttempts: 1, requestHandler: { ...connecting, requestTimeout, throwOnRequestTimeout: true } }
}

function placeOf({ region, endpoint }: AwsSourceOptions): { region?: string; endpoint?: string } {
  return { ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) }
}
