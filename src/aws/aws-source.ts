import type { SSMClient } from '@aws-sdk/client-ssm'
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
import { chunk, type DeniedNames } from './by-name.ts'
import { AwsCaller, type AwsCallerOptions, type CallAttempt } from './call.ts'
import { lightCalls, type SsmCalls, sdkCalls } from './calls.ts'
import { type AwsClient, asOurs, Connections, clientOptions, isLight, type LightClient, loadPackage } from './client.ts'
import { readRoutes } from './hierarchies.ts'
import { ParameterStore } from './parameter-store.ts'
import { isReference, Routes, referenceName, type SecretsVia, type Strategy } from './routes.ts'
import type { SecretReader } from './secrets.ts'
import { Usage } from './usage.ts'

/** Where and how AWS is read. */
export interface AwsSourceOptions {
  /** Is not closed. An SDK client keeps its own retries. */
  readonly client?: AwsClient | LightClient
  /**
   * Is not closed. An SDK client keeps its own retries. When absent, a light `client` serves secrets too; otherwise
   * liveparam makes one with the settings of `client`.
   */
  readonly secretsClient?: AwsClient | LightClient
  readonly region?: string
  readonly endpoint?: string
  /** @default 'auto' */
  readonly strategy?: Strategy
  /** @default 'parameter-store' */
  readonly secretsVia?: SecretsVia
  /** Whether the process may be frozen: an aborted reading then leaves no timer behind. @default false */
  readonly isInvoked?: boolean
  readonly clock: Clock
  readonly random: Random
  /** Resolves in the next turn of the event loop. */
  nextTurn(): Promise<void>
  /** Reads the identity of the process from the environment. */
  readIdentity?(): Promise<Whereabouts>
  /** Called after every attempt at a call. */
  onCall?(attempt: CallAttempt): void
}

/** Reads Parameter Store, and Secrets Manager behind it. */
export function awsSource(options: AwsSourceOptions): ParameterSource {
  return new AwsSource(options)
}

/** Imports the SDK when it is constructed; the first reading awaits the import. */
export class AwsSource implements ParameterSource {
  readonly options: AwsSourceOptions
  readonly opening: Promise<SsmCalls>
  readonly parameterStore: ParameterStore
  readonly denied: DeniedNames = new Set()
  readonly tally: Usage = new Usage()
  // DescribeParameters has a quota of its own: throttling there must not slow down readings.
  readonly #describing: AwsCaller
  readonly #routes: Routes
  readonly #callers: AwsCaller[] = []
  #client: SSMClient | undefined
  #secrets: Promise<SecretReader> | undefined

  constructor(options: AwsSourceOptions) {
    this.options = options
    const { client, strategy = 'auto' } = options
    this.#routes = new Routes(strategy)
    const service = isLight(client) ? client.ssm : undefined
    const connections = client === undefined ? new Connections() : undefined
    this.opening = service === undefined ? this.#open(connections) : Promise.resolve(lightCalls(service))
    // The first reading reports the failure.
    this.opening.catch(() => undefined)
    this.parameterStore = new ParameterStore(
      this.opening,
      this.callerOf(service ?? client, service ?? connections),
      this.tally,
    )
    this.#describing = this.callerOf(undefined, service ?? connections)
  }

  async read(request: ReadRequest, { signal, known }: ReadOptions): Promise<Reading> {
    const before = this.tally.total
    const reading = { ssm: this.parameterStore, denied: this.denied, routes: this.#routes, signal, known }
    const parameters = readRoutes(request.hierarchies, request.names, reading)
    const secrets = this.#readSecrets(request.secrets, signal)
    await settleAll<unknown>([parameters, secrets])
    return { ...(await parameters), secrets: await secrets, calls: this.tally.total - before }
  }

  async readPolicies(request: ReadRequest, { signal }: Pick<ReadOptions, 'signal'>): Promise<StoredPolicy[]> {
    const { describePolicies } = await import('./describe-policies.ts')
    const calls = await this.opening
    return describePolicies(request, { calls, caller: this.#describing, clock: this.options.clock, signal })
  }

  explain({ hierarchies, names, secrets }: ReadRequest): readonly PlannedCall[] {
    const { secretsVia } = this.options
    const references = secrets.filter((secret) => isReference(secret, secretsVia)).map(referenceName)
    const others = secrets.filter((secret) => !isReference(secret, secretsVia))
    const walks = new Set(hierarchies.flatMap((request) => this.#routes.of(request).walks.map(({ path }) => path)))
    const single = this.#routes.namesOf(hierarchies, names)
    return [
      ...[...walks].map((path) => ({ action: 'ssm:GetParametersByPath', subjects: [path] })),
      ...chunk(single).map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...chunk([...new Set(references)]).map((subjects) => ({ action: 'ssm:GetParameters', subjects })),
      ...others.map(({ id, selector }) => ({
        action: 'secretsmanager:GetSecretValue',
        subjects: [selector === undefined ? id : `${id}:${selector}`],
      })),
    ]
  }

  usage(): SourceUsage {
    return this.tally.shown()
  }

  place(): SourcePlace | undefined {
    return this.tally.place
  }

  async where(): Promise<Whereabouts> {
    const { whereaboutsOf } = await import('./whereabouts.ts')
    const { client = this.#client, readIdentity, nextTurn } = this.options
    const environment = (await readIdentity?.()) ?? {}
    const { place, hasReached } = this.tally
    const account = place?.accountId
    return whereaboutsOf({ config: client?.config ?? {}, account, hasCalled: hasReached, environment, nextTurn })
  }

  resumed(): void {
    for (const caller of this.#callers) caller.resumed()
  }

  async close(): Promise<void> {
    const secrets = await this.#secrets?.catch(() => undefined)
    await secrets?.close()
    if (this.options.client !== undefined) return
    await this.opening.catch(() => undefined)
    this.#client?.destroy()
  }

  /** The settings of the SDK client that reads Parameter Store. */
  async settings(): Promise<Partial<SSMClient['config']>> {
    await this.opening
    return this.#client?.config ?? {}
  }

  /** Callers of the same given client share their pace and their calls; without one, a caller has its own. */
  callerOf(given: object | undefined, connections: AwsCallerOptions['connections']): AwsCaller {
    const { clock, random, nextTurn, onCall } = this.options
    const count = (attempt: CallAttempt) => {
      this.tally.count(attempt)
      onCall?.(attempt)
    }
    const caller = new AwsCaller({ client: given ?? {}, connections, clock, random, nextTurn, onCall: count })
    this.#callers.push(caller)
    return caller
  }

  async #open(connections: Connections | undefined): Promise<SsmCalls> {
    const { client: given } = this.options
    const module = await loadPackage('@aws-sdk/client-ssm', 'reading Parameter Store', () => {
      return import('./ssm-sdk.ts')
    })
    const isGiven = given !== undefined && !isLight(given)
    const client = isGiven ? asOurs<SSMClient>(given) : new module.SSMClient(clientOptions(this.options))
    connections?.watch(client)
    this.#client = client
    return sdkCalls(client, module)
  }

  async #readSecrets(secrets: readonly SecretRequest[], signal: AbortSignal): Promise<Outcome<StoredSecret>[]> {
    if (secrets.length === 0) return []
    this.#secrets ??= import('./secrets.ts').then(({ SecretReader }) => new SecretReader(this))
    return (await this.#secrets).read(secrets, signal)
  }
}
